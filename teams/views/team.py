"""A team's own settings, and the ways out of it."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from teams.doors import TeamRequest
from teams.forms import DeleteTeamForm, TeamForm
from teams.permissions import TEAM_MANAGE, allows, needs_owner
from teams.services import TeamError, delete_team, remove_member, update_team


@require_http_methods(["GET", "HEAD", "POST"])
def team_settings(request: TeamRequest, team_slug: str) -> HttpResponse:
    """Whoever is in the team may look, and finds the way to leave it; owners change."""
    if request.method == "POST":
        return _save(request)
    team = request.team
    form = TeamForm(initial={"name": team.name, "time_zone": team.time_zone})
    return _settings(request, form)


@needs_owner
def _save(request: TeamRequest) -> HttpResponse:
    form = TeamForm(request.POST)
    if not form.is_valid():
        return _settings(request, form, status=422)
    try:
        update_team(team=request.team, **form.cleaned_data)
    except TeamError as error:
        form.add_error("name", str(error))
        return _settings(request, form, status=422)
    messages.success(request, _("Saved."))
    return redirect("team-settings", team_slug=request.team.slug)


def _settings(request: TeamRequest, form: TeamForm, status: int = 200) -> HttpResponse:
    is_owner = allows(request.membership.role, TEAM_MANAGE)
    return render(
        request, "teams/settings.html", {"form": form, "is_owner": is_owner}, status=status
    )


@require_http_methods(["GET", "HEAD", "POST"])
def leave_team(request: TeamRequest, team_slug: str) -> HttpResponse:
    if request.method != "POST":
        return render(request, "teams/leave.html")
    try:
        remove_member(membership=request.membership)
    except TeamError as error:
        messages.error(request, str(error))
        return redirect("team-settings", team_slug=team_slug)
    messages.success(request, _("You have left %(team)s.") % {"team": request.team.name})
    return redirect("teams")


@require_http_methods(["GET", "HEAD", "POST"])
@needs_owner
def delete(request: TeamRequest, team_slug: str) -> HttpResponse:
    form = DeleteTeamForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        name = request.team.name
        try:
            delete_team(team=request.team, typed=form.cleaned_data["typed"])
            messages.success(request, _("%(team)s is deleted.") % {"team": name})
            return redirect("teams")
        except TeamError as error:
            form.add_error("typed", str(error))
    return render(
        request, "teams/delete_team.html", {"form": form}, status=422 if form.errors else 200
    )

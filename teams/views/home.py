from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.contrib.auth.views import LoginView
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_safe

from teams.doors import memberships_of

LAST_TEAM = "team"  # in the session: the team whose home was seen last


class SignIn(LoginView):
    template_name = "teams/sign_in.html"
    redirect_authenticated_user = True


@require_safe
def landing(request: HttpRequest) -> HttpResponse:
    """The last team's home; who belongs to no team is told so; a visitor is shown the way in."""
    if not request.user.is_authenticated:
        return render(request, "teams/landing.html")
    found = {membership.team.slug: membership for membership in memberships_of(request.user)}
    if not found:
        return render(request, "teams/no_team.html")
    last = request.session.get(LAST_TEAM)
    return redirect("team-home", team_slug=last if last in found else next(iter(found)))


@login_required
@require_safe
def teams(request: HttpRequest) -> HttpResponse:
    assert request.user.is_authenticated
    return render(request, "teams/teams.html", {"memberships": memberships_of(request.user)})

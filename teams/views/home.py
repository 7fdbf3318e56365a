from __future__ import annotations

from typing import Any

from django.contrib.auth.forms import AuthenticationForm
from django.contrib.auth.views import LoginView, LogoutView
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from teams import audit, marks, news
from teams.delivery.devices import end_pushes, leave_to
from teams.doors import TeamRequest, memberships_of
from teams.forms import NewTeamForm, SignInForm
from teams.models import User
from teams.services import TeamError, create_team
from teams.views.own import own_page

LAST_TEAM = "team"  # in the session: the team whose home was seen last


class SignIn(LoginView):
    template_name = "teams/sign_in.html"
    authentication_form = SignInForm
    redirect_authenticated_user = True

    def form_valid(self, form: AuthenticationForm) -> HttpResponse:
        answer = super().form_valid(form)
        audit.record("signed in", subject=form.get_user())
        leave_to(user=form.get_user(), browser=marks.mark_of(self.request))
        marks.keep(self.request, answer)
        return answer

    def form_invalid(self, form: AuthenticationForm) -> HttpResponse:
        # Not what was typed: some type their password into the wrong field.
        audit.record("sign-in failed")
        return super().form_invalid(form)


class SignOut(LogoutView):
    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        user = request.user
        if not isinstance(user, User):
            return super().post(request, *args, **kwargs)
        mark = marks.mark_of(request)
        end_pushes(user=user, browsers=[mark])
        audit.record("signed out", subject=user)
        answer = super().post(request, *args, **kwargs)
        if mark:
            # With it go the service worker, and what waits for this browser at its push service.
            answer["Clear-Site-Data"] = '"storage"'
        news.access_changed(users=[user.pk])
        return answer


@require_safe
def landing(request: HttpRequest) -> HttpResponse:
    """The last team's home; who belongs to no team is told so; a visitor is shown the way in."""
    if not request.user.is_authenticated:
        return render(request, "teams/landing.html")
    found = [membership.team.slug for membership in memberships_of(request.user)]
    if not found:
        return redirect("teams")
    last = request.session.get(LAST_TEAM)
    return redirect("team-home", team_slug=last if last in found else found[0])


@own_page
@require_http_methods(["GET", "HEAD", "POST"])
def teams(request: TeamRequest) -> HttpResponse:
    """One's teams, and a form that founds one."""
    form = NewTeamForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            team = create_team(name=form.cleaned_data["name"], owner=request.user)
            return redirect("team-home", team_slug=team.slug)
        except TeamError as error:
            form.add_error("name", str(error))
    status = 422 if form.errors else 200
    return render(request, "teams/teams.html", {"form": form}, status=status)

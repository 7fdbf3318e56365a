"""The page behind an invitation's link. Looking at it changes nothing: mail programs look too."""

from __future__ import annotations

from typing import cast

from django.contrib import messages
from django.contrib.auth import login
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from teams.delivery.devices import leave_to
from teams.doors import memberships_of
from teams.forms import SignUpForm
from teams.invitations import (
    AlreadyInError,
    InvitationGoneError,
    accept,
    find,
    is_open,
    sign_up,
    was_mailed,
)
from teams.marks import mark_of
from teams.models import Invitation, User
from teams.services import TeamError

BACKEND = "django.contrib.auth.backends.ModelBackend"


@never_cache
@sensitive_post_parameters()
@require_http_methods(["GET", "HEAD", "POST"])
def join(request: HttpRequest, token: str) -> HttpResponse:
    invitation = find(token)
    if invitation is None or not is_open(invitation):
        return _ended(request, invitation)
    proven = was_mailed(invitation, token, request.GET.get("mailed", ""))
    try:
        if request.user.is_authenticated:
            return _as_member(request, invitation, proven)
        return _as_stranger(request, invitation, proven)
    except InvitationGoneError:
        return _ended(request, invitation)


def _ended(request: HttpRequest, invitation: Invitation | None) -> HttpResponse:
    """One answer for a wrong link and for one that was used, withdrawn or has expired; only who
    accepted it is led on."""
    if invitation and request.user.is_authenticated and invitation.accepted_by == request.user:
        return redirect("team-home", team_slug=invitation.team.slug)
    return render(request, "teams/no_invitation.html", status=404)


def _as_member(request: HttpRequest, invitation: Invitation, proven: bool) -> HttpResponse:
    user, team = cast(User, request.user), invitation.team
    is_in = any(each.team == team for each in memberships_of(user))
    if request.method == "POST" and not is_in:
        try:
            accept(invitation=invitation, user=user, proven=proven)
            return _welcome(request, invitation)
        except AlreadyInError:
            is_in = True
    return render(request, "teams/join.html", {"invitation": invitation, "is_in": is_in})


def _as_stranger(request: HttpRequest, invitation: Invitation, proven: bool) -> HttpResponse:
    form = SignUpForm(request.POST or None, initial={"email": invitation.email})
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        try:
            user = sign_up(
                invitation=invitation,
                username=given["username"],
                email=given["email"],
                password=given["password1"],
                proven=proven,
            )
        except InvitationGoneError:
            raise
        except TeamError as error:
            form.add_error(None, str(error))
        else:
            login(request, user, backend=BACKEND)
            leave_to(user=user, browser=mark_of(request))
            return _welcome(request, invitation)
    # 200 with errors too: the address of a refused request is logged, and this one is a key.
    return render(request, "teams/sign_up.html", {"invitation": invitation, "form": form})


def _welcome(request: HttpRequest, invitation: Invitation) -> HttpResponse:
    messages.success(request, _("Welcome to %(team)s.") % {"team": invitation.team.name})
    return redirect("team-home", team_slug=invitation.team.slug)

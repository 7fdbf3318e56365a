"""Who is in a team, and who is invited."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from teams import invitations
from teams.doors import TeamRequest
from teams.enums import Role
from teams.forms import InviteForm, RoleForm
from teams.models import Invitation, Membership
from teams.permissions import TEAM_MANAGE, allows, needs_owner
from teams.posting import posted_from
from teams.queries import members_of
from teams.services import TeamError, remove_member, set_role
from teams.tokens import open_tokens


@require_safe
def members(request: TeamRequest, team_slug: str) -> HttpResponse:
    return _members(request, InviteForm())


def _members(request: TeamRequest, form: InviteForm, status: int = 200) -> HttpResponse:
    is_owner = allows(request.membership.role, TEAM_MANAGE)
    context = {
        "members": members_of(request.team),
        "invitations": invitations.open_invitations(request.team) if is_owner else [],
        "is_owner": is_owner,
        "roles": Role.choices,
        "form": form,
    }
    return render(request, "teams/members.html", context, status=status)


@require_POST
@needs_owner
def change_role(request: TeamRequest, team_slug: str, pk: int) -> HttpResponse:
    member = _member(pk)
    form = RoleForm(request.POST)
    try:
        if not form.is_valid():
            raise TeamError(_("Choose one of the roles."))
        set_role(membership=member, role=Role(form.cleaned_data["role"]))
        said = {"name": member.user.get_username(), "role": member.get_role_display()}
        messages.success(request, _("%(name)s is %(role)s now.") % said)
    except TeamError as error:
        messages.error(request, str(error))
    return redirect("team-members", team_slug=team_slug)


@require_http_methods(["GET", "HEAD", "POST"])
@needs_owner
def remove(request: TeamRequest, team_slug: str, pk: int) -> HttpResponse:
    member = _member(pk)
    if request.method != "POST":
        keys = open_tokens(request.team).filter(created_by=member.user)
        return render(request, "teams/remove_member.html", {"member": member, "keys": keys})
    try:
        remove_member(membership=member)
        name = member.user.get_username()
        messages.success(request, _("%(name)s is no longer in the team.") % {"name": name})
    except TeamError as error:
        messages.error(request, str(error))
    is_me = member.user_id == request.user.pk
    return redirect("teams") if is_me else redirect("team-members", team_slug=team_slug)


def _member(pk: int) -> Membership:
    return get_object_or_404(Membership.objects.select_related("user"), pk=pk)


# -- invitations


@posted_from("team-members")
@needs_owner
@never_cache
def invite(request: TeamRequest, team_slug: str) -> HttpResponse:
    form = InviteForm(request.POST)
    if not form.is_valid():
        return _members(request, form, status=422)
    email, role = form.cleaned_data["email"], Role(form.cleaned_data["role"])
    try:
        invited = invitations.invite(team=request.team, email=email, role=role, by=request.user)
    except TeamError as error:
        form.add_error("email", str(error))
        return _members(request, form, status=422)
    return _show(request, invited)


@require_POST
@needs_owner
@never_cache
def invite_again(request: TeamRequest, team_slug: str, pk: int) -> HttpResponse:
    try:
        invited = invitations.invite_again(invitation=_invitation(pk), by=request.user)
    except TeamError as error:
        messages.error(request, str(error))
        return redirect("team-members", team_slug=team_slug)
    return _show(request, invited)


def _show(request: TeamRequest, invited: invitations.Invited) -> HttpResponse:
    """Answers the POST itself: a redirect would have to carry the link, and it is kept nowhere."""
    shown = request.build_absolute_uri(invited.path)
    context = {"invitation": invited.invitation, "shown": shown}
    return render(request, "teams/invited.html", context)


@require_POST
@needs_owner
def revoke(request: TeamRequest, team_slug: str, pk: int) -> HttpResponse:
    invitation = _invitation(pk)
    invitations.revoke(invitation=invitation)
    said = {"email": invitation.email}
    messages.success(request, _("The invitation to %(email)s is withdrawn.") % said)
    return redirect("team-members", team_slug=team_slug)


def _invitation(pk: int) -> Invitation:
    return get_object_or_404(Invitation.objects.select_related("team"), pk=pk)

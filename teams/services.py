"""What can be done to teams. All but `create_team` run inside the scope of the team."""

from __future__ import annotations

import secrets
from functools import partial
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.text import slugify
from django.utils.translation import gettext as _

from teams import news
from teams.enums import Role
from teams.models import ApiToken, Invitation, Membership, PushSubscription, Team, User
from teams.scoping import every_team, scope
from teams.text import one_line

SLUG_TRIES = 5
MOST_TEAMS = 20  # that one person owns


class TeamError(Exception):
    """What was asked cannot be done; the text is for the user."""


@transaction.atomic
def create_team(*, name: str, owner: User, slug: str = "") -> Team:
    """A team with its first owner. A given slug must be free; a derived one makes itself free."""
    name = _named(name)
    with every_team("a new team has no scope yet", actor=owner.get_username()):
        if Membership.objects.filter(user=owner, role=Role.OWNER).count() >= MOST_TEAMS:
            raise TeamError(_("You own %(n)s teams: that is all we keep.") % {"n": MOST_TEAMS})
        team = _insert_team(name, slug)
    with scope(team):
        Membership.objects.create(team=team, user=owner, role=Role.OWNER)
    return team


def _named(name: str) -> str:
    """It stands in the subjects of mails."""
    name = one_line(name)[:100]
    if not name:
        raise TeamError(_("A team needs a name."))
    return name


def _insert_team(name: str, slug: str) -> Team:
    base = slug or slugify(name)[:48].strip("-") or "team"
    for attempt in range(SLUG_TRIES):
        wanted = base if attempt == 0 else f"{base}-{secrets.token_hex(3)}"
        try:
            with transaction.atomic():
                return Team.objects.create(name=name, slug=wanted)
        except IntegrityError:
            if slug:
                break
    raise TeamError(_("This address is taken by another team."))


def update_team(*, team: Team, name: str, time_zone: str) -> Team:
    """The slug stays: links and displays of the team point at it."""
    team.name, team.time_zone = _named(name), time_zone
    team.save(update_fields=["name", "time_zone"])
    return team


@transaction.atomic
def delete_team(*, team: Team, typed: str) -> None:
    """With all that is its own: private feeds and their races, displays, rules, tokens, the log.
    `typed` is the team's name, which nobody types by mistake."""
    if one_line(typed) != one_line(team.name):
        raise TeamError(_("This is not the name of the team."))
    sight_changed(team=team)
    team.delete()


def add_member(*, team: Team, user: User, role: Role = Role.MEMBER) -> Membership:
    """Adding a member again changes nothing, the role least of all."""
    member, _created = Membership.objects.get_or_create(
        team=team, user=user, defaults={"role": role}
    )
    return member


@transaction.atomic
def set_role(*, membership: Membership, role: Role) -> Membership:
    if role != Role.OWNER:
        _keep_an_owner(membership)
        end_invitations(by=membership.user_id, team=membership.team_id)
    membership.role = role
    membership.save(update_fields=["role"])
    _announce(membership.user_id)
    return membership


@transaction.atomic
def remove_member(*, membership: Membership) -> None:
    """Also how one leaves."""
    _keep_an_owner(membership)
    end_invitations(by=membership.user_id, team=membership.team_id)
    user = membership.user_id
    PushSubscription.objects.filter(team=membership.team_id, user=user).delete()
    membership.delete()
    _announce(user)


def _keep_an_owner(leaving: Membership) -> None:
    """Locks the owners, so that two who leave at once cannot both count on the other."""
    owners = Membership.objects.select_for_update().filter(team=leaving.team_id, role=Role.OWNER)
    if {owner.pk for owner in owners} == {leaving.pk}:
        raise TeamError(
            _("A team keeps at least one owner: make somebody else one first, or delete the team.")
        )


def end_invitations(*, by: int, team: UUID | None = None) -> None:
    """In one team, or in all of the scope. Or who was an owner could keep a way back in."""
    theirs = Invitation.objects.filter(invited_by=by, accepted_at=None, revoked_at=None)
    theirs.filter(**{"team": team} if team else {}).update(revoked_at=timezone.now())


def sight_changed(*, team: Team) -> None:
    """What the team may see, or watches where, is another after the commit: its people's and its
    programs' sockets look again, and whoever evaluates its rules."""
    users = list(Membership.objects.filter(team=team).values_list("user", flat=True))
    tokens = list(ApiToken.objects.filter(team=team).values_list("pk", flat=True))
    transaction.on_commit(partial(news.access_changed, users=users, tokens=tokens))
    transaction.on_commit(partial(news.watch_changed, team=team.pk))


def _announce(*users: int) -> None:
    """Open sockets look again at once at what these people may see."""
    transaction.on_commit(lambda: news.access_changed(users=users))

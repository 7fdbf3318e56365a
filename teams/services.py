"""What can be done to teams. All but `create_team` run inside the scope of the team."""

from __future__ import annotations

import secrets

from django.db import IntegrityError, transaction
from django.utils.text import slugify
from django.utils.translation import gettext as _

from teams.enums import Role
from teams.models import Membership, Team, User
from teams.scoping import every_team, scope

SLUG_TRIES = 5


class TeamError(Exception):
    """What was asked cannot be done; the text is for the user."""


@transaction.atomic
def create_team(*, name: str, owner: User, slug: str = "") -> Team:
    """A team with its first owner. A given slug must be free; a derived one makes itself free."""
    name = name.strip()[:100]
    if not name:
        raise TeamError(_("A team needs a name."))
    with every_team("a new team has no scope yet", actor=owner.get_username()):
        team = _insert_team(name, slug)
    with scope(team):
        Membership.objects.create(team=team, user=owner, role=Role.OWNER)
    return team


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


def rename_team(*, team: Team, name: str) -> Team:
    """The slug stays: links and displays of the team point at it."""
    if not name.strip():
        raise TeamError(_("A team needs a name."))
    team.name = name.strip()[:100]
    team.save(update_fields=["name"])
    return team


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
    membership.role = role
    membership.save(update_fields=["role"])
    return membership


@transaction.atomic
def remove_member(*, membership: Membership) -> None:
    _keep_an_owner(membership)
    membership.delete()


def _keep_an_owner(leaving: Membership) -> None:
    """Locks the owners, so that two who leave at once cannot both count on the other."""
    owners = Membership.objects.select_for_update().filter(team=leaving.team_id, role=Role.OWNER)
    if {owner.pk for owner in owners} == {leaving.pk}:
        raise TeamError(_("A team keeps at least one owner."))

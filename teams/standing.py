"""In which team somebody acts, and what they may do there: asked anew at every request and every
subscription, so that whoever is removed is out at once."""

from __future__ import annotations

from dataclasses import dataclass

from teams.doors import Person, memberships_of
from teams.enums import Access
from teams.models import ApiToken, Membership, Team, User
from teams.permissions import OF_TOKENS, PERMISSIONS


@dataclass(frozen=True, slots=True)
class Standing:
    """`user` is None where a token of the team acts, `role` is empty then."""

    team: Team
    permissions: frozenset[str]
    user: User | None = None
    role: str = ""
    token: ApiToken | None = None

    def allows(self, permission: str) -> bool:
        return permission in self.permissions


def of_person(user: Person) -> list[Standing]:
    """In each of their teams."""
    return [_in(each, user) for each in memberships_of(user) if isinstance(user, User)]


def _in(membership: Membership, user: User) -> Standing:
    permissions = PERMISSIONS.get(membership.role, frozenset())
    return Standing(membership.team, permissions, user=user, role=membership.role)


def of_token(token: ApiToken) -> Standing:
    return Standing(token.team, OF_TOKENS.get(Access(token.access), frozenset()), token=token)

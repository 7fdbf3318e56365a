"""In which team somebody acts, and what they may do there: asked anew at every request and every
subscription, so that whoever is removed is out at once."""

from __future__ import annotations

from dataclasses import dataclass

from teams.doors import memberships_of
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


def of_membership(membership: Membership) -> Standing:
    permissions = PERMISSIONS.get(membership.role, frozenset())
    return Standing(membership.team, permissions, user=membership.user, role=membership.role)


def of_person(user: User) -> list[Standing]:
    """In each of their teams."""
    return [
        Standing(each.team, PERMISSIONS.get(each.role, frozenset()), user=user, role=each.role)
        for each in memberships_of(user)
    ]


def of_token(token: ApiToken) -> Standing:
    return Standing(token.team, OF_TOKENS.get(Access(token.access), frozenset()), token=token)

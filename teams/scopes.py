"""The open scope: for which teams the running code works.

A scope is a ContextVar, so it follows the request into its threads and tasks and leaks into no
other. What obeys it is in `scoping.py` (managers, models) and, where the database is PostgreSQL,
in `lt_analyzer/postgresql/` (the role and the teams that each statement runs with).
"""

from __future__ import annotations

import logging
import uuid
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from teams.models import Team

log = logging.getLogger("teams.audit")

SYSTEM = "system"


class ScopeError(Exception):
    """A query without a scope or a write into another team: our bug, a user's never. Not caught."""


@dataclass(frozen=True, slots=True)
class Scope:
    """`teams` is None for every team."""

    teams: tuple[Team, ...] | None
    reason: str = ""

    @property
    def ids(self) -> list[uuid.UUID]:
        # A team that was deleted while its scope was open has no key any more.
        return [team.pk for team in self.teams or () if team.pk is not None]


_scope: ContextVar[Scope | None] = ContextVar("lt_team_scope", default=None)
_looking: ContextVar[str] = ContextVar("lt_before_scope", default="")


def current_scope() -> Scope:
    found = _scope.get()
    if found is None:
        raise ScopeError("No team scope is open: enter through a door of teams.doors.")
    return found


def current_team() -> Team:
    """The one team of the scope; under `every_team`, or with several teams, there is none."""
    teams = current_scope().teams
    if teams is None or len(teams) != 1:
        raise ScopeError("The open scope is not that of one team.")
    return teams[0]


def require(team: Team) -> None:
    """For services that widen the scope: refuse first what the caller's own did not allow."""
    teams = current_scope().teams
    if teams is not None and team not in teams:
        raise ScopeError(f"{team} is not in the open scope.")


@contextmanager
def opened(new: Scope) -> Iterator[Scope]:
    """A look-up that comes before the scope ends where the scope begins."""
    token, looking = _scope.set(new), _looking.set("")
    try:
        yield new
    finally:
        _looking.reset(looking)
        _scope.reset(token)


@contextmanager
def scope(team: Team) -> Iterator[Team]:
    with opened(Scope((team,))):
        yield team


@contextmanager
def scope_of(teams: Iterable[Team]) -> Iterator[None]:
    """Several teams at once: a person's socket, a limited staff user. With none, no rows."""
    with opened(Scope(tuple(teams))):
        yield


@contextmanager
def every_team(reason: str, *, actor: str = SYSTEM) -> Iterator[None]:
    """For superusers in the admin and for system processes. Each opening is logged with its reason:
    what a person did as news, what the system does all day as detail.

    Long-running processes open it once, not once a row.
    """
    if not reason:
        raise ScopeError("every_team() needs a reason.")
    level = logging.DEBUG if actor == SYSTEM else logging.INFO
    log.log(level, "every team: %s (%s)", reason, actor, extra={"reason": reason, "actor": actor})
    with opened(Scope(None, reason)):
        yield


@contextmanager
def before_scope(reason: str) -> Iterator[None]:
    """For look-ups that choose a scope, or judge rows that the scope does not hold: which team is
    this token of? Managers go on refusing, so the query says `_base_manager`; what changes is that
    PostgreSQL answers it.

    The query must be made inside: a queryset that is looked at later finds nothing.
    """
    if not reason:
        raise ScopeError("before_scope() needs a reason.")
    token = _looking.set(reason)
    try:
        yield
    finally:
        _looking.reset(token)


def visible_teams() -> list[uuid.UUID] | None:
    """The teams whose rows the database may show now; None for every team's."""
    found = _scope.get()
    if _looking.get() or (found is not None and found.teams is None):
        return None
    return [] if found is None else found.ids

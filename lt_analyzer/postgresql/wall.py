"""Row-level security: which role each statement has, and which teams' rows it may touch.

`lt_app` sees the rows of the teams in the setting `lt.teams`, `lt_system` those of every team; the
login itself owns the tables, and policies do not bind it. The open scope decides between the two.
Nobody asks for the owner but what makes and moves tables, so whatever process forgets to say
anything runs as `lt_app` with no team.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import NamedTuple

from teams.scopes import visible_teams

APP, SYSTEM = "lt_app", "lt_system"
TEAMS = "lt.teams"  # a setting of the session, read by the function lt_teams()

# Django's own commands that make tables, or carry whole ones out and in.
COMMANDS_OF_THE_OWNER = frozenset(
    """
    check dumpdata flush inspectdb loaddata makemigrations migrate optimizemigration
    remove_stale_contenttypes showmigrations sqlflush sqlmigrate sqlsequencereset squashmigrations
    """.split()
)


class Standing(NamedTuple):
    """What a connection may do: `set role`, and the teams' ids."""

    role: str
    teams: str

    @property
    def sql(self) -> str:
        # Neither part can hold a quote: names of ours, and ids that uuid.UUID wrote.
        return (
            f"SELECT set_config('role', '{self.role}', false), "
            f"set_config('{TEAMS}', '{self.teams}', false)"
        )


OWNER = Standing("none", "")

_owner: ContextVar[bool] = ContextVar("lt_owner", default=False)


@contextmanager
def as_owner() -> Iterator[None]:
    """For what needs the tables themselves: their definition, all of their rows."""
    token = _owner.set(True)
    try:
        yield
    finally:
        _owner.reset(token)


def wanted() -> Standing:
    if _owner.get():
        return OWNER
    teams = visible_teams()
    if teams is None:
        return Standing(SYSTEM, "")
    return Standing(APP, ",".join(sorted(map(str, teams))))

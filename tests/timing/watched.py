"""Teams that watch a feed, without rows; and a race of two karts to watch."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime
from typing import Any

from tests.timing.apex_feed import RACE, START_MS, Played, Table, block
from timing.engine.watch import Rule, TeamWatch, Watched
from timing.models import Alert
from timing.watching import TeamWatches
from timing.watchlist import Watching, Ways

FEED = uuid.UUID("5f0c9a52-8a0f-4d59-9d0a-0c6d8c6f4b11")
OTTERS = uuid.UUID("00000000-0000-4000-8000-000000000001")
VOLES = uuid.UUID("00000000-0000-4000-8000-000000000002")
TABLE = Table(*RACE)
LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)


def ways(**fields: Any) -> Ways:
    fields = {
        "severity": "warning",
        "sound": True,
        "push": True,
        "email": False,
        "webhook": False,
        "quiet": None,
    } | fields
    return Ways(**fields)


def watching(
    team: uuid.UUID,
    *,
    ours: str = "",
    rivals: tuple[str, ...] = (),
    rules: tuple[Rule, ...] = (),
    zone: str = "UTC",
    since: datetime = LONG_AGO,
    **loud: Any,
) -> Watching:
    marks = [("ours", ours)] if ours else []
    marks += [("rival", number) for number in rivals]
    watched = tuple(
        Watched(place, kind, "number", number)
        for place, (kind, number) in enumerate(marks, start=1)
    )
    watch = TeamWatch(str(team), "A", watched, rules)
    by_rule = {rule.id: ways(**loud) for rule in rules}
    return Watching(team, f"team-{team.int % 10}", zone, watch, by_rule, since)


def pit_in(number: int = 1, subject: str = "watched", **fields: Any) -> Rule:
    return Rule(number, "pit_in", subject, **fields)


def teams(*each: Watching) -> dict[str, Watching]:
    return {str(one.team): one for one in each}


class Clock:
    def __init__(self) -> None:
        self.ms = START_MS

    def __call__(self) -> int:
        return self.ms


def grid(**cells: Any) -> str:
    rows = {"r1": {"no": "7", "dr": "OTTERS"}, "r2": {"no": "8", "dr": "VOLES"}}
    return block(TABLE, rows, light="lg", **cells)


def racing() -> Played:
    played = Played()
    played.at(0, grid())
    played.at(1, "r1|*||\nr2|*||")
    return played


def pits(row: str) -> str:
    return f"{row}|*in|0"


def leaves(row: str) -> str:
    return f"{row}|*out|0"


def lap(row: str, text: str, ms: int) -> str:
    return f"{TABLE.cell(row, 'llp', 'tn', text)}\n{row}|*|{ms}|"


def waiting(watches: TeamWatches) -> list[Alert]:
    """Alerts that are to be written."""
    return [each.alert for each in watches.desk.to_write()]


def told(watches: TeamWatches) -> list[tuple[uuid.UUID, str]]:
    """Alerts that are to be announced, which they are then."""
    queue = watches.desk._to_tell
    found = [(alert.team_id, alert.title) for alert in queue]
    queue.clear()
    return found

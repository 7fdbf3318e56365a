"""What the server sends by the clock: timers, names in turn, overdue karts, the countdown."""

from __future__ import annotations

from timing.simulators.batching import Group
from timing.simulators.rows import OVERDUE, RECENT_MS, Rows, pit_timer

TEAM_MS, DRIVER_MS = 20_000, 10_000
CLOCK_MS = 30_000


def second(rows: Rows, now: int) -> list[Group]:
    """Everything that can change without a happening; called once a second."""
    groups = [_names(rows, now), _timers(rows, now), _marks(rows, now)]
    return [group for group in groups if group is not None]


def _names(rows: Rows, now: int) -> Group | None:
    """All rows show the driver for 10 s, then the team for 20 s, in turn."""
    if not rows.race.plan.teams:
        return None
    driver = (now - rows.race.opens_at) % (TEAM_MS + DRIVER_MS) >= TEAM_MS
    if not driver and not rows.showing_driver:
        return None
    rows.showing_driver = driver
    group = Group()
    for index in rows.race.standings.order:
        rows.put_name(group.lines, rows.race.cars[index], now)
    return group


def _timers(rows: Rows, now: int) -> Group | None:
    group = Group()
    for index, memory in enumerate(rows.memory):
        if memory.pit_since is not None:
            text = pit_timer(now - memory.pit_since)
            rows.screen.put(group.lines, index, "otr", "to", text)
        elif memory.shown_since is not None and not memory.awaiting_line:
            minutes = ((memory.stopped_at or now) - memory.shown_since) // 60_000
            text = f"{minutes // 60}:{minutes % 60:02d}"
            rows.screen.put(group.lines, index, "otr", "in", text)
    return group


def _marks(rows: Rows, now: int) -> Group | None:
    """Gained and lost places fade; who should long have come round is called stopped."""
    group = Group()
    overdue = now - OVERDUE * rows.race.plan.track.lap_ms
    for index, memory in enumerate(rows.memory):
        if memory.marked_at is not None and memory.marked_at + RECENT_MS <= now:
            memory.marked_at = None
            if rows.screen.cells[index]["sta"][0] in ("su", "sd"):
                rows.screen.put(group.lines, index, "sta", "sr", "")
        running = memory.pit_since is None and memory.stopped_at is None
        if running and 0 < memory.crossed_at < overdue:
            rows.screen.put(group.lines, index, "sta", "ss", "")
    return group

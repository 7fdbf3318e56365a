"""One handler for each kind of column: a changed cell becomes fields of a standing, or acts.

A handler gets the frame being decoded, the row, the cell's class and its value. What it learns goes
into ``frame.fields(row)`` (the entry's standing) or ``frame.acts`` (laps, pits: in their order).
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any, Protocol

from timing.engine.events import (
    Crossed,
    Event,
    Gap,
    LapCompleted,
    LapMarked,
    Mark,
    PitIn,
    PitOut,
)
from timing.engine.units import Ms, parse_clock_hm, parse_lap, parse_time
from timing.protocols import apex_text as text

MARKS: dict[str, Mark] = {"tb": "best", "ti": "pb"}
STATUS = {
    "sr": "run",
    "su": "run",
    "sd": "run",
    "sf": "finished",
    "ss": "stopped",
    "sl": "slow",
}

CROSSED = frozenset(("sr", "su", "sd", "sf"))  # in the leader's current lap; else not yet

# Crossings are batched every 200 ms and the time cell may come one batch before or after.
MATCH_MS = 900
# How far the clock of arrivals may be from the lap shown, for a lap of the same time as the last.
EQUAL_MS = 1_000
PIT_TIMER_LAG_MS = 10_000


class Row:
    """Decoding memory of one entry; dies with the connection."""

    __slots__ = (
        "key",
        "llp",
        "llp_ms",
        "matched",
        "lap_at",
        "marked_at",
        "crossed_at",
        "waiting",
        "in_pit",
        "in_at",
        "out_at",
        "finished_at",
        "sectors",
        "fresh",
        "team",
        "driver",
        "first",
        "last",
    )

    def __init__(self, key: str) -> None:
        self.key = key
        self.llp = ""  # the lap time as last shown; a blank cell does not erase it
        self.llp_ms: Ms | None = None
        self.matched = True  # the lap of `llp` has met its crossing
        self.lap_at: Ms | None = None
        self.marked_at: Ms | None = None  # when the time came again, in this or another colour
        self.crossed_at: Ms | None = None
        self.waiting: Ms | None = None  # when a crossing came without a new time
        self.in_pit = False
        self.in_at: Ms = -(10**15)
        self.out_at: Ms = -(10**15)
        self.finished_at: Ms | None = None
        self.sectors: list[tuple[Ms | None, Mark]] = [(None, "")] * 3
        self.fresh = [False, False, False]
        self.team = ""
        self.driver = ""
        self.first = ""
        self.last = ""


class Frame(Protocol):
    """What handlers see of the adapter."""

    at: Ms
    acts: list[Event]
    columns: frozenset[str]
    teams: bool

    def fields(self, row: Row) -> dict[str, Any]: ...
    def error(self) -> None: ...


Handler = Callable[[Frame, Row, str, str], None]


def last_lap(frame: Frame, row: Row, css: str, value: str) -> None:
    """The lap time: a new value is a lap, the same value with a new class is a re-colour."""
    mark = MARKS.get(css, "")
    if not value:
        return
    if value == row.llp:
        row.marked_at = frame.at
        frame.acts.append(LapMarked(frame.at, row.key, mark))
        return
    ms = parse_lap(text.clean(value))
    if ms is None:
        frame.error()
        return
    settle(frame, row, before=ms)
    row.llp, row.llp_ms = value, ms
    row.matched = row.waiting is not None  # a crossing one batch ago was this lap's
    at = row.waiting if row.waiting is not None else frame.at
    row.waiting = None
    row.lap_at = row.crossed_at = at
    frame.acts.append(LapCompleted(at, row.key, ms, lap_sectors(frame, row, ms), mark))


def lap_sectors(frame: Frame, row: Row, ms: Ms) -> tuple[Ms | None, ...]:
    """The sectors of the lap that ends now: those shown or passed since the last one."""
    count = sum(name in frame.columns for name in ("s1", "s2", "s3"))
    if not count:
        return ()
    times = tuple(row.sectors[i][0] if row.fresh[i] else None for i in range(count))
    if count == 3 and times[2] is None and times[0] and times[1]:
        shown = row.sectors[2][0]  # not re-sent when it is the same as the lap before
        if shown is not None and times[0] + times[1] + shown == ms:
            times = (times[0], times[1], shown)
    row.fresh = [False, False, False]
    return times


def crossing(frame: Frame, row: Row, reference: str) -> None:
    """``*``: the finish line. The value is the expected next lap, never the lap just done."""
    frame.acts.append(Crossed(frame.at, row.key))
    if row.in_pit and frame.at - row.in_at > EQUAL_MS:
        row.in_pit = False  # its exit was missed: who crosses the line is on track
    if not row.matched and row.lap_at is not None and frame.at - row.lap_at <= MATCH_MS:
        row.matched = True
        return
    row.matched = True
    before = row.crossed_at
    if _may_be_equal(frame, row, reference, before):
        settle(frame, row)
        row.waiting = frame.at
    elif before is None or row.llp_ms is None:
        row.crossed_at = frame.at  # the start: what a first lap is measured from


def _may_be_equal(frame: Frame, row: Row, reference: str, before: Ms | None) -> bool:
    if row.llp_ms is None or before is None:
        return False
    if not reference and row.marked_at != frame.at:  # a last lap has none; its time was sent again
        return False
    if row.finished_at is not None and frame.at - row.finished_at > MATCH_MS:
        return False  # a lap after the flag is timed for nobody
    return "llp" in frame.columns and abs(frame.at - before - row.llp_ms) <= EQUAL_MS


def settle(frame: Frame, row: Row, *, before: Ms | None = None) -> None:
    """Decide a crossing that waited for its time: none came, so the lap equalled the last one.

    `before` is the new time that has just come: within the match window the crossing is its own.
    """
    at, ms = row.waiting, row.llp_ms
    if at is None or ms is None or (before is not None and frame.at - at <= MATCH_MS):
        return
    row.waiting = None
    row.lap_at = row.crossed_at = at
    sectors = lap_sectors(frame, row, ms)
    frame.acts.append(LapCompleted(at, row.key, ms, sectors, "", repeated=True))


def status(frame: Frame, row: Row, css: str, value: str) -> None:
    if css == "si":
        pit_in(frame, row)
    elif css == "so":
        pit_out(frame, row)
    elif css in STATUS:  # `in` is a reset at the leader's new lap, never news of the entry
        _finished(frame, row, css)
        frame.fields(row)["status"] = STATUS[css]


def _finished(frame: Frame, row: Row, css: str) -> None:
    if css != "sf":
        row.finished_at = None
    elif row.finished_at is None:
        row.finished_at = frame.at


def pit_in(frame: Frame, row: Row) -> None:
    if not row.in_pit:
        settle(frame, row)  # a lap before its stop
        row.in_pit = True
        row.in_at = frame.at
        frame.acts.append(PitIn(frame.at, row.key))


def pit_out(frame: Frame, row: Row) -> None:
    if row.in_pit or frame.at - row.out_at > PIT_TIMER_LAG_MS:
        frame.acts.append(PitOut(frame.at, row.key))
    row.in_pit = False
    row.out_at = frame.at


def on_track(frame: Frame, row: Row, css: str, value: str) -> None:
    """``in``: time since the stint began, H:MM. ``to``: the running pit timer, a witness only.

    It tells of an entry that was missed, unless it still counts from the one before the last exit.
    """
    if css == "to":
        ms = parse_time(value.rstrip("."))
        if ms is not None and frame.at - ms > row.out_at:
            pit_in(frame, row)
    elif (ms := parse_clock_hm(value)) is not None:
        frame.fields(row)["stint_ms"] = ms


def name(frame: Frame, row: Row, css: str, value: str) -> None:
    """Team and driver share the cell and alternate; the class tells which is shown."""
    if css == "drteam":
        if value != row.driver:
            row.driver = value
            frame.fields(row)["driver"] = text.driver(value)
        return
    if value == row.team:
        return
    row.team = value
    competitor = text.clean(value)
    if not competitor:
        return  # a row is wiped when its session is over: who it was stays true
    frame.fields(row)["competitor"] = competitor
    if not frame.teams:
        frame.fields(row)["driver"] = (competitor, None)


def number(frame: Frame, row: Row, css: str, value: str) -> None:
    if shown := text.clean(value):
        frame.fields(row)["number"] = shown
    if names := css.split():
        own = [name for name in names if name.startswith("no")]
        frame.fields(row)["class"] = (own or names)[-1][:32]


def rank(frame: Frame, row: Row, css: str, value: str) -> None:
    if value.isascii() and value.isdigit() and len(value) <= 5:
        frame.fields(row)["position"] = int(value)


def nation(frame: Frame, row: Row, css: str, value: str) -> None:
    frame.fields(row)["nation"] = next((c[:3] for c in css.split() if c != "nat"), "")


def category(frame: Frame, row: Row, css: str, value: str) -> None:
    if shown := text.clean(value):
        frame.fields(row)["category"] = shown


def best_lap(frame: Frame, row: Row, css: str, value: str) -> None:
    fields = frame.fields(row)
    fields["best_ms"] = parse_lap(text.clean(value))


def gap(frame: Frame, row: Row, css: str, value: str) -> None:
    found = text.gap(value)
    if found is not None and found[0] == "lap":
        frame.fields(row).update(gap=None, leader_lap=found[1])
    else:
        frame.fields(row)["gap"] = _behind(found)


def interval(frame: Frame, row: Row, css: str, value: str) -> None:
    frame.fields(row)["interval"] = _behind(text.gap(value))


def _behind(found: tuple[str, int] | None) -> Gap:
    if found is None or found[0] == "lap":
        return None
    return (found[1], None) if found[0] == "laps" else (0, found[1])


def lap_count(frame: Frame, row: Row, css: str, value: str) -> None:
    _count(frame, row, "lap_count", value)


def stops(frame: Frame, row: Row, css: str, value: str) -> None:
    _count(frame, row, "stops", value)


def _count(frame: Frame, row: Row, field: str, value: str) -> None:
    if not value:
        frame.fields(row)[field] = 0
    elif value.isascii() and value.isdigit() and len(value) <= 5:
        frame.fields(row)[field] = int(value)


def penalty(frame: Frame, row: Row, css: str, value: str) -> None:
    shown = text.clean(value)
    laps, ms = text.penalty(shown)
    frame.fields(row).update(penalty=shown, penalty_laps=laps or 0, penalty_ms=ms)


def first_name(frame: Frame, row: Row, css: str, value: str) -> None:
    row.first = text.clean(value)
    _full_name(frame, row)


def last_name(frame: Frame, row: Row, css: str, value: str) -> None:
    row.last = text.clean(value)
    _full_name(frame, row)


def _full_name(frame: Frame, row: Row) -> None:
    full = f"{row.first} {row.last}".strip()
    if full:
        frame.fields(row)["driver"] = (full, None)


def sector(index: int, frame: Frame, row: Row, css: str, value: str) -> None:
    ms = parse_lap(text.clean(value)) if value else None
    row.sectors[index] = (ms, MARKS.get(css, "") if ms is not None else "")
    row.fresh[index] = ms is not None
    frame.fields(row)["sectors"] = tuple(row.sectors)


def sector_passed(row: Row, index: int) -> None:
    """``*i1``, ``*i2``: the sector shown is of this lap even if its time did not change."""
    if 0 <= index < 3 and row.sectors[index][0] is not None:
        row.fresh[index] = True


HANDLERS: dict[str, Handler] = {
    "sta": status,
    "rk": rank,
    "no": number,
    "nat": nation,
    "dr": name,
    "class": category,
    "s1": partial(sector, 0),
    "s2": partial(sector, 1),
    "s3": partial(sector, 2),
    "llp": last_lap,
    "blp": best_lap,
    "gap": gap,
    "int": interval,
    "tlp": lap_count,
    "otr": on_track,
    "pit": stops,
    "pen": penalty,
    "first": first_name,
    "last": last_name,
}


# What a cell says in a snapshot, where it is no news: no laps, no pit events.


def last_lap_seen(frame: Frame, row: Row, css: str, value: str) -> None:
    ms = parse_lap(text.clean(value)) if value else None
    if ms is not None:
        row.llp, row.llp_ms, row.matched = value, ms, True
        frame.fields(row).update(last_ms=ms, last_mark=MARKS.get(css, ""))


def status_seen(frame: Frame, row: Row, css: str, value: str) -> None:
    row.in_pit = css == "si"
    _finished(frame, row, css)
    frame.fields(row).update(in_pit=row.in_pit, crossed=css in CROSSED)
    if css in STATUS:
        frame.fields(row)["status"] = STATUS[css]
    elif css == "so":
        frame.fields(row)["status"] = "out"


def on_track_seen(frame: Frame, row: Row, css: str, value: str) -> None:
    if css == "to":
        ms = parse_time(value.rstrip("."))
        frame.fields(row)["pit_ms"] = ms
        if not _has_left(frame, row):
            row.in_pit = True
            frame.fields(row)["in_pit"] = True
    elif (ms := parse_clock_hm(value)) is not None:
        frame.fields(row)["stint_ms"] = ms


def _has_left(frame: Frame, row: Row) -> bool:
    """The pit timer stands still, yet is shown, from the exit to the next crossing of the line.

    In a pit the status is `si`, or `in` at most; `so` and then `ss` are of who is out of it. But a
    stop longer than a lap is `ss` too, so what was seen of the pit lane goes first.
    """
    if row.in_at != row.out_at:
        return row.out_at > row.in_at
    return "status" in frame.fields(row)


SNAPSHOT_HANDLERS: dict[str, Handler] = HANDLERS | {
    "llp": last_lap_seen,
    "sta": status_seen,
    "otr": on_track_seen,
}

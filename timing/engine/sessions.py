"""Which race an event belongs to.

A race changes on evidence, never on one title or one snapshot: operators re-send the opening block
in mid race, servers show the finished race again days later, titles flicker for seconds, and row
ids start from 1 in every heat. What tells races apart is the race-control log (kept for a session,
empty at its start), the entries, the counters and the flag, together.

A race's id is derived from the feed and from when and as what the race first appeared, so a replay
of the same recording gives the same ids without asking a database.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from timing.engine.events import (
    Event,
    FlagSet,
    LogSet,
    Message,
    SessionGone,
    SessionSeen,
    TitleSet,
)
from timing.engine.state import RaceState
from timing.engine.units import DAY_MS, Ms

REMEMBERED = 24  # finished races that may be shown again
TITLE_WAIT_MS = 20_000  # a title on its own must stand this long
OVERRUN_MS = 600_000  # red flags and a last lap may hold the end of a race up this long
FAMILIAR = 0.5  # share of the smaller table's entries that both tables hold


@dataclass(frozen=True)
class Known:
    """A race that was shown on this feed; how it stands is read from its state."""

    id: str
    shown_at: Ms


@dataclass(frozen=True)
class Routing:
    """Memory of one feed. `current` is "" while nothing, or nothing known, is shown."""

    feed: str
    known: tuple[Known, ...] = ()
    current: str = ""
    title: TitleSet | None = None  # waiting to be believed
    reset: str = ""  # a race that staff began again: the next snapshot is of it


@dataclass(frozen=True)
class Routed:
    """`events` for race `race`; `opens` when it is a new one."""

    race: str
    events: tuple[Event, ...]
    opens: bool = False


def route(
    routing: Routing, events: Iterable[Event], states: Mapping[str, RaceState]
) -> tuple[Routing, list[Routed]]:
    """Send the events of one frame to their races. `states` holds every known race."""
    batch = list(events)
    out: list[Routed] = []
    pending: list[Event] = []
    opens = False

    def flush() -> None:
        nonlocal pending, opens
        if pending and routing.current:
            out.append(Routed(routing.current, tuple(pending), opens))
        pending, opens = [], False

    if _another_began(routing, batch, states):
        routing = replace(routing, current="")
    for event in batch:
        if isinstance(event, SessionSeen):
            flush()
            routing, opens = _seen(routing, event, states, out)
            pending.append(event)
        elif isinstance(event, TitleSet):
            routing = _title(routing, event, states)
        elif isinstance(event, SessionGone):
            flush()  # for seconds or for days: the next snapshot tells what it was
        else:
            pending.append(event)
    if batch and routing.title and batch[-1].at - routing.title.at >= TITLE_WAIT_MS:
        pending.append(routing.title)
        routing = replace(routing, title=None)
    flush()
    return routing, out


def _another_began(routing: Routing, batch: list[Event], states: Mapping[str, RaceState]) -> bool:
    """A session began whose opening we never got: the old one is over and its log is gone."""
    state = states.get(routing.current)
    if state is None or state.ended_at is None:
        return False
    green = any(isinstance(e, FlagSet) and e.flag == "green" for e in batch)
    logs = [e.log for e in batch if isinstance(e, LogSet)]
    return green and any(log and not _log_goes_on(state, log) for log in logs)


def _seen(
    routing: Routing,
    event: SessionSeen,
    states: Mapping[str, RaceState],
    out: list[Routed],
) -> tuple[Routing, bool]:
    routing = replace(routing, title=None)
    current = states.get(routing.current)
    if not event.opening and routing.current and (current is None or _familiar(current, event)):
        return routing, False  # new entrants
    if routing.reset and routing.reset == routing.current:
        return _show(replace(routing, reset=""), routing.current, event.at), True
    recent = sorted(routing.known, key=lambda known: known.shown_at, reverse=True)
    for known in recent:
        state = states.get(known.id)
        if state is not None and same_race(state, event, current=known.id == routing.current):
            return _show(routing, known.id, event.at), False
    race = str(uuid.uuid5(uuid.UUID(routing.feed), _name(event)))
    return _show(routing, race, event.at), True


def _name(event: SessionSeen) -> str:
    return f"{event.at}|{event.ranking}|{event.event}|{event.name}"


def _show(routing: Routing, race: str, at: Ms) -> Routing:
    known = tuple(k for k in routing.known if k.id != race)[-REMEMBERED + 1 :]
    return replace(routing, known=(*known, Known(race, at)), current=race)


def _title(routing: Routing, event: TitleSet, states: Mapping[str, RaceState]) -> Routing:
    """A title without a snapshot renames the race once it has stood for a while."""
    state = states.get(routing.current)
    if state is None:
        return routing
    event_title, name = event.event, event.name
    at = event.at
    if routing.title is not None:
        at = routing.title.at
        event_title = routing.title.event if event_title is None else event_title
        name = routing.title.name if name is None else name
    title = TitleSet(at, event_title, name)
    same = (title.event in (None, state.event)) and (title.name in (None, state.name))
    return replace(routing, title=None if same else title)


def same_race(state: RaceState, event: SessionSeen, *, current: bool) -> bool:
    """Whether the snapshot shows this race. The first rule that can tell decides."""
    titled = (state.event, state.name) == (event.event, event.name)
    if not titled and not (current and _renamed(state, event)):
        return False
    log = _log_evidence(state, event.log)
    if log is True and _familiar(state, event):
        return True
    if state.ranking != event.ranking:
        return False
    if _counters_reset(state, event):
        return False
    if event.rows and not _familiar(state, event):
        return False
    if state.ended_at is not None:
        return _same_result(state, event, log)
    if log is None and _must_be_over(state, event):
        return False
    return log is not False or _counters_go_on(state, event)


def _renamed(state: RaceState, event: SessionSeen) -> bool:
    """Another title over the same running race: everything else must go on."""
    return (
        state.ranking == event.ranking
        and state.ended_at is None
        and state.was_run
        and _familiar(state, event, share=0.8)
        and _log_evidence(state, event.log) is not False
        and _counters_go_on(state, event)
    )


def _log_evidence(state: RaceState, log: tuple[Message, ...]) -> bool | None:
    """True: the log goes on. False: it is another one. None: it cannot tell."""
    if not any(not line.withdrawn for line in state.log):
        return None
    if not log:
        return False
    return _log_goes_on(state, log)


def _log_goes_on(state: RaceState, log: tuple[Message, ...]) -> bool:
    known = {(line.message.time, line.message.kind, line.message.text) for line in state.log}
    return any((line.time, line.kind, line.text) in known for line in log)


def _familiar(state: RaceState, event: SessionSeen, share: float = FAMILIAR) -> bool:
    """Row ids alone prove little: they count from 1 in every heat, so a name must not differ."""
    before = {key: car.competitor for key, car in state.cars.items() if car.listed}
    now = {row.key: row.fields.get("competitor", "") for row in event.rows}
    if not before or not now:
        return True
    both = sum(
        before[key] == now[key] or not (before[key] and now[key])
        for key in before.keys() & now.keys()
    )
    return bool(both >= share * min(len(before), len(now)))


def _last_times(state: RaceState, event: SessionSeen) -> tuple[int, int, int]:
    """Of entries in both with a lap behind them: all, those blank now, those unchanged."""
    both = [
        (state.cars[row.key].last_ms, row.fields.get("last_ms"))
        for row in event.rows
        if row.key in state.cars and state.cars[row.key].last_ms is not None
    ]
    return len(both), sum(now is None for _, now in both), sum(a == b for a, b in both)


def _counters_reset(state: RaceState, event: SessionSeen) -> bool:
    """Whether most entries lost what a race never takes back: a last lap, a best, laps done."""
    if "llp" not in event.columns:
        return False
    both, blank, _ = _last_times(state, event)
    return (both > 0 and blank > both / 2) or _worse(state, event)


def _worse(state: RaceState, event: SessionSeen) -> bool:
    """Most bests are slower or laps fewer; a lap may be taken from one entry, not from all."""
    both = [
        (car, row.fields)
        for row in event.rows
        if (car := state.cars.get(row.key)) is not None and (car.best_ms or car.lap_count)
    ]
    worse = sum(
        (fields.get("best_ms") or 0) > (car.best_ms or DAY_MS)
        or fields.get("lap_count", DAY_MS) < (car.lap_count or 0)
        for car, fields in both
    )
    return bool(worse > len(both) / 2)


def _counters_go_on(state: RaceState, event: SessionSeen) -> bool:
    if not state.was_run or "llp" not in event.columns:
        return True
    both, blank, _ = _last_times(state, event)
    return both > 0 and blank <= both / 2


def _same_result(state: RaceState, event: SessionSeen, log: bool | None) -> bool:
    """A finished race shown again: still finished, and the times are the ones it ended with.

    Its log often comes back empty, so it proves nothing here.
    """
    if event.flag != "chequered":
        return False
    both, _, unchanged = _last_times(state, event)
    return unchanged >= both / 2 if both else log is not False


def _must_be_over(state: RaceState, event: SessionSeen) -> bool:
    """We were away for longer than this race had left to run, and a race is running now."""
    clock = state.clock
    if clock.mode != "countdown" or clock.ms is None or clock.at is None:
        return False
    end = clock.at + clock.ms
    return state.last_seen_at < end < event.at - OVERRUN_MS and event.flag != "chequered"

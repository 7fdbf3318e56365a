"""A snapshot of a session merged into the state of its race.

A snapshot is no news: columns change, servers restart, connections drop. What it does show is where
everybody stands, and one lap of each entry that was run while nobody listened: the last one.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from timing.engine.cars import (
    Step,
    apply_fields,
    begin_stint,
    driverless,
    enter,
    told_stops,
    with_best,
)
from timing.engine.counts import feed_count, unseen_laps
from timing.engine.crossings import begun
from timing.engine.events import Clock, Seen, SessionSeen
from timing.engine.facts import Fact, LapFact, LapGapFact, PitStopFact, StintFact
from timing.engine.flags import set_clock, set_flag
from timing.engine.log import set_log
from timing.engine.state import Car, RaceState, evolve, with_car
from timing.engine.units import Ms

MAX_CARS = 2_000


def session_seen(state: RaceState, event: SessionSeen) -> Step:
    facts: list[Fact] = []
    joined, before = not state.cars and not state.log, state.cars
    state = evolve(
        state,
        ranking=event.ranking,
        kind=event.kind,
        event=event.event or state.event,
        name=event.name or state.name,
        track=event.track or state.track,
        track_length_m=event.track_length_m or state.track_length_m,
        language=event.language or state.language,
        sectors=event.sectors,
        columns=event.columns,
        classes={**state.classes, **event.classes},
    )
    if joined and event.flag != "none" and any("last_ms" in row.fields for row in event.rows):
        state = evolve(state, joined_late=True)
    state, more = set_flag(state, event.flag, event.at)
    facts += more
    skipped = clock_jump(state.clock, event.clock, event.at)
    state = set_clock(state, event.clock)
    state = evolve(state, leader_lap=_leader_lap(state, event.rows))
    state = _with_rows(state, event, event.at + skipped, facts)
    state, more = set_log(state, event.log, event.at, joined=joined)
    facts += more
    names = state.names + (_called(state.cars) != _called(before))
    return with_best(evolve(state, names=names)), facts


def _called(cars: Mapping[str, Car]) -> list[tuple[str, str, str, bool]]:
    return [(car.key, car.number, car.shown_name, car.listed) for car in cars.values()]


def _leader_lap(state: RaceState, rows: tuple[Seen, ...]) -> int:
    shown = [row.fields["leader_lap"] for row in rows if "leader_lap" in row.fields]
    return max(shown, default=state.leader_lap)


def clock_jump(before: Clock, now: Clock, at: Ms) -> Ms:
    """Race time that passed beyond what the recording's own clock says (a paused recorder)."""
    if before.mode != "countdown" or now.mode != "countdown":
        return 0
    if before.ms is None or before.at is None or now.ms is None:
        return 0
    return max(0, before.ms - (at - before.at) - now.ms)


def _with_rows(state: RaceState, event: SessionSeen, race_now: Ms, facts: list[Fact]) -> RaceState:
    """`race_now`: the instant of the snapshot, moved on by what the race clock jumped."""
    listed = {row.key for row in event.rows}
    cars = {
        key: car if (key in listed) == car.listed else evolve(car, listed=key in listed)
        for key, car in state.cars.items()
    }
    before = state.cars
    for row in event.rows:
        if row.key in cars or len(cars) < MAX_CARS:
            cars[row.key] = _standing(state, cars.get(row.key), row, event.at, facts)
    state = evolve(state, cars=cars)
    for row in event.rows:  # counts need everybody's place and gap, so laps come second
        known = before.get(row.key)
        car = state.cars.get(row.key)
        if car is None:
            continue
        if known is None:
            state = with_car(state, _joined(state, car, row, event.at, facts))
        else:
            state = with_car(state, _caught_up(state, known, car, row, (event.at, race_now), facts))
    return state


def _standing(state: RaceState, known: Car | None, row: Seen, at: Ms, facts: list[Fact]) -> Car:
    car = known or Car(row.key)
    if (row.fields.get("stops") or 0) > car.stop_n:
        car = evolve(car, driverless=())  # whoever is shown may have got in since
    gone = {name: None for column, name in _OF_THE_MOMENT if column not in state.columns}
    fields = {name: value for name, value in row.fields.items() if name not in _LATER}
    return apply_fields(state, car, gone | fields, at, facts)


# What is true only for as long as there is a column that says so.
_OF_THE_MOMENT = (("gap", "gap"), ("int", "interval"))
_LATER = frozenset(("last_ms", "last_mark", "stint_ms"))


def _joined(state: RaceState, car: Car, row: Seen, at: Ms, facts: list[Fact]) -> Car:
    """An entry we meet in mid race: its count, its stint, its pit stop as they stand."""
    fields = row.fields
    if _shows_first_lap(state, car, fields):
        car = begin_stint(car, at - fields["last_ms"], facts)
        car = _visible_lap(state, car, fields, (at, at), facts)
        return _found_in_pit(state, car, fields, at, facts) if fields.get("in_pit") else car
    changes: dict[str, Any] = {
        name: fields[name] for name in ("last_ms", "last_mark") if name in fields
    }
    if car.last_ms is not None or "last_ms" in fields:
        count = feed_count(state, car)
        if count is not None and count > 0:
            waits = fields.get("crossed") is False and "tlp" not in state.columns
            changes["laps"] = max(0, count - waits) + car.penalty_laps
    car = evolve(car, **changes) if changes else car
    raced = "last_ms" in fields or car.laps > 0 or bool(car.stops)
    if raced and state.started_at is not None:
        stops = car.stops or 0
        since = at - fields["stint_ms"] if fields.get("stint_ms") is not None else None
        car = evolve(
            car,
            stop_n=max(stops - fields.get("in_pit", False), 0),
            stops_told=max(stops - fields.get("in_pit", False), 0),
            stint=stops + (not fields.get("in_pit", False)),
            stint_at=since,
            stint_lap=car.laps + 1,
            status="run" if car.status == "grid" else car.status,
        )
        if car.stint and not fields.get("in_pit"):
            facts.append(StintFact(car.key, car.stint, "", car.stint_lap, None, since, None))
    if fields.get("in_pit"):
        car = _found_in_pit(state, car, fields, at, facts)
    return car


def _shows_first_lap(state: RaceState, car: Car, fields: dict[str, Any]) -> bool:
    """Its only lap so far, with its time: some heats open with the first lap of the quickest."""
    counted = car.lap_count if "tlp" in state.columns else None
    started = state.started_at is not None
    return started and counted == 1 and not car.penalty_laps and "last_ms" in fields


def _found_in_pit(
    state: RaceState, car: Car, fields: dict[str, Any], at: Ms, facts: list[Fact]
) -> Car:
    since = at - fields["pit_ms"] if fields.get("pit_ms") is not None else None
    status = "finished" if car.status == "finished" else "pit"
    return enter(state, car, since, status, facts)  # type: ignore[arg-type]


def _caught_up(
    state: RaceState, known: Car, car: Car, row: Seen, now: tuple[Ms, Ms], facts: list[Fact]
) -> Car:
    """An entry we know: what it did while nobody listened."""
    fields, at = row.fields, now[0]
    in_pit = fields.get("in_pit", known.in_pit)
    if car.offset is not None and car.penalty_laps != known.penalty_laps:
        offset = car.offset + car.penalty_laps - known.penalty_laps
        car = evolve(car, offset=offset, offset_seen=offset)
    stopped = car.stops is not None and car.stops > known.stop_n
    if known.in_pit and (stopped or not in_pit):
        car = _left_unseen(car, facts)
    if stopped and "driver" not in fields:
        car = evolve(car, driver="")  # somebody else may have got in
    if fields.get("last_ms") is not None and fields["last_ms"] != known.last_ms:
        car = _visible_lap(state, car, fields, now, facts)
    if in_pit and not car.in_pit and car.status != "finished":
        car = told_stops(car, facts, entering=True)
        return _found_in_pit(state, car, fields, at, facts)
    return told_stops(car, facts)


def _left_unseen(car: Car, facts: list[Fact]) -> Car:
    if car.pit_open:
        facts.append(PitStopFact(car.key, car.stop_n, car.pit_lap, car.pit_at, None))
        facts.append(StintFact(car.key, car.stint + 1, "", car.laps + 1, None, None, None))
        car = evolve(
            car, stint=car.stint + 1, stint_at=None, stint_lap=car.laps + 1, stint_driver=""
        )
    status = "run" if car.status == "pit" else car.status
    return evolve(car, in_pit=False, pit_open=False, pit_at=None, status=status)


def _visible_lap(
    state: RaceState, car: Car, fields: dict[str, Any], now: tuple[Ms, Ms], facts: list[Fact]
) -> Car:
    ms: Ms = fields["last_ms"]
    at, race_now = now
    number = car.laps + 1 + unseen_laps(state, car, ms, race_now, fields.get("crossed"))
    if number > car.laps + 1:
        facts.append(LapGapFact(car.key, car.laps, number - car.laps - 1, at))
    sectors = _sectors_of(state, car, ms)
    lap = LapFact(
        car.key, number, ms, sectors, car.driver, car.position, car.pit_in_lap, state.flag, at
    )
    facts.append(lap)
    line_times, lates = begun(at)
    changes: dict[str, Any] = {
        "laps": number,
        "last_ms": ms,
        "last_mark": fields.get("last_mark", ""),
        "lap_at": at,
        "line_times": line_times,
        "lates": lates,
        "pit_in_lap": car.in_pit,
        "driverless": driverless(car, lap),
    }
    if car.best_ms is None or ("blp" not in state.columns and ms < car.best_ms):
        changes["best_ms"] = ms
    return evolve(car, **changes)


def _sectors_of(state: RaceState, car: Car, ms: Ms) -> tuple[Ms | None, ...]:
    """The sectors a snapshot shows are of its last lap only if they add up to it."""
    shown = tuple(sector[0] for sector in car.sectors[: state.sectors])
    if len(shown) == state.sectors and sum(s or 0 for s in shown) == ms:
        return shown
    return (None,) * state.sectors

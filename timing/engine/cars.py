"""What happens to one entry: standings, laps, the pit lane, stints."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from timing.engine.counts import calmed, doubted, feed_count, missed_laps, settled
from timing.engine.crossings import begun, ended
from timing.engine.events import Crossed, LapCompleted, LapMarked, PitIn, PitOut, StandingSet
from timing.engine.facts import (
    DriverFact,
    Fact,
    LapFact,
    LapGapFact,
    PenaltyFact,
    PitStopFact,
    StintFact,
)
from timing.engine.state import Car, RaceState, Status, evolve, with_car
from timing.engine.units import Ms

Step = tuple[RaceState, list[Fact]]

# A crossing this long after pit entry is of a car whose exit was missed, not of one just entering.
ENTRY_LAG_MS = 1_000
COUNT_LEAD_MS = 5_000  # the stop count may rise in the frame before the one that tells the entry
MAX_DRIVERLESS = 100  # laps that wait for the name of their driver
MAX_TOLD = 200  # stops at once that only a count tells of
MAX_DRIVERS = 200  # of one entry; the longest list of a 24-hour race has some dozen

# (status, what happens) -> the new status. A pair that is not here changes nothing and is counted.
TRANSITIONS: dict[tuple[Status, type], Status] = {
    ("grid", PitIn): "pit",
    ("run", PitIn): "pit",
    ("out", PitIn): "pit",
    ("stopped", PitIn): "pit",
    ("slow", PitIn): "pit",
    ("grid", PitOut): "out",
    ("pit", PitOut): "out",
    ("run", PitOut): "out",  # its entry was missed
    ("stopped", PitOut): "out",
    ("slow", PitOut): "out",
    ("finished", PitIn): "finished",
    ("finished", PitOut): "finished",
    ("grid", Crossed): "run",
    ("out", Crossed): "run",
    ("run", Crossed): "run",
    ("stopped", Crossed): "run",
    ("slow", Crossed): "run",
    ("pit", Crossed): "run",
    ("finished", Crossed): "finished",
}

_PLAIN = {
    "number": "number",
    "class": "kart_class",
    "category": "category",
    "competitor": "competitor",
    "nation": "nation",
    "last_ms": "last_ms",
    "last_mark": "last_mark",
    "gap": "gap",
    "interval": "interval",
    "lap_count": "lap_count",
    "stops": "stops",
    "sectors": "sectors",
    "penalty": "penalty",
    "penalty_laps": "penalty_laps",
}

_COUNTS = frozenset(("lap_count", "leader_lap", "gap", "position"))


def car_of(state: RaceState, key: str) -> Car:
    return state.cars.get(key) or Car(key)


def standing(state: RaceState, event: StandingSet) -> Step:
    car = car_of(state, event.key)
    facts: list[Fact] = []
    new = apply_fields(state, car, event.fields, event.at, facts)
    state = with_car(state, new)
    if new.number != car.number or new.shown_name != car.shown_name:
        state = evolve(state, names=state.names + 1)
    if "leader_lap" in event.fields:
        state = evolve(state, leader_lap=event.fields["leader_lap"])
    if new.offset_seen != new.offset and not _COUNTS.isdisjoint(event.fields):
        calm = calmed(new, feed_count(state, new), event.at)
        state = state if calm is None else with_car(state, calm)
    if new.best_ms != car.best_ms:
        state = with_best(state)
    return state, facts


def apply_fields(
    state: RaceState, car: Car, fields: dict[str, Any], at: Ms, facts: list[Fact]
) -> Car:
    """The car with the fields of a standing; what of them is a fact goes to `facts`."""
    changes = {_PLAIN[name]: value for name, value in fields.items() if name in _PLAIN}
    if "position" in fields:
        changes["position"] = fields["position"]
        if car.first_position is None:
            changes["first_position"] = fields["position"]
    if fields.get("best_ms") is not None:
        changes["best_ms"] = fields["best_ms"]
    if "driver" in fields:
        name, driving_ms = fields["driver"]
        changes.update(_driver(car, name, driving_ms, at, facts))
    if "status" in fields:
        changes.update(_status(car, fields["status"]))
        if changes.get("status") == "finished" and car.status != "finished" and car.stint:
            facts.append(stint_end(car, at))
    if "penalty" in fields:
        changes["penalty_ms"] = fields.get("penalty_ms") or 0
        _penalty_column(state, car, fields, at, facts)
    if fields.get("stops") is not None and fields["stops"] != car.stops:
        changes.update(_stop_count(car, fields["stops"], at))
    if car.stint_at is None and fields.get("stint_ms") is not None:
        changes["stint_at"] = at - fields["stint_ms"]
    return evolve(car, **changes) if changes else car


def _status(car: Car, status: Status) -> dict[str, Any]:
    """The feed's word for how the car goes; it never overrides what the pit lane says."""
    if car.in_pit and status != "finished":
        return {}
    return {"status": status}


def _stop_count(car: Car, stops: int, at: Ms) -> dict[str, Any]:
    """The feed's count moved. What it takes back of stops that we did not see, the next replace."""
    back = 0 if car.in_pit else max(min(car.stops_told, car.stop_n - stops), 0)
    return {"stops_at": at, "stop_n": car.stop_n - back, "stops_told": car.stops_told - back}


def _driver(
    car: Car, name: str, driving_ms: Ms | None, at: Ms, facts: list[Fact]
) -> dict[str, Any]:
    if not name:
        return {}
    changes: dict[str, Any] = {}
    known = car.drivers.get(name)
    if name not in car.drivers and len(car.drivers) >= MAX_DRIVERS:
        return changes
    if name != car.driver:
        facts += [replace(lap, driver=name) for lap in car.driverless]
        changes.update(driver=name, driverless=())
    if name not in car.drivers or driving_ms not in (None, known):
        total = driving_ms if driving_ms is not None else known
        facts.append(DriverFact(car.key, name, total, at))
        changes["drivers"] = {**car.drivers, name: total}
    return changes


def _penalty_column(
    state: RaceState, car: Car, fields: dict[str, Any], at: Ms, facts: list[Fact]
) -> None:
    """A penalty that only the column tells: no line of race control names this entry.

    The column is cumulative, so it is one penalty, the first; a line that comes later replaces it.
    """
    text = fields["penalty"]
    if text == car.penalty or car.penalties:
        return
    if any(line.message.kind == "penalty" for line in state.log):
        return
    if text:
        laps = fields.get("penalty_laps") or None
        facts.append(PenaltyFact(car.key, 1, text, laps, fields.get("penalty_ms"), None, at, None))
    else:
        facts.append(PenaltyFact(car.key, 1, car.penalty, None, None, None, at, at))


def lap(state: RaceState, event: LapCompleted) -> Step:
    facts: list[Fact] = []
    car = car_of(state, event.key)
    car = begin_stint(car, event.at - event.ms, facts)
    if not car.in_pit and event.at - (car.stops_at or 0) > COUNT_LEAD_MS:
        told = told_stops(car, facts)
        car = car if told is car else evolve(told, pit_in_lap=True)
    car = _completed(state, car, event, facts)
    state = with_car(state, car)
    doubt = doubted(car, event.at)
    update = settled(doubt, feed_count(state, car)) or doubt
    if update is not car:
        state = with_car(state, update)
    return with_best(state), facts


def _completed(state: RaceState, car: Car, event: LapCompleted, facts: list[Fact]) -> Car:
    missed = missed_laps(state, car, event.ms, event.at) if car.lap_at is not None else 0
    if missed:
        facts.append(LapGapFact(car.key, car.laps, missed, event.at))
    number = car.laps + 1 + missed
    position, flag = car.position, state.flag
    if event.repeated and event.at == car.crossed_at:  # told a while after its crossing
        position, flag = car.crossed_seen
    lap = LapFact(
        car.key,
        number,
        event.ms,
        event.sectors,
        car.driver,
        position,
        car.pit_in_lap,
        flag,
        event.at,
        event.repeated,
    )
    facts.append(lap)
    line_times, lates = begun(event.at) if missed else ended(car, event.ms, event.at)
    changes: dict[str, Any] = {
        "laps": number,
        "last_ms": event.ms,
        "last_mark": "" if event.repeated else event.mark,
        "lap_at": event.at,
        "line_times": line_times,
        "lates": lates,
        "pit_in_lap": car.in_pit,
        "driverless": driverless(car, lap),
    }
    if car.best_ms is None or ("blp" not in state.columns and event.ms < car.best_ms):
        changes["best_ms"] = event.ms
    if car.driver and car.driver != car.stint_driver:
        changes["stint_driver"] = car.driver
    finished = flag == "chequered" or car.status == "finished"
    if finished:  # whoever crosses the line under the flag has finished
        changes["status"] = "finished"
    new = evolve(car, **changes)
    if finished or "stint_driver" in changes:
        facts.append(stint_end(new, event.at) if finished else stint_open(new))
    return new


def driverless(car: Car, lap: LapFact) -> tuple[LapFact, ...]:
    """Laps of this stint whose driver the feed has not shown yet; it shows it for 10 s in 30."""
    return () if car.driver else (*car.driverless, lap)[-MAX_DRIVERLESS:]


def stint_open(car: Car) -> StintFact:
    return StintFact(car.key, car.stint, car.stint_driver, car.stint_lap, None, car.stint_at, None)


def marked(state: RaceState, event: LapMarked) -> Step:
    car = state.cars.get(event.key)
    if car is None or car.last_mark == event.mark:
        return state, []
    return with_car(state, evolve(car, last_mark=event.mark)), []


def _moved(state: RaceState, car: Car, event: Crossed | PitIn | PitOut) -> Status | None:
    return TRANSITIONS.get((car.status, type(event)))


def crossed(state: RaceState, event: Crossed) -> Step:
    car = car_of(state, event.key)
    status = _moved(state, car, event)
    if status is None:
        return refuse(state)
    facts: list[Fact] = []
    if car.in_pit:
        if car.pit_at is not None and event.at - car.pit_at <= ENTRY_LAG_MS:
            return with_car(state, evolve(car, crossed_at=event.at)), []
        car = _leave(car, None, facts)
        status = "finished" if car.status == "finished" else "run"
    started = state.flag in ("green", "yellow", "code60", "chequered")
    if started or car.laps:
        car = begin_stint(car, event.at, facts)
    changes: dict[str, Any] = {"status": status, "crossed_at": event.at}
    if not car.line_times:
        changes["line_times"], changes["lates"] = begun(event.at)
    car = evolve(car, crossed_seen=(car.position, state.flag), **changes)
    return with_car(state, car), facts


def pit_in(state: RaceState, event: PitIn) -> Step:
    car = car_of(state, event.key)
    status = _moved(state, car, event)
    if status is None or car.in_pit:
        return refuse(state)
    facts: list[Fact] = []
    if status != "finished":
        car = told_stops(car, facts, entering=True)
    return with_car(state, enter(state, car, event.at, status, facts)), facts


def enter(state: RaceState, car: Car, at: Ms | None, status: Status, facts: list[Fact]) -> Car:
    """Into the pit lane. It is a stop for a car that has raced and has not finished."""
    counts = status != "finished" and (car.stint > 0 or car.laps > 0 or car.crossed_at is not None)
    changes: dict[str, Any] = {"in_pit": True, "status": status, "pit_at": at, "driverless": ()}
    if counts:
        number = car.stop_n + 1
        facts.append(PitStopFact(car.key, number, car.laps, at, None))
        changes.update(stop_n=number, pit_lap=car.laps, pit_open=True, pit_in_lap=True)
        changes["stops_told"] = car.stops_told + 1
        if car.stint:
            facts.append(stint_end(car, at))
    return evolve(car, **changes)


def told_stops(car: Car, facts: list[Fact], *, entering: bool = False) -> Car:
    """Stops that the feed counted while nobody listened: that they were is all we know.

    `entering`: the last one counted begins now.
    """
    missing = min((car.stops or 0) - car.stop_n - entering, MAX_TOLD)
    if missing <= 0 or (car.stint == 0 and not car.laps):
        return car
    if car.stint:
        facts.append(stint_end(car, None))
    for number in range(car.stop_n + 1, car.stop_n + 1 + missing):
        facts.append(PitStopFact(car.key, number, car.laps, None, None))
    stint, first = car.stint + missing, car.laps + 1
    facts.append(StintFact(car.key, stint, "", first, None, None, None))
    return evolve(
        car,
        stop_n=car.stop_n + missing,
        stops_told=car.stops_told + missing,
        stint=stint,
        stint_at=None,
        stint_lap=first,
        stint_driver="",
        driverless=(),
    )


def stint_end(car: Car, at: Ms | None) -> StintFact:
    return StintFact(
        car.key, car.stint, car.stint_driver, car.stint_lap, car.laps, car.stint_at, at
    )


def pit_out(state: RaceState, event: PitOut) -> Step:
    car = car_of(state, event.key)
    status = _moved(state, car, event)
    if status is None:
        return refuse(state)
    facts: list[Fact] = []
    if not car.in_pit and car.stint and car.laps:
        car = enter(state, car, None, "pit", facts)  # its entry was missed
    car = _leave(car, event.at, facts)
    return with_car(state, evolve(car, status=status)), facts


def _leave(car: Car, at: Ms | None, facts: list[Fact]) -> Car:
    """Out of the pit lane; `at` None where the exit itself was missed."""
    if car.pit_open:
        facts.append(PitStopFact(car.key, car.stop_n, car.pit_lap, car.pit_at, at))
    changes: dict[str, Any] = {"in_pit": False, "pit_open": False, "pit_at": None}
    if at is not None and car.pit_at is not None:
        changes["stops_told"] = 0  # seen from entry to exit
    if car.status != "finished" and (car.pit_open or car.stint == 0):
        changes.update(stint=car.stint + 1, stint_at=at, stint_lap=car.laps + 1, stint_driver="")
        facts.append(StintFact(car.key, car.stint + 1, "", car.laps + 1, None, at, None))
    return evolve(car, **changes)


def begin_stint(car: Car, at: Ms, facts: list[Fact]) -> Car:
    """The first stint begins with the first crossing, or the first lap that we see."""
    if car.stint or car.in_pit:
        return car
    started = car.stint_at if car.stint_at is not None else at
    facts.append(StintFact(car.key, 1, "", car.laps + 1, None, started, None))
    return evolve(car, stint=1, stint_at=started, stint_lap=car.laps + 1)


def with_best(state: RaceState) -> RaceState:
    best: tuple[Ms, str] | None = None
    for car in state.cars.values():
        if car.best_ms is not None and (best is None or car.best_ms < best[0]):
            best = (car.best_ms, car.key)
    ms, key = best or (None, "")
    if ms == state.best_ms and key == state.best_key:
        return state
    return evolve(state, best_ms=ms, best_key=key)


def refuse(state: RaceState) -> Step:
    return evolve(state, refused=state.refused + 1), []


EntryReducer = Callable[[RaceState, Any], Step]
ENTRY: dict[type, EntryReducer] = {
    StandingSet: standing,
    LapCompleted: lap,
    LapMarked: marked,
    Crossed: crossed,
    PitIn: pit_in,
    PitOut: pit_out,
}

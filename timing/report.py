"""What a recording holds: every race found in it, as plain JSON values."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from timing.engine.facts import (
    FlagFact,
    LapFact,
    LapGapFact,
    PenaltyFact,
    PitStopFact,
    StintFact,
)
from timing.engine.state import Car, RaceState
from timing.pipeline import Change, Pipeline
from timing.sinks.batch import natural_key
from timing.tape import frames, read_header

REPORT_FEED = "00000000-0000-0000-0000-000000000000"

Facts = dict[type, dict[tuple[Any, ...], Any]]


class Collected:
    """The facts of one race by natural key: the last one written stands."""

    def __init__(self) -> None:
        self.facts: Facts = {}
        self.state: RaceState | None = None

    def add(self, change: Change) -> None:
        self.state = change.state
        for fact in change.facts:
            kind, *key = natural_key(fact)
            self.facts.setdefault(kind, {})[tuple(key)] = fact

    def of(self, kind: type, entry: str) -> list[Any]:
        return [fact for key, fact in self.facts.get(kind, {}).items() if key[0] == entry]


def collect(path: Path) -> tuple[Pipeline, dict[str, Collected]]:
    """Run a whole tape through the pipeline. Raises TapeError, KeyError (unknown protocol)."""
    header = read_header(path)
    pipeline = Pipeline(feed=REPORT_FEED, protocol=header.protocol)
    started = round(header.started_at.timestamp() * 1000)
    races: dict[str, Collected] = {}

    def take(changes: list[Change]) -> None:
        for change in changes:
            races.setdefault(change.race, Collected()).add(change)

    at, connection = started, -1
    for frame in frames(path):
        at = started + frame.t_ms
        if frame.connection != connection:
            if connection >= 0:
                take(pipeline.closed(at))
            connection = frame.connection
            take(pipeline.opened(at))
        take(pipeline.frame(at, frame.msg))
    take(pipeline.closed(at))
    return pipeline, races


def report(path: Path) -> dict[str, Any]:
    """The object that ``tape --json`` prints for one tape."""
    started = time.perf_counter()
    pipeline, races = collect(path)
    seconds = time.perf_counter() - started
    counters = pipeline.adapter.counters
    zero = round(read_header(path).started_at.timestamp() * 1000)
    return {
        "tape": str(path),
        "protocol": pipeline.protocol,
        "frames": counters.frames,
        "lines": counters.lines,
        "ignored_lines": counters.ignored_lines,
        "unknown_lines": counters.unknown_lines,
        "errors": counters.errors + pipeline.faults,
        "seconds": round(seconds, 3),
        "races": [
            race_report(collected, zero)
            for collected in races.values()
            if collected.state is not None and collected.state.was_run
        ],
    }


def race_report(collected: Collected, zero: int) -> dict[str, Any]:
    """`zero`: the instant that ``at_ms`` values count from."""
    state = collected.state
    assert state is not None
    return {
        "title": state.title,
        "event": state.event,
        "name": state.name,
        "kind": state.kind,
        "track": state.track,
        "track_length_m": state.track_length_m,
        "language": state.language,
        "ended": state.ended_at is not None,
        "joined_late": state.joined_late,
        "entries": [
            _entry(collected, car)
            for car in sorted(state.cars.values(), key=lambda c: (c.position or 10**9, c.key))
        ],
        "flags": [
            {"flag": f.flag, "at_ms": f.started_at - zero}
            for f in collected.facts.get(FlagFact, {}).values()
        ],
        "messages": [
            {
                "time": line.message.time,
                "kind": line.message.kind,
                "number": line.message.number,
                "text": line.message.text,
                "withdrawn": line.withdrawn,
            }
            for line in sorted(state.log, key=lambda line: line.order)
        ],
    }


def _entry(collected: Collected, car: Car) -> dict[str, Any]:
    stops = collected.of(PitStopFact, car.key)
    return {
        "row": car.key,
        "number": car.number,
        "competitor": car.competitor,
        "class": car.category or car.kart_class,
        "position": car.position,
        "laps": [_lap(lap) for lap in collected.of(LapFact, car.key)],
        "gaps": [
            {"after": gap.after, "missed": gap.missed} for gap in collected.of(LapGapFact, car.key)
        ],
        "best_ms": car.best_ms,
        "pit_stops": [{"lap": s.lap, "duration_ms": s.duration_ms} for s in stops],
        "stints": [
            {"n": s.number, "driver": s.driver, "first_lap": s.first_lap, "last_lap": s.last_lap}
            for s in collected.of(StintFact, car.key)
        ],
        "drivers": [
            {"name": name, "driving_ms": driving_ms} for name, driving_ms in car.drivers.items()
        ],
        "penalties": list(_penalties(collected, car)),
    }


def _lap(lap: LapFact) -> dict[str, Any]:
    return {
        "n": lap.number,
        "ms": lap.ms,
        "sectors": list(lap.sectors),
        "pit": lap.pit,
        "driver": lap.driver,
        "position": lap.position,
    }


def _penalties(collected: Collected, car: Car) -> Iterator[dict[str, Any]]:
    for penalty in collected.of(PenaltyFact, car.key):
        yield {
            "text": penalty.text,
            "laps": penalty.laps,
            "ms": penalty.ms,
            "withdrawn": penalty.withdrawn_at is not None,
        }

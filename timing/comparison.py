"""Does the database hold what the tapes of a feed tell? The promise of the house, as a question.

Both sides in one shape: for each kind of fact the set of its rows, as tuples of plain values.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from races.models import Lap, LapGap, PitStop, Stint
from timing.engine.facts import LapFact, LapGapFact, PitStopFact, StintFact
from timing.models import Tape
from timing.pipeline import Change, Pipeline
from timing.report import Collected
from timing.sinks.batch import entry_id
from timing.tape import frames, read_header

Rows = dict[str, set[tuple[object, ...]]]

# name: (the fact, its fields, the model, its fields)
_KINDS: dict[str, tuple[Any, ...]] = {
    "laps": (LapFact, ("number", "ms", "pit"), Lap, ("number", "ms", "pit")),
    "gaps": (LapGapFact, ("after", "missed"), LapGap, ("after_number", "missed")),
    "stints": (
        StintFact,
        ("number", "first_lap", "last_lap"),
        Stint,
        ("number", "first_lap", "last_lap"),
    ),
    "stops": (
        PitStopFact,
        ("number", "lap", "duration_ms"),
        PitStop,
        ("number", "lap", "duration_ms"),
    ),
}


def held(feed: uuid.UUID) -> Rows:
    """What the database holds of a feed."""
    return {
        name: set(model.objects.filter(race__feed=feed).values_list("entry", *fields))
        for name, (_, _, model, fields) in _KINDS.items()
    }


def told(feed: uuid.UUID, protocol: str, tapes: Iterable[Path]) -> Rows:
    """What one uninterrupted run over the tapes, in their order, gives. Raises TapeError."""
    pipeline = Pipeline(feed=str(feed), protocol=protocol)
    races: dict[str, Collected] = {}
    connection = -1

    def take(changes: list[Change]) -> None:
        for change in changes:
            races.setdefault(change.race, Collected()).add(change)

    for path in tapes:
        zero = round(read_header(path).started_at.timestamp() * 1000)
        for frame in frames(path):
            at = zero + frame.t_ms
            if frame.connection != connection:
                take(pipeline.closed(at))
                take(pipeline.opened(at))
                connection = frame.connection
            take(pipeline.frame(at, frame.msg))
    return {
        name: {
            (entry_id(race, fact.entry), *(getattr(fact, field) for field in fields))
            for race, collected in races.items()
            for fact in collected.facts.get(kind, {}).values()
        }
        for name, (kind, fields, _, _) in _KINDS.items()
    }


def tapes_of(feed: uuid.UUID, root: Path) -> list[Path]:
    paths = Tape.objects.filter(feed=feed).order_by("started_at").values_list("path", flat=True)
    return [root / path for path in paths]


def differences(feed: uuid.UUID, protocol: str, root: Path) -> list[str]:
    """In words, none if the two are equal; of each kind the first few."""
    rows, tape = held(feed), told(feed, protocol, tapes_of(feed, root))
    found = []
    for name in _KINDS:
        for what, only in (
            ("only in the database", rows[name] - tape[name]),
            ("only on the tape", tape[name] - rows[name]),
        ):
            if only:
                some = "; ".join(map(repr, sorted(only, key=repr)[:3]))
                found.append(f"{len(only)} {name} {what}: {some}")
    return found

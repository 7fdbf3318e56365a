"""What race control has to say: warnings, penalties in seconds and laps, remarks."""

from __future__ import annotations

from collections.abc import Iterator
from random import Random
from typing import NamedTuple

from timing.simulators.happenings import MessagePosted
from timing.simulators.plan import MINUTE, SessionPlan


class Incident(NamedTuple):
    """``reason`` is a key of words.py; ``kind`` the mark that race control puts on it."""

    car: int
    kind: str
    reason: str
    laps: int
    ms: int


CHOICES = (
    ("penalty", "contact", 0, 10_000),
    ("penalty", "contact", 0, 5_000),
    ("penalty", "pushing", 1, 0),
    ("penalty", "yellow_pass", 2, 0),
    ("warning", "conduct", 0, 0),
    ("warning", "cones", 0, 0),
    ("warning", "conduct", 0, 0),
    ("msg", "helmet", 0, 0),
)


def planned(plan: SessionPlan, rng: Random, green_at: int) -> Iterator[tuple[int, Incident]]:
    """Incidents of a session, about one in six minutes, none in a quiet span."""
    minutes = plan.duration_ms // MINUTE
    for _ in range(minutes // 6):
        at = green_at + rng.randrange(2 * MINUTE, max(3 * MINUTE, plan.duration_ms - MINUTE))
        kind, reason, laps, ms = rng.choice(CHOICES)
        if not plan.is_race and kind == "penalty":
            kind, laps, ms = "warning", 0, 0
        incident = Incident(rng.randrange(len(plan.entries)), kind, reason, laps, ms)
        if not any(quiet.start <= at - green_at < quiet.end for quiet in plan.quiet):
            yield at, incident


def message(incident: Incident, *, at: int, lap: int) -> MessagePosted:
    car, kind, reason, laps, ms = incident
    return MessagePosted(at, 0, kind, car, "", reason, "", lap, laps, ms)


def is_withdrawn(rng: Random) -> bool:
    return rng.random() < 0.12


def hours(ms: int) -> str:
    seconds = ms // 1000
    return f"{seconds // 3600}:{seconds // 60 % 60:02d}:{seconds % 60:02d}"


def minutes(ms: int) -> str:
    return f"{ms // MINUTE:02d}:{ms // 1000 % 60:02d}"

"""What really happened, as the JSON that a decoded tape is compared with."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from timing.simulators.car import Car, StintRecord
from timing.simulators.happenings import MessagePosted
from timing.simulators.race import Race
from timing.simulators.troubles import LostLap
from timing.simulators.words import Words, message_text

KINDS = {"sprint": "race", "endurance": "race"}
Json = dict[str, Any]


def truth_of(
    races: Sequence[Race],
    *,
    lost: Sequence[LostLap],
    words: Words,
    local_time: Callable[[int], str],
) -> Json:
    """``{"races": […], "lost_laps": […]}``; times are ms since the feed began."""
    return {
        "races": [race_truth(race, words=words, local_time=local_time) for race in races],
        "lost_laps": [{"race": lap.race, "row": lap.row, "n": lap.lap} for lap in lost],
    }


def race_truth(race: Race, *, words: Words, local_time: Callable[[int], str]) -> Json:
    plan = race.plan
    shown = [message for message in race.messages if message.id not in race.withdrawn]
    return {
        "title": plan.title,
        "kind": KINDS.get(plan.kind, plan.kind),
        "track": plan.track.name,
        "track_length_m": plan.track.length_m,
        "ended": race.flag == "chequered",
        "entries": [_entry(race, car, shown, words) for car in race.cars],
        "flags": [{"flag": flag, "at_ms": at} for flag, at in race.flags],
        "messages": [
            {
                "time": local_time(message.at),
                "kind": message.kind,
                "number": message.number,
                "text": message_text(words, message),
            }
            for message in shown
        ],
    }


def _entry(race: Race, car: Car, shown: Sequence[MessagePosted], words: Words) -> Json:
    return {
        "row": car.plan.row,
        "number": car.number,
        "competitor": car.name,
        "class": car.plan.category,
        "position": race.standings.position(car.index) if car.laps else None,
        "laps": _laps(car),
        "best_ms": min((lap.ms for lap in car.laps), default=None),
        "pit_stops": _stops(car),
        "stints": [_stint(car, n, stint) for n, stint in enumerate(car.stints, start=1)],
        "drivers": _drivers(race, car),
        "penalties": [
            {"text": message_text(words, m), "laps": m.laps or None, "ms": m.ms or None}
            for m in shown
            if m.car == car.index and m.kind == "penalty"
        ],
    }


def _laps(car: Car) -> list[Json]:
    names = [driver.name for driver in car.plan.drivers]
    return [
        {
            "n": number,
            "ms": lap.ms,
            "sectors": list(lap.sectors),
            "pit": lap.pit,
            "driver": names[lap.driver],
            "position": lap.position,
        }
        for number, lap in enumerate(car.laps, start=1)
    ]


def _stops(car: Car) -> list[Json]:
    return [
        {
            "lap": stop.lap,
            "duration_ms": None if stop.out_at is None else stop.out_at - stop.in_at,
            "in_ms": stop.in_at,
            "out_ms": stop.out_at,
        }
        for stop in car.stops
    ]


def _stint(car: Car, number: int, stint: StintRecord) -> Json:
    return {
        "n": number,
        "driver": car.plan.drivers[stint.driver].name,
        "first_lap": stint.first_lap,
        "last_lap": stint.last_lap,
    }


def _drivers(race: Race, car: Car) -> list[Json]:
    """Whoever drove, in the order of their first stint."""
    order = list(dict.fromkeys(stint.driver for stint in car.stints))
    return [
        {"name": car.plan.drivers[driver].name, "driving_ms": car.driven[driver]}
        for driver in order
    ]

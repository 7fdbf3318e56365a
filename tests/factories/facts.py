from __future__ import annotations

import uuid
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

from races.models import (
    Driver,
    Entry,
    Feed,
    FlagPeriod,
    Lap,
    Penalty,
    PitStop,
    Race,
    RaceMessage,
    Stint,
)
from tests.factories.system import system

START = datetime(2026, 5, 1, 12, 0, tzinfo=UTC)
_number = count(1)


def after(seconds: float) -> datetime:
    """An instant, counted from the start of every race made here."""
    return START + timedelta(seconds=seconds)


def race(feed: Feed, **fields: Any) -> Race:
    """Over, unless told otherwise."""
    fields = {
        "id": uuid.uuid4(),
        "name": f"Race {next(_number)}",
        "kind": "race",
        "ranking": "laps",
        "first_seen_at": START,
        "started_at": START,
        "last_seen_at": after(3600),
        "ended_at": after(3600),
    } | fields
    if fields.get("is_live"):
        fields["ended_at"] = None
    with system():
        return Race.objects.create(feed=feed, **fields)


def entry(race: Race, **fields: Any) -> Entry:
    number = next(_number)
    fields = {
        "id": uuid.uuid4(),
        "key": f"r{number}",
        "number": str(number),
        "competitor": f"Competitor {number}",
        "updated_at": race.last_seen_at,
    } | fields
    with system():
        return Entry.objects.create(race=race, **fields)


def lap(entry: Entry, number: int = 1, ms: int = 60_000, **fields: Any) -> Lap:
    fields = {"at": after(number * ms / 1000)} | fields
    with system():
        return Lap.objects.create(
            race_id=entry.race_id, entry=entry, number=number, ms=ms, **fields
        )


def laps(entry: Entry, times: Iterable[int], first: int = 1, **fields: Any) -> list[Lap]:
    """Consecutive laps, each at the end of the one before; brings the entry's counts along."""
    at, made = 0, []
    for number, ms in enumerate(times, start=first):
        at += ms
        made.append(lap(entry, number, ms, **{"at": after(at / 1000)} | fields))
    with system():
        entry.laps, entry.last_ms = made[-1].number, made[-1].ms
        entry.best_ms = min(each.ms for each in made)
        entry.save()
    return made


def driver(entry: Entry, name: str = "Ada", **fields: Any) -> Driver:
    with system():
        return Driver.objects.create(
            entry=entry, name=name, **{"first_seen_at": entry.updated_at} | fields
        )


def stint(entry: Entry, number: int = 1, **fields: Any) -> Stint:
    fields = {"first_lap": 1} | fields
    with system():
        return Stint.objects.create(race_id=entry.race_id, entry=entry, number=number, **fields)


def pit_stop(entry: Entry, number: int = 1, **fields: Any) -> PitStop:
    fields = {"lap": 1} | fields
    with system():
        return PitStop.objects.create(race_id=entry.race_id, entry=entry, number=number, **fields)


def penalty(entry: Entry, number: int = 1, **fields: Any) -> Penalty:
    fields = {"text": "5 s", "at": after(60)} | fields
    with system():
        return Penalty.objects.create(race_id=entry.race_id, entry=entry, number=number, **fields)


def message(race: Race, **fields: Any) -> RaceMessage:
    number = next(_number)
    fields = {"key": f"m{number}", "order": number, "text": f"Message {number}"} | fields
    with system():
        return RaceMessage.objects.create(race=race, **fields)


def flag_period(race: Race, number: int = 1, flag: str = "green", **fields: Any) -> FlagPeriod:
    fields = {"started_at": START} | fields
    with system():
        return FlagPeriod.objects.create(race=race, number=number, flag=flag, **fields)


def full_race(feed: Feed, entries: int = 2, **fields: Any) -> Race:
    """A race with at least one row of every fact, for tests that must see all of them."""
    made = race(feed, **fields)
    for position in range(1, entries + 1):
        kart = entry(made, position=position)
        person = driver(kart, f"Driver {position}")
        laps(kart, [60_000 + position, 61_000 + position], driver=person)
        stint(kart, driver=person)
        pit_stop(kart)
        penalty(kart)
    message(made)
    flag_period(made)
    return made

"""What the database knows of the race in the scene: enough laps to page through."""

from __future__ import annotations

import random
import uuid
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from tests.browser.scene import CATEGORIES, CLASSES, DRIVERS, MESSAGES, scene

LAPS, STINT = 132, 33
UNSEEN = (21, 22)  # of the third kart: the connection was lost


class Turn(NamedTuple):
    number: int
    ms: int
    stop_ms: int  # 0: no stop in this lap
    began: datetime
    ended: datetime


def tell_database(race: Any) -> None:
    from races.models import FlagPeriod, LapGap, Penalty, RaceMessage

    start = race.started_at
    entries = [_entry(race, row) for row in scene(12)["rows"].values()]
    LapGap.objects.create(race=race, entry=entries[2], after_number=20, missed=2, at=start)
    at = start + timedelta(minutes=42)
    Penalty.objects.create(race=race, entry=entries[5], number=1, text="5 s", lap=41, at=at)
    for order, (clock, kind, number, text) in enumerate(reversed(MESSAGES)):
        said = {"local_time": clock, "kind": kind, "number": number, "text": text}
        RaceMessage.objects.create(race=race, key=f"m{order}", order=order, **said)
    for number, (flag, first, last) in enumerate(
        (("green", 0, 50), ("yellow", 50, 54), ("green", 54, 114)), 1
    ):
        when = {
            "started_at": start + timedelta(minutes=first),
            "ended_at": start + timedelta(minutes=last),
        }
        FlagPeriod.objects.create(race=race, number=number, flag=flag, **when)


def _entry(race: Any, row: dict[str, Any]) -> Any:
    from races.models import Driver, Entry

    same = {name: row[name] for name in ("key", "number", "competitor", "penalty")}
    same |= {name: row[name] for name in ("last_ms", "best_ms")}
    entry = Entry.objects.create(
        id=uuid.uuid4(),
        race=race,
        class_name=CATEGORIES[row["class"]],
        colour=CLASSES[row["class"]],
        nationality=row["nation"],
        position=row["pos"],
        laps=LAPS,
        stops=LAPS // STINT - 1,
        updated_at=race.started_at,
        **same,
    )
    names = DRIVERS.split("|")
    drivers = [
        Driver.objects.create(
            entry=entry, name=names[(row["pos"] + turn * 4) % len(names)], first_seen_at=at
        )
        for turn, at in enumerate([race.started_at] * 2)
    ]
    _facts(entry, drivers, list(_turns(race.started_at, row)))
    return entry


def _turns(at: datetime, row: dict[str, Any]) -> Iterator[Turn]:
    chance = random.Random(row["pos"])
    for number in range(1, LAPS + 1):
        stop = chance.randint(88_000, 97_000) if number > 1 and number % STINT == 1 else 0
        ms = row["best_ms"] + (0 if number == 17 else chance.randint(40, 1_700)) + stop
        until = at + timedelta(milliseconds=ms)
        yield Turn(number, ms, stop, at, until)
        at = until


def _facts(entry: Any, drivers: list[Any], turns: list[Turn]) -> None:
    from races.models import Lap, PitStop, Stint

    whose = {"race": entry.race, "entry": entry}
    seen = [turn for turn in turns if entry.position != 3 or turn.number not in UNSEEN]
    Lap.objects.bulk_create(
        Lap(
            number=turn.number,
            ms=turn.ms,
            sectors=[turn.ms // 3 - 350, turn.ms // 3 + 900, turn.ms - 2 * (turn.ms // 3) - 550],
            driver=drivers[(turn.number - 1) // STINT % 2],
            position=entry.position,
            pit=turn.stop_ms > 0,
            at=turn.ended,
            **whose,
        )
        for turn in seen
    )
    for turn in turns:
        stint = (turn.number - 1) // STINT
        if turn.stop_ms:
            out = turn.began + timedelta(milliseconds=turn.stop_ms)
            when = {"in_at": turn.began, "out_at": out, "duration_ms": turn.stop_ms}
            PitStop.objects.create(number=stint, lap=turn.number - 1, **when, **whose)
        if turn.number % STINT == 1:
            last = turns[turn.number + STINT - 2]
            Stint.objects.create(
                number=stint + 1,
                driver=drivers[stint % 2],
                first_lap=turn.number,
                last_lap=last.number,
                started_at=turn.began,
                ended_at=last.ended,
                **whose,
            )

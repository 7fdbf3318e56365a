"""The board of a race that is over, from its facts, in the shape the sockets send.

`sectors`, `gap` and `interval` are of the last lap; marks of sectors are left out, for they would
need every lap of the race. Instants are epoch milliseconds.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from itertools import pairwise
from typing import Any
from uuid import UUID

from django.db.models import OuterRef, Subquery

from races.colours import is_light
from races.enums import Ranking
from races.models import Entry, FlagPeriod, Lap, PitStop, Race, RaceMessage, Stint

MAX_MESSAGES = 40

Board = dict[str, Any]
Row = dict[str, Any]
Gap = list[int | None] | None


def board_of_race(race: Race) -> Board:
    """Seven queries, whatever the size of the race."""
    entries = list(_entries(race))
    last = Lap.objects.select_related("driver").in_bulk([e.last_lap_id for e in entries])
    stints = _last_of_each(Stint.objects.filter(race=race).select_related("driver"))
    stops = _last_of_each(PitStop.objects.filter(race=race))
    classes = _classes(entries)
    rows: dict[str, Row] = {}
    for place, entry in enumerate(entries, start=1):
        rows[entry.key] = _row(
            race, entry, last.get(entry.last_lap_id), stints.get(entry.pk), stops.get(entry.pk)
        )
        rows[entry.key]["pos"] = entry.position or place
        rows[entry.key]["class"] = _class_key(classes, entry.colour)
    _gaps(race, list(rows.values()))
    return {
        "race": str(race.pk),
        "session": _session(race, list(rows.values())),
        "classes": classes,
        "order": list(rows),
        "rows": rows,
        "messages": [_message(each) for each in _newest_messages(race)],
    }


def _entries(race: Race) -> Iterable[Any]:
    """With the ids of their last laps and the first position each was seen in."""
    laps = Lap.objects.filter(entry=OuterRef("pk"))
    ranked = laps.filter(position__isnull=False)
    return race.entries.annotate(
        last_lap_id=Subquery(laps.order_by("-number").values("pk")[:1]),
        first_position=Subquery(ranked.order_by("number").values("position")[:1]),
    )


def _last_of_each(rows: Iterable[Any]) -> dict[UUID, Any]:
    """The default order is by entry and number, so the last one stays."""
    return {row.entry_id: row for row in rows}


def _ms(at: datetime | None) -> int | None:
    return None if at is None else round(at.timestamp() * 1000)


def _row(race: Race, entry: Any, lap: Lap | None, stint: Stint | None, stop: PitStop | None) -> Row:
    position = entry.position
    driver = (lap and lap.driver) or (stint and stint.driver)
    name = driver.name if driver else ""
    in_pit = stop is not None and stop.out_at is None
    return {
        "key": entry.key,
        "pos": position,
        "moved": entry.first_position - position if entry.first_position and position else 0,
        "number": entry.number,
        "class": "",
        "category": entry.class_name,
        "competitor": entry.competitor,
        "driver": "" if name == entry.competitor else name,
        "nation": entry.nationality,
        "laps": entry.laps,
        "last_ms": entry.last_ms,
        "last_mark": _mark(entry.last_ms, entry.best_ms, race.best_ms),
        "best_ms": entry.best_ms,
        "best_mark": "best" if entry.best_ms and entry.best_ms == race.best_ms else "",
        "sectors": [[ms, ""] for ms in (lap.sectors if lap else [])],
        "gap": None,
        "interval": None,
        "stint": stint.number if stint else 0,
        "stint_at": _ms(stint.started_at) if stint and not in_pit else None,
        "pit_at": _ms(stop.in_at) if stop and in_pit else None,
        "stops": entry.stops,
        "state": entry.status or "finished",
        "penalty": entry.penalty,
        "crossed_at": _ms(lap.at) if lap else None,
    }


def _mark(ms: int | None, own: int | None, best: int | None) -> str:
    if not ms:
        return ""
    return "best" if ms == best else "pb" if ms == own else ""


def _gaps(race: Race, rows: list[Row]) -> None:
    between = _behind_by_laps if race.ranking == Ranking.LAPS else _behind_by_best
    for ahead, row in pairwise(rows):
        row["gap"], row["interval"] = between(rows[0], row), between(ahead, row)


def _behind_by_laps(ahead: Row, row: Row) -> Gap:
    laps = ahead["laps"] - row["laps"]
    if laps > 0:
        return [laps, None]
    if laps < 0 or ahead["crossed_at"] is None or row["crossed_at"] is None:
        return None
    ms = row["crossed_at"] - ahead["crossed_at"]
    return [0, ms] if ms >= 0 else None  # placed behind by a penalty, not by time


def _behind_by_best(ahead: Row, row: Row) -> Gap:
    if ahead["best_ms"] is None or row["best_ms"] is None:
        return None
    return [0, row["best_ms"] - ahead["best_ms"]]


def _classes(entries: Iterable[Entry]) -> dict[str, dict[str, str]]:
    """Named by colour, which is all that the facts keep of a class."""
    colours = sorted({entry.colour.upper() for entry in entries if entry.colour})
    return {_class_name(colour): {"colour": colour, "ink": _ink(colour)} for colour in colours}


def _class_name(colour: str) -> str:
    return f"c{colour.lstrip('#')}"


def _class_key(classes: dict[str, dict[str, str]], colour: str) -> str:
    name = _class_name(colour.upper())
    return name if name in classes else ""


def _ink(colour: str) -> str:
    try:
        return "#000000" if is_light(colour) else "#FFFFFF"
    except ValueError:
        return "#000000"


def _session(race: Race, rows: list[Row]) -> dict[str, Any]:
    flag = FlagPeriod.objects.filter(race=race).order_by("-number").first()
    holder = next((row["key"] for row in rows if row["best_mark"] == "best"), "")
    return {
        "event": race.event,
        "name": race.name,
        "kind": race.kind,
        "ranking": race.ranking,
        "track": race.track_name,
        "track_length_m": race.track_length_m,
        "language": race.language,
        "flag": flag.flag if flag else "none",
        "flag_at": _ms(flag.started_at) if flag else None,
        "clock": {"mode": "off", "ms": None, "at": None, "text": ""},
        "started_at": _ms(race.started_at),
        "ended": not race.is_live,
        "sectors": min(3, max((len(row["sectors"]) for row in rows), default=0)),
        "leader_laps": race.leader_laps,
        "best_ms": race.best_ms,
        "best_key": holder,
        "banner": None,
        "degraded": False,
    }


def _newest_messages(race: Race) -> Iterable[RaceMessage]:
    return race.messages.order_by("-order")[:MAX_MESSAGES]


def _message(each: RaceMessage) -> dict[str, Any]:
    return {
        "id": each.key,
        "at": _ms(each.at),
        "time": each.local_time,
        "kind": each.kind,
        "number": each.number,
        "text": each.text,
        "withdrawn": each.withdrawn_at is not None,
    }

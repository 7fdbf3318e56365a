"""What the database holds of a feed, in the shape that `timing.report` gives a tape."""

from __future__ import annotations

from typing import Any

from races.models import Driver, Entry, Feed, Lap, Race

Json = dict[str, Any]


def races_of(feed: Feed) -> list[Json]:
    return [_race(race) for race in Race.objects.filter(feed=feed).order_by("first_seen_at")]


def rows_of(feed: Feed) -> dict[str, list[Json]]:
    """Every row of every fact of a feed but for the ids that the database gives."""
    sets: dict[str, Any] = {
        "race": Race.objects.filter(feed=feed),
        "entry": Entry.objects.filter(race__feed=feed),
        "driver": Driver.objects.filter(entry__race__feed=feed),
    }
    for name in _FACTS:
        model: Any = Race._meta.get_field(name).related_model
        sets[name] = model.objects.filter(race__feed=feed)
    return {
        name: sorted(
            ({k: v for k, v in row.items() if k not in _GIVEN} for row in found.values()), key=repr
        )
        for name, found in sets.items()
    }


_FACTS = "laps lap_gaps stints pit_stops flag_periods messages penalties".split()
_GIVEN = frozenset(("id", "driver_id"))


def _race(race: Race) -> Json:
    return {
        "title": " - ".join(part for part in (race.event, race.name) if part),
        "kind": race.kind,
        "track": race.track_name,
        "track_length_m": race.track_length_m,
        "ended": race.ended_at is not None,
        "entries": [_entry(entry) for entry in race.entries.order_by("key")],
        "flags": [{"flag": period.flag} for period in race.flag_periods.order_by("number")],
        "messages": [
            {
                "time": message.local_time,
                "kind": message.kind,
                "number": message.number,
                "text": message.text,
                "withdrawn": message.withdrawn_at is not None,
            }
            for message in race.messages.order_by("order")
        ],
    }


def _entry(entry: Entry) -> Json:
    laps = entry.lap_set.select_related("driver").order_by("number")
    return {
        "row": entry.key,
        "number": entry.number,
        "competitor": entry.competitor,
        "position": entry.position,
        "best_ms": entry.best_ms,
        "laps": [_lap(lap) for lap in laps],
        "gaps": [{"after": g.after_number, "missed": g.missed} for g in entry.lap_gaps.all()],
        "pit_stops": [
            {"lap": stop.lap, "duration_ms": stop.duration_ms}
            for stop in entry.pit_stops.order_by("number")
        ],
        "stints": [
            {
                "n": stint.number,
                "driver": stint.driver.name if stint.driver else "",
                "first_lap": stint.first_lap,
                "last_lap": stint.last_lap,
            }
            for stint in entry.stints.select_related("driver").order_by("number")
        ],
        "drivers": [{"name": d.name, "driving_ms": d.driving_ms} for d in entry.drivers.all()],
        "penalties": [
            {"laps": p.laps, "ms": p.ms, "withdrawn": p.withdrawn_at is not None}
            for p in entry.penalties.all()
        ],
    }


def _lap(lap: Lap) -> Json:
    return {
        "n": lap.number,
        "ms": lap.ms,
        "sectors": lap.sectors,
        "pit": lap.pit,
        "driver": lap.driver.name if lap.driver else "",
        "position": lap.position,
    }

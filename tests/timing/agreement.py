"""What was found of a simulated feed against what the model knows: every difference, in words.

Laps, sectors, stints, order and drivers must be equal. Pit stops are told by pushes 200 ms apart
and driving times to the minute. Laps that fell into a cut connection are counted and never there;
what the feed does not show (driving times of single drivers) is not asked for.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from timing.protocols.apex_text import clean

Json = dict[str, Any]

PUSH_MS = 600
# To the minute, and a minute late where a short stop ended before the old name came round again.
DRIVING_MS = 121_000


def differences(truth: Json, races: list[Json]) -> list[str]:
    """`races` in the shape of `timing.report.race_report`."""
    found = sorted(race["title"] for race in races)
    wanted = sorted(race["title"] for race in truth["races"])
    if found != wanted:
        return [f"races {found} for {wanted}"]
    lost = [(gap["race"], gap["row"], gap["n"]) for gap in truth["lost_laps"]]
    told = []
    for place, wanted_race in enumerate(truth["races"]):
        gone = {(row, n) for race, row, n in lost if race == place}
        (race,) = (race for race in races if race["title"] == wanted_race["title"])
        told += [f"{race['title']}: {text}" for text in _race(wanted_race, race, gone)]
    return told


def _race(truth: Json, race: Json, gone: set[tuple[str, int]]) -> Iterator[str]:
    for field in ("kind", "track_length_m", "ended"):
        yield from _equal(field, race[field], truth[field])
    yield from _equal("track", race["track"], clean(truth["track"]))
    yield from _equal(
        "flags", [flag["flag"] for flag in race["flags"]], [f["flag"] for f in truth["flags"]]
    )
    fields = ("time", "kind", "number", "text")
    yield from _equal(
        "messages",
        [tuple(m[f] for f in fields) for m in race["messages"] if not m["withdrawn"]],
        [tuple(m[f] for f in fields) for m in truth["messages"]],
    )
    entries = {entry["row"]: entry for entry in race["entries"]}
    yield from _equal("rows", sorted(entries), sorted(entry["row"] for entry in truth["entries"]))
    for entry in truth["entries"]:
        missing = {n for row, n in gone if row == entry["row"]}
        for text in _entry(entry, entries[entry["row"]], missing):
            yield f"{entry['row']}: {text}"


def _entry(truth: Json, entry: Json, gone: set[int]) -> Iterator[str]:
    for field in ("number", "competitor", "position", "best_ms", "stints"):
        wanted = clean(truth[field]) if field == "competitor" else truth[field]
        yield from _equal(field, entry[field], wanted)
    wanted = [lap for lap in truth["laps"] if lap["n"] not in gone]
    yield from _equal(
        "laps", entry["laps"], [lap | {"driver": clean(lap["driver"])} for lap in wanted]
    )
    counted = {gap["after"] + n for gap in entry["gaps"] for n in range(1, gap["missed"] + 1)}
    yield from _equal("lost laps", counted, gone)
    yield from _stops(truth["pit_stops"], entry["pit_stops"])
    yield from _drivers(truth["drivers"], entry["drivers"])
    yield from _equal(
        "penalties",
        sorted(str((p["laps"], p["ms"])) for p in entry["penalties"] if not p["withdrawn"]),
        sorted(str((p["laps"], p["ms"])) for p in truth["penalties"]),
    )


def _stops(truth: list[Json], stops: list[Json]) -> Iterator[str]:
    yield from _equal("stops after laps", [s["lap"] for s in stops], [s["lap"] for s in truth])
    for wanted, stop in zip(truth, stops, strict=False):
        lasted, should = stop["duration_ms"], wanted["duration_ms"]
        if (lasted is None) != (should is None) or (
            lasted is not None and abs(lasted - should) > PUSH_MS
        ):
            yield f"stop {stop} for {wanted}"


def _drivers(truth: list[Json], drivers: list[Json]) -> Iterator[str]:
    shown = {driver["name"]: driver["driving_ms"] for driver in drivers}
    drove = {clean(driver["name"]): driver["driving_ms"] for driver in truth}
    yield from _equal("drivers", sorted(shown), sorted(drove))
    for name, ms in shown.items():
        if ms is not None and name in drove and not 0 <= drove[name] - ms < DRIVING_MS:
            yield f"{name} drove {drove[name]}, shown as {ms}"


def _equal(what: str, found: Any, wanted: Any) -> Iterator[str]:
    if found != wanted:
        if isinstance(found, list) and isinstance(wanted, list):
            found, wanted = (
                [f for f in found if f not in wanted],
                [w for w in wanted if w not in found],
            )
        yield f"{what} {found} for {wanted}"

"""What a reader found, against what the model says: every difference, in words."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from tests.timing.simulators.checker import Reader, ReadRow

SHORT_STOP_MS = 52_000
SLACK_MS = 700  # pushes are 200 ms apart, and a cut burst waits for the next one


def differences(truth: dict[str, Any], reader: Reader) -> list[str]:
    found = {session.title: session for session in reader.sessions}
    titles = [race["title"] for race in truth["races"]]
    if sorted(found) != sorted(titles):
        return [f"sessions: {sorted(found)} for {sorted(titles)}"]
    lost = {(gap["race"], gap["row"], gap["n"]) for gap in truth["lost_laps"]}
    told = []
    for place, race in enumerate(truth["races"]):
        for entry in race["entries"]:
            gone = {n for at, row, n in lost if at == place and row == entry["row"]}
            row = found[race["title"]].rows[entry["row"]]
            told += [f"{entry['row']}: {text}" for text in _entry(entry, row, gone)]
    return told


def _entry(entry: dict[str, Any], row: ReadRow, gone: set[int]) -> Iterator[str]:
    laps = [lap for lap in entry["laps"] if lap["n"] not in gone]
    if len(laps) != len(row.laps):
        yield f"{len(row.laps)} laps for {len(laps)}"
        return
    for lap, read in zip(laps, row.laps, strict=True):
        yield from _lap(lap, read)
    yield from _stops(entry, row, laps)
    if row.position != entry["position"] and laps:
        yield f"place {row.position} for {entry['position']}"
    if row.team and row.team != entry["competitor"]:
        yield f"name {row.team} for {entry['competitor']}"
    yield from _driving(entry, row)


def _driving(entry: dict[str, Any], row: ReadRow) -> Iterator[str]:
    """To the minute; one less where a short stop ended before the old name came round again."""
    short = any((stop["duration_ms"] or 0) < SHORT_STOP_MS for stop in entry["pit_stops"])
    for driver in entry["drivers"]:
        minutes = driver["driving_ms"] // 60_000
        shown = row.driving.get(driver["name"])
        right = {f"{m // 60}:{m % 60:02d}" for m in range(minutes - short, minutes + 1)}
        if shown is not None and shown not in right:
            yield f"{driver} shown as {shown}"


def _lap(lap: dict[str, Any], read: tuple[int, tuple[int, ...], str, int, bool]) -> Iterator[str]:
    ms, sectors, driver, position, pit = read
    wanted = (lap["ms"], lap["position"], lap["pit"])
    if (ms, position, pit) != wanted:
        yield f"lap {lap['n']}: {(ms, position, pit)} for {wanted}"
    if driver and driver != lap["driver"]:
        yield f"lap {lap['n']}: driver {driver} for {lap['driver']}"
    if None not in lap["sectors"] and sectors != tuple(lap["sectors"]):
        yield f"lap {lap['n']}: sectors {sectors} for {lap['sectors']}"


def _stops(entry: dict[str, Any], row: ReadRow, laps: list[dict[str, Any]]) -> Iterator[str]:
    numbers = [0, *(lap["n"] for lap in laps)]
    read = [(numbers[known], went_in, came_out) for known, went_in, came_out in row.stops]
    if [stop["lap"] for stop in entry["pit_stops"]] != [lap for lap, _, _ in read]:
        yield f"stops {read} for {entry['pit_stops']}"
        return
    for stop, (_, went_in, came_out) in zip(entry["pit_stops"], read, strict=True):
        if (came_out is None) != (stop["out_ms"] is None):
            yield f"stop {stop} left at {came_out}"
        elif came_out is not None:
            lasted = came_out - went_in
            if abs(lasted - stop["duration_ms"]) > SLACK_MS:
                yield f"stop {stop} lasted {lasted}"

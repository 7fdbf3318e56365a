"""What the recordings give: a row each, for docs/benchmarks.md."""

from __future__ import annotations

from typing import Any

from bench.machine import machine
from bench.page import write_section
from bench.tapes import recordings
from timing.report import report


def main() -> None:
    found = [report(path) for path in recordings()]
    if not found:
        print("results: skipped, there are no recordings beside the project")
        return
    lines = [
        "| recording | lines | unknown | errors | races | entries | laps | missed | pit stops |",
        "|---|--:|--:|--:|--:|--:|--:|--:|--:|",
        *(_row(each) for each in found),
        "",
        f"`make bench` · {machine()}",
    ]
    print("\n".join(lines))
    write_section("results", "\n".join(lines))


def _row(found: dict[str, Any]) -> str:
    entries = [entry for race in found["races"] for entry in race["entries"]]
    laps = sum(len(entry["laps"]) for entry in entries)
    missed = sum(gap["missed"] for entry in entries for gap in entry["gaps"])
    stops = sum(len(entry["pit_stops"]) for entry in entries)
    name = found["tape"].rpartition("/")[2].removesuffix(".jsonl.gz")
    return (
        f"| {name} | {found['lines']} | {found['unknown_lines']} | {found['errors']} "
        f"| {len(found['races'])} | {len(entries)} | {laps} | {missed} | {stops} |"
    )

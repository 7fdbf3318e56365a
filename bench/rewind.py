"""What it costs to look back: an index made, and any instant of 24 hours of 60 karts reached."""

from __future__ import annotations

import statistics
import time
import uuid
from pathlib import Path

from bench.machine import machine
from bench.page import write_section
from bench.tapes import simulated
from timing.keyframes import keys_path
from timing.keyframes_build import build
from timing.rewind import seek, tapes_of
from timing.tape import compress

HOUR = 3_600_000
PLACES = {"minute 5": 300_000, "hour 1": HOUR, "hour 12": 12 * HOUR, "hour 23": 23 * HOUR}
LOOKS = 20
APART = 37_000  # ms between them


def main() -> None:
    tape = simulated(karts=60, minutes=24 * 60)
    folder = tape.parent / str(uuid.UUID(int=1))
    folder.mkdir()
    tape = tape.rename(folder / tape.name)
    zero, plain = tapes_of(folder)[0].zero, tape.stat().st_size
    begun = time.process_time()
    count = build(folder, since=zero, at=zero + 23 * HOUR)
    built_s = time.process_time() - begun
    index = keys_path(tape, "built").stat().st_size
    open_ms = _seeks(folder, zero)
    packed = compress(tape).stat().st_size
    packed_ms = _seeks(folder, zero)
    sizes = f"tape {plain / 1e6:.0f} MB, packed {packed / 1e6:.0f} MB, "
    sizes += f"{count} key frames in an index of {index / 1e6:.0f} MB"
    lines = [
        "| from | ms of a core to the board, plain tape: median (worst) | packed: median (worst) |",
        "|---|--:|--:|",
        *(f"| {name} | {open_ms[name]} | {packed_ms[name]} |" for name in PLACES),
        "",
        f"24 hours of 60 karts: {sizes}, made afterwards in {built_s:.0f} s of a core.",
        "",
        f"`./dev bench rewind` · {machine()} · {LOOKS} instants each, 37 s apart",
    ]
    print("\n".join(lines))
    write_section("rewind", "\n".join(lines))


def _seeks(folder: Path, zero: int) -> dict[str, str]:
    return {name: _looks(folder, zero, zero + place) for name, place in PLACES.items()}


def _looks(folder: Path, zero: int, first: int) -> str:
    tapes, took = tapes_of(folder), []
    for number in range(LOOKS):
        begun = time.process_time()
        seek(tapes, first + number * APART, since=zero, feed=folder.name)
        took.append((time.process_time() - begun) * 1000)
    return f"{statistics.median(took):.0f} ({max(took):.0f})"

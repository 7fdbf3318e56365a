"""Decoding and reducing on one core, and the memory that a 24-hour race takes.

The rival is the floor: a loop that reads the same tapes and splits their lines into fields, and
understands nothing of them. What we add to it is the price of understanding.
"""

from __future__ import annotations

import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from bench.machine import machine
from bench.page import write_section
from bench.tapes import recordings, simulated
from timing.pipeline import Pipeline
from timing.tape import TapeFrame, frames

RUNS = 5
FEED = "00000000-0000-0000-0000-000000000000"

Tape = list[TapeFrame]


def understand(tape: Tape) -> int:
    pipeline = Pipeline(feed=FEED, protocol="apex")
    pipeline.opened(0)
    for frame in tape:
        pipeline.frame(frame.t_ms, frame.msg)
    pipeline.closed(tape[-1].t_ms if tape else 0)
    return pipeline.adapter.counters.lines


def split(tape: Tape) -> int:
    lines = 0
    for frame in tape:
        for line in frame.msg.split("\n"):
            if line:
                line.split("|")
                lines += 1
    return lines


def rate(work: Callable[[Tape], int], tapes: list[Tape]) -> float:
    """Lines a second of processor time over all tapes: a shared machine must not count."""
    started = time.process_time()
    lines = sum(work(tape) for tape in tapes)
    return lines / (time.process_time() - started)


def speed(paths: list[Path]) -> tuple[float, float]:
    """Medians of lines a second: ours, and the floor's, in turn in the same run."""
    tapes = [list(frames(path)) for path in paths]
    ours, floor = [], []
    for _ in range(RUNS):
        ours.append(rate(understand, tapes))
        floor.append(rate(split, tapes))
    return statistics.median(ours), statistics.median(floor)


def peak_mb(path: Path) -> float:
    """Peak resident memory of a process that reduces one tape."""
    done = subprocess.run(
        [sys.executable, "-m", "bench.decode", str(path)],
        check=True,
        capture_output=True,
        text=True,
    )
    return float(done.stdout.split()[-1])


def main() -> None:
    rows = []
    real = recordings()
    if real:
        rows.append((f"{len(real)} recordings", *speed(real)))
    else:
        print("recordings: skipped, there are none beside the project")
    rows.append(
        ("simulated, 30 karts, 2 h, all mishaps", *speed([simulated(karts=30, minutes=120)]))
    )
    day = simulated(karts=60, minutes=24 * 60)
    memory = peak_mb(day)
    day.unlink()
    lines = [
        "| tapes | lines/s, decoded and reduced | lines/s, only split | ratio |",
        "|---|--:|--:|--:|",
        *(
            f"| {name} | {ours:,.0f} | {floor:,.0f} | {ours / floor:.3f} |"
            for name, ours, floor in rows
        ),
        "",
        f"A 24-hour race of 60 karts, reduced from its tape: {memory:.0f} MB peak resident.",
        "",
        f"`make bench` · {machine()} · medians of {RUNS} runs",
    ]
    print("\n".join(lines))
    write_section("decode", "\n".join(lines))


def _one(path: Path) -> None:
    pipeline = Pipeline(feed=FEED, protocol="apex")
    for frame in frames(path):
        pipeline.frame(frame.t_ms, frame.msg)
    print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)


if __name__ == "__main__":
    _one(Path(sys.argv[1]))

"""A 24-hour race at sixty times its pace, with viewers who come and go: does memory stay, and does
anybody miss anything?

The product as `live` is: pipeline, database, alerts and web server in one process. Memory is read
each minute, which is an hour of the race. A viewer who says it is live must have had every number;
what it was given whole in the meantime is counted, too.
"""

from __future__ import annotations

import asyncio
import os
import random
import sys
import time
from dataclasses import dataclass, field

from bench.fanout import memory_mb, serving
from bench.machine import machine
from bench.page import write_section
from bench.viewer import Viewer

HOURS = int(os.environ.get("SOAK_HOURS", "24"))
PACE, VIEWERS = 60, 60
STAY_S = (5.0, 90.0)
HOUR_S = 3_600 / PACE


@dataclass
class Seen:
    viewers: int = 0
    frames: int = 0
    holes: int = 0
    whole: int = 0
    breaks: int = 0  # connections that the server ended
    memory_mb: list[float] = field(default_factory=list)


async def _come_and_go(port: int, display: str, end: float, seen: Seen) -> None:
    chance = random.Random()
    while time.monotonic() < end:
        async with Viewer([port], display) as viewer:
            await asyncio.sleep(min(chance.uniform(*STAY_S), max(1.0, end - time.monotonic())))
        seen.viewers += 1
        seen.frames += viewer.frames
        seen.holes += viewer.holes
        seen.whole += viewer.whole
        seen.breaks += max(0, viewer.connections - 1)


async def _watch_memory(pid: int, end: float, seen: Seen) -> None:
    while time.monotonic() < end:
        await asyncio.sleep(HOUR_S)
        seen.memory_mb.append(memory_mb(pid))
        print(f"hour {len(seen.memory_mb)}: {seen.memory_mb[-1]:.0f} MB", file=sys.stderr)


async def _soak(port: int, display: str, pid: int) -> Seen:
    seen, end = Seen(), time.monotonic() + HOURS * HOUR_S
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(_watch_memory(pid, end, seen))
        for _ in range(VIEWERS):
            tasks.create_task(_come_and_go(port, display, end, seen))
    return seen


def main() -> None:
    with serving("product", "feed", str(PACE), str(HOURS)) as (server, told):
        code = told["pages"]["public"].strip("/").rpartition("/")[2]
        seen = asyncio.run(_soak(told["port"], code, server.pid))
        alive = server.poll() is None
    second, last = seen.memory_mb[1], seen.memory_mb[-1]
    lines = [
        f"| {HOURS} hours of a race of 30 karts in {HOURS * HOUR_S / 60:.0f} minutes | |",
        "|---|--:|",
        f"| viewers who came and went, {VIEWERS} at a time | {seen.viewers:,} |",
        f"| frames that they got | {seen.frames:,} |",
        f"| **numbers missed** | **{seen.holes}** |",
        f"| whole boards: the first of each, and of each new race | {seen.whole:,} |",
        f"| connections that ended by themselves | {seen.breaks} |",
        f"| memory in the second hour, in the last | {second:.0f}, {last:.0f} MB |",
        f"| **growth** (the target is 5 %) | **{(last / second - 1):+.1%}** |",
        f"| the server is up | {'yes' if alive else 'no'} |",
        "",
        f"`python -m bench soak` · {machine()}",
    ]
    print("\n".join(lines))
    write_section("soak", "\n".join(lines))

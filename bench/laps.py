"""From a lap in the feed to a thousand screens: the product as `live` is, one race of 30 karts.

Counted are frames that hold a lap. They carry the instant of the newest line in them, to the
millisecond; a lap that came in the 50 ms after another frame waits for the next, and is counted
with that frame's instant.
"""

from __future__ import annotations

from bench.fanout import measure
from bench.machine import machine
from bench.page import write_section

SECONDS = 60.0


def main() -> None:
    found = measure("product", 1, "feed", seconds=SECONDS, stamp="at")
    lines = [
        "| a lap on 1,000 screens | |",
        "|---|--:|",
        f"| p50 | {found.p50_ms:.0f} ms |",
        f"| p99 | {found.p99_ms:.0f} ms |",
        f"| worst | {found.worst_ms:.0f} ms |",
        f"| frames with laps, a second | {found.deliveries / found.sockets / SECONDS:.1f} |",
        f"| processor: decoding, database, alerts and 1,000 sockets | {found.processor:.0%} |",
        f"| memory idle, with viewers | {found.idle_mb:.0f}, {found.mb:.0f} MB |",
        "",
        f"`python -m bench laps` · {machine()} · {SECONDS:.0f} s",
    ]
    print("\n".join(lines))
    write_section("laps", "\n".join(lines))

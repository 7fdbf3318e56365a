"""Prometheus' text format, and what an ingester has to tell in it.

Written out here instead of by a client library: it is forty lines, and what is counted stays plain
integers on the objects that count, read when somebody asks. Feeds are named by their ids alone.
"""

from __future__ import annotations

import gc
import os
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any
from weakref import WeakSet

from timing.clock import now_ms
from timing.metering import LAGS_MS, Lags

if TYPE_CHECKING:
    from timing.ingester import Ingester
    from timing.runner import FeedRunner

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"

Labels = Mapping[str, str]
Value = int | float


@dataclass(slots=True)
class Family:
    """A metric with its samples. `suffix` of a sample belongs to its name (histograms)."""

    name: str
    kind: str  # counter, gauge, histogram
    help: str
    samples: list[tuple[str, Labels, Value]] = field(default_factory=list)

    def add(self, value: Value | None, suffix: str = "", **labels: str) -> Family:
        """A value that is not known is left out."""
        if value is not None:
            self.samples.append((suffix, labels, value))
        return self

    def add_lags(self, lags: Lags, **labels: str) -> None:
        """As a histogram in seconds."""
        below = 0
        for ms, count in zip((*LAGS_MS, None), lags.counts, strict=True):
            below += count
            self.add(below, "_bucket", **labels, le="+Inf" if ms is None else f"{ms / 1000:g}")
        self.add(lags.sum_ms / 1000, "_sum", **labels)
        self.add(below, "_count", **labels)


def rendered(families: Iterable[Family]) -> str:
    lines = []
    for each in families:
        if each.samples:
            lines += [f"# HELP {each.name} {each.help}", f"# TYPE {each.name} {each.kind}"]
        for suffix, labels, value in each.samples:
            named = ",".join(f'{name}="{_escaped(text)}"' for name, text in labels.items())
            lines.append(
                f"{each.name}{suffix}{{{named}}} {value}" if named else _plain(each, value)
            )
    return "\n".join(lines) + "\n"


def _plain(family: Family, value: Value) -> str:
    return f"{family.name} {value}"


def _escaped(text: str) -> str:
    return text.replace("\\", r"\\").replace('"', r"\"").replace("\n", r"\n")


# -- the process

_STARTED_S = time.time()
_PAGE = os.sysconf("SC_PAGE_SIZE") if hasattr(os, "sysconf") else 4096


def resident_bytes() -> int | None:
    """None where the system does not tell."""
    try:
        return int(Path("/proc/self/statm").read_text().split()[1]) * _PAGE
    except (OSError, IndexError, ValueError):
        return None


def uptime_s() -> float:
    return time.time() - _STARTED_S


def process_families() -> list[Family]:
    return [
        Family("process_start_time_seconds", "gauge", "When it began.").add(round(_STARTED_S, 3)),
        Family("process_cpu_seconds_total", "counter", "Of all threads.").add(time.process_time()),
        Family("process_resident_memory_bytes", "gauge", "Memory.").add(resident_bytes()),
        Family("python_gc_objects", "gauge", "Waiting for the oldest collection.").add(
            gc.get_count()[2]
        ),
    ]


# -- the feeds of an ingester

running: WeakSet[Ingester] = WeakSet()  # of this process: one at most, but in tests

_COUNTED = {
    "frames": "Frames heard.",
    "lines": "Lines read.",
    "ignored_lines": "Lines that mean nothing to us.",
    "unknown_lines": "Lines that are not of the protocol.",
    "errors": "Lines with a value that cannot be.",
}


def ingester_families() -> list[Family]:
    return [family for each in list(running) for family in _of(each)]


def _of(ingester: Ingester) -> list[Family]:
    runners = [runner for runner, _task in list(ingester.runners.values())]
    backlog = Family("lt_writer_backlog", "gauge", "Writes that wait for the database.")
    return [
        Family("lt_feeds_running", "gauge", "Feeds that this process runs.").add(len(runners)),
        backlog.add(ingester.writer.backlog),
        Family("lt_leases_taken_total", "counter", "Feeds taken.").add(ingester.leases.taken),
        Family("lt_leases_lost_total", "counter", "Feeds lost to others.").add(
            ingester.leases.lost
        ),
        *_feeds(runners),
    ]


def _feeds(runners: list[FeedRunner]) -> Iterable[Family]:
    now = now_ms()
    age = Family("lt_feed_age_seconds", "gauge", "Since the newest data.")
    up = Family("lt_feed_up", "gauge", "1 while data comes.")
    counted = {n: Family(f"lt_feed_{n}_total", "counter", h) for n, h in _COUNTED.items()}
    faults = Family("lt_feed_faults_total", "counter", "Frames or events that broke our code.")
    laps = Family("lt_feed_laps_total", "counter", "Laps that were found, or found another.")
    boards = Family("lt_feed_boards_total", "counter", "Rounds of publishing.")
    lag = Family("lt_feed_publish_lag_seconds", "histogram", "From a frame to the board with it.")
    waiting = Family("lt_feed_facts_waiting", "gauge", "Facts that wait to be written.")
    tape = Family("lt_feed_tape_bytes", "gauge", "Of the open tape.")
    for runner in runners:
        feed = str(runner.source.feed)
        heard = runner.pipeline.heard_at
        age.add(None if heard is None else max(0, now - heard) / 1000, feed=feed)
        up.add(int(runner.state == "live"), feed=feed)
        for name, family in counted.items():
            family.add(getattr(runner.pipeline.adapter.counters, name), feed=feed)
        faults.add(runner.pipeline.faults, feed=feed)
        laps.add(runner.meter.laps, feed=feed)
        boards.add(runner.meter.boards, feed=feed)
        lag.add_lags(runner.meter.lags, feed=feed)
        waiting.add(runner.waiting, feed=feed)
        tape.add(runner.tape_bytes, feed=feed)
    return [age, up, *counted.values(), faults, laps, boards, lag, waiting, tape]


# -- the same for the system page


def ingester_numbers() -> dict[str, Any] | None:
    """Of the ingester of this process, if it has one."""
    found = next(iter(list(running)), None)
    if found is None:
        return None
    runners = [runner for runner, _task in list(found.runners.values())]
    return {
        "backlog": found.writer.backlog,
        "leases": [list(change) for change in found.leases.changes],
        "feeds": {str(runner.source.feed): feed_numbers(runner) for runner in runners},
    }


def feed_numbers(runner: FeedRunner) -> dict[str, Any]:
    counters, lags = runner.pipeline.adapter.counters, runner.meter.lags
    shown = sum(lags.counts)
    return {
        "state": str(runner.state),
        "epoch": runner.epoch,
        "heard_at": runner.pipeline.heard_at,
        "lines": counters.lines,
        "unknown_lines": counters.unknown_lines + counters.errors,
        "laps": runner.meter.laps,
        "lag_ms": lags.sum_ms // shown if shown else None,
        "tape_bytes": runner.tape_bytes,
        "waiting": runner.waiting,
    }

"""Simulated feeds with the connection of each frame, made once for all who compare with them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

from timing.simulators.build import build_feed
from timing.simulators.truth import truth_of
from timing.tape import TapeWriter

STARTED = datetime(2026, 5, 30, 8, 30, tzinfo=UTC)


@dataclass(frozen=True)
class Simulated:
    """`frames`: (ms since the feed began, connection, text)."""

    frames: tuple[tuple[int, int, str], ...]
    truth: dict[str, Any]

    def tape(self, folder: Path) -> Path:
        path = folder / "simulated.jsonl"
        with TapeWriter(path, protocol="apex", url="", started_at=STARTED) as writer:
            for at, connection, text in self.frames:
                writer.write(at / 1000, text, connection)
        return path


@cache
def simulated(**wish: Any) -> Simulated:
    feed = build_feed(**wish)
    frames = tuple((at, feed.connection, text) for at, text in feed.frames())
    truth = truth_of(feed.races, lost=feed.lost_laps, words=feed.words, local_time=feed.local_time)
    return Simulated(frames, truth)

"""The recordings that benchmarks read: real ones beside the project, and simulated ones."""

from __future__ import annotations

import tempfile
from datetime import UTC, datetime
from pathlib import Path

from timing.simulators.build import build_feed
from timing.tape import TapeWriter

ROOT = Path(__file__).resolve().parent.parent
RECORDINGS = ROOT.parent / "shared" / "captures" / "apex"


def recordings() -> list[Path]:
    """Real recordings; none where the folder beside the project is absent."""
    return sorted(RECORDINGS.glob("*/*.jsonl.gz"))


def simulated(*, karts: int, minutes: int, seed: int = 7) -> Path:
    """A tape of an endurance race with every mishap, in a temporary file."""
    path = Path(tempfile.mkdtemp(prefix="lt-bench-")) / f"{karts}x{minutes}.jsonl"
    feed = build_feed(kind="endurance", karts=karts, minutes=minutes, seed=seed, mishaps="all")
    with TapeWriter(
        path, protocol="apex", url="simulated", started_at=datetime(2026, 1, 1, tzinfo=UTC)
    ) as tape:
        for t_ms, msg in feed.frames():
            tape.write(t_ms / 1000, msg, feed.connection)
    return path

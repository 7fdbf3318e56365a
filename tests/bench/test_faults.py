"""The most important faults, short, on a whole stack; `./dev bench faults` does all of them."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

import pytest

from bench.faults import FAULTS, scene_in

SHORT_S = 3.0
NAMES = ("ingest", "redis", "postgresql", "sleeper", "silent")


@pytest.mark.slow
@pytest.mark.skipif(
    not os.environ.get("LT_TEST_REDIS_URL"), reason="once, with PostgreSQL and Redis"
)
async def test_a_race_goes_on_whatever_fails() -> None:
    """Rows equal the tape, and a viewer that never reloaded has the board of one who comes now."""
    said: list[str] = []
    with tempfile.TemporaryDirectory(prefix="lt-", dir="/tmp") as name:
        folder = Path(name)
        folder.chmod(0o755)
        async with scene_in(
            folder, say=lambda who, line: said.append(f"{who} {line}"), away_s=SHORT_S
        ) as scene:
            for fault in NAMES:
                await FAULTS[fault](scene)
                assert (fault, await scene.check()) == (fault, [])

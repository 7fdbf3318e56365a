from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.timing.transports.feeds import StillWorld
from timing.tape import TapeWriter, compress
from timing.transports import FeedLost, RawFrame, TapeTransport, tape_path

STARTED = datetime(2026, 5, 30, 10, 0, tzinfo=UTC)
STARTED_MS = 1_780_135_200_000


@pytest.fixture
def tape(tmp_path: Path) -> Path:
    with TapeWriter(tmp_path / "x.jsonl", protocol="apex", url="", started_at=STARTED) as writer:
        writer.write(0.0, "init|r|")
        writer.write(10.0, "r1|#|1")
        writer.write(20.0, "init|r|", 1)
    return tmp_path / "x.jsonl"


async def played(still: StillWorld, path: Path, **kwargs) -> list[RawFrame]:
    transport = TapeTransport(path, world=still.world(), **kwargs)
    return [frame async for frame in transport.frames()]


async def test_a_tape_plays_at_the_pace_it_was_recorded(tape: Path) -> None:
    still = StillWorld()
    assert await played(still, tape) == [
        RawFrame(1_000_000, "init|r|", 0),
        RawFrame(1_010_000, "r1|#|1", 0),
        RawFrame(1_020_000, "init|r|", 1),
    ]
    assert still.slept == [10, 10]


async def test_a_faster_tape_keeps_its_own_times(tape: Path) -> None:
    still = StillWorld()
    got = await played(still, tape, speed=20)
    assert [frame.received_at_ms for frame in got] == [1_000_000, 1_010_000, 1_020_000]
    assert still.slept == [0.5, 0.5]


async def test_what_is_past_comes_at_once_with_its_own_times(tape: Path) -> None:
    still = StillWorld()
    got = await played(still, tape, origin_ms=1_000_000 - 15_000)
    assert [frame.received_at_ms for frame in got] == [985_000, 995_000, 1_005_000]
    assert still.slept == [5]


async def test_all_at_once_under_the_times_of_the_recording(tape: Path) -> None:
    still = StillWorld()
    got = await played(still, compress(tape), speed=0, origin_ms=STARTED_MS)
    assert [frame.received_at_ms - STARTED_MS for frame in got] == [0, 10_000, 20_000]
    assert still.slept == []


def test_an_address_names_a_tape_in_its_directory_only(tape: Path) -> None:
    assert tape_path("tape:x.jsonl", directory=tape.parent) == tape
    for address in ["tape:../x.jsonl", "tape:/etc/passwd", "tape:missing.jsonl", "tape:"]:
        with pytest.raises(FeedLost):
            tape_path(address, directory=tape.parent)

from __future__ import annotations

import logging
import uuid
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from channels.layers import InMemoryChannelLayer

from timing.feed_tape import FULL_MS, FeedTape
from timing.lease import this_process
from timing.sources import Source, Surroundings
from timing.transports.base import RawFrame
from timing.writer import Writer


async def silence(*_: object) -> AsyncIterator[RawFrame]:
    return
    yield


async def test_a_disk_without_room_is_tried_once_a_minute(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    in_the_way = tmp_path / "tapes"
    in_the_way.write_text("no folder can be made here")
    writer = Writer()
    around = Surroundings(this_process(), writer, InMemoryChannelLayer(), in_the_way, 1e9)
    tape = FeedTape(Source(uuid.uuid4(), "apex", "ws://x/", silence), around)

    with caplog.at_level(logging.ERROR, "timing.feed_tape"):
        for at in (0, 200, 400, FULL_MS, FULL_MS + 200):
            tape.record(at, "x", 0)
    await writer.close()

    assert len(caplog.records) == 2
    assert (tape.offset, tape.is_due(FULL_MS * 10)) == (None, False)

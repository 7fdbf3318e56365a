"""A polite stop at the worst moment: facts wait for a writer that is busy with other feeds."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from pathlib import Path

import pytest
from channels.layers import InMemoryChannelLayer

from races.models import Feed, Lap
from tests import factories
from tests.timing.apex_feed import RACE, START_MS, Table, block
from timing.lease import this_process
from timing.runner import FeedRunner
from timing.sources import Source, Surroundings
from timing.transports import LinkReport, RawFrame
from timing.writer import Writer

TABLE = Table(*RACE)


class Held:
    """A feed that connects, and says a lap once it may."""

    def __init__(self) -> None:
        self.connected, self.may_speak = asyncio.Event(), asyncio.Event()

    async def frames(
        self, report: Callable[[LinkReport], None], first: int
    ) -> AsyncIterator[RawFrame]:
        self.connected.set()
        await self.may_speak.wait()
        rows = {"r1": {"no": "7", "dr": "OTTERS"}}
        lap = f"{TABLE.cell('r1', 'llp', 'tn', '1:00.000')}\nr1|*|60000|"
        for at, text in ((0, block(TABLE, rows, light="lg")), (1_000, "r1|*||"), (61_000, lap)):
            yield RawFrame(START_MS + at, text, first)
        await asyncio.Event().wait()


def laps_of(feed: Feed) -> list[int]:
    return list(Lap.objects.filter(race__feed=feed).values_list("ms", flat=True))


@pytest.mark.django_db(transaction=True)
async def test_facts_that_wait_for_the_writer_survive_a_stop(tmp_path: Path) -> None:
    writer, held, free = Writer(), Held(), threading.Event()
    feed = await writer.call(factories.feed)
    source = Source(feed.pk, "apex", "ws://x/", held.frames)
    around = Surroundings(this_process(), writer, InMemoryChannelLayer(), tmp_path, 1e9)
    runner = FeedRunner(source, around)
    running = asyncio.create_task(runner.run())
    try:
        async with asyncio.timeout(60):
            await held.connected.wait()
            occupied = asyncio.create_task(writer.call(free.wait, 90))
            held.may_speak.set()
            while not runner.pipeline.states or runner._batches:  # until they are handed over
                await asyncio.sleep(0.01)
        running.cancel()
        await asyncio.sleep(0.05)
    finally:
        free.set()
        running.cancel()
        with suppress(asyncio.CancelledError):
            await running
    await occupied

    assert await writer.call(laps_of, feed) == [60_000]
    await writer.close()

"""What browsers are told of a feed's connection, also while the database says nothing."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import AsyncIterator, Callable

import pytest

from races.models import Feed
from teams.news import HUB_GROUP
from tests.timing.apex_feed import START_MS
from tests.timing.test_runner import House, Line, house, messages, race_of_two_laps, until
from timing.enums import LinkState
from timing.models import FeedState
from timing.transports.base import LinkReport, RawFrame

__all__ = ["house"]

pytestmark = pytest.mark.django_db(transaction=True)


class Fading(Line):
    """A feed that falls silent when it is told to."""

    def __init__(self) -> None:
        super().__init__(race_of_two_laps())
        self.fade = asyncio.Event()

    async def frames(
        self, report: Callable[[LinkReport], None], first: int
    ) -> AsyncIterator[RawFrame]:
        report(LinkReport(LinkState.LIVE, START_MS))
        for at, _, text in self.said:
            yield RawFrame(START_MS + at, text, first)
            self.heard += 1
        await self.fade.wait()
        report(LinkReport(LinkState.STALE, START_MS))
        await asyncio.Event().wait()


async def test_browsers_are_told_while_the_database_does_not_answer(house: House) -> None:
    channel = await house.layer.new_channel()
    await house.layer.group_add(HUB_GROUP, channel)
    line, free = Fading(), threading.Event()
    runner = house.runner(line)
    running = asyncio.create_task(runner.run())
    states: list[str] = []

    async def told(state: str) -> bool:
        for message in await messages(house.layer, channel):
            if message["event"] == "system.status":
                states.append(json.loads(message["frame"])["data"]["state"])
        return state in states

    def stored(feed: Feed) -> bool:
        return FeedState.objects.filter(feed=feed, state="live").exists()

    await until(lambda: told("live"))
    await until(lambda: house.stored(stored))
    hanging = asyncio.create_task(house.writer.call(free.wait, 300))
    line.fade.set()
    try:
        await until(lambda: told("stale"))
    finally:
        free.set()
        await hanging
        running.cancel()
        await asyncio.wait({running})

    assert states[-1] in ("stale", "idle")
    assert await house.stored(lambda feed: FeedState.objects.get(feed=feed).state) == "idle"

"""Two ingesters and the feeds between them: shares, hand-overs, and what a dead one leaves."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from channels.layers import InMemoryChannelLayer

from races.models import Feed
from tests import factories
from tests.timing.test_runner import Line, race_of_two_laps, until
from timing.comparison import differences
from timing.ingester import Ingester
from timing.lease import Holder
from timing.models import FeedState, IngesterState
from timing.shares import Wanted
from timing.sources import Source, Surroundings
from timing.writer import Writer

pytestmark = pytest.mark.django_db(transaction=True)


class Local(Ingester):
    """Every feed says the same two laps, and the whole state to whoever connects later."""

    def _source(self, feed: Wanted) -> Source:
        return Source(feed.id, "apex", "ws://x/", Line(race_of_two_laps()).frames)


class Process:
    """An ingester of its own, as if on a machine of its own."""

    def __init__(self, name: str, layer: InMemoryChannelLayer, folder: Path) -> None:
        self.writer, self.stop, self.name = Writer(), asyncio.Event(), f"{name}/1/x"
        around = Surroundings(Holder(name, 1, "x"), self.writer, layer, folder, 1e9)
        self.ingester = Local(around, limit=64)
        self.running = asyncio.create_task(self.ingester.run(self.stop))

    async def end(self) -> None:
        self.stop.set()
        await asyncio.wait({self.running})
        await self.writer.close()

    def die(self) -> None:
        """Without a last word: nobody renews, nobody writes."""
        for runner, _ in self.ingester.runners.values():
            runner._end = lambda: asyncio.sleep(0)  # type: ignore[method-assign]
        self.ingester._around.leases.close = lambda: asyncio.sleep(0)  # type: ignore[method-assign]
        self.running.cancel()


@pytest.fixture
async def layer(monkeypatch: pytest.MonkeyPatch) -> InMemoryChannelLayer:
    made = InMemoryChannelLayer(capacity=10_000)
    monkeypatch.setattr("timing.groups.get_channel_layer", lambda: made)
    return made


@pytest.fixture
async def asking(transactional_db: None) -> AsyncIterator[Writer]:
    made = Writer()
    yield made
    await made.close()


def made() -> list[Feed]:
    return [factories.feed(pinned=True, address=f"ws://x{n}/") for n in range(4)]


def shared() -> dict[str, int]:
    return dict(Counter(FeedState.objects.exclude(holder="").values_list("holder", flat=True)))


async def test_feeds_are_shared_handed_over_and_taken_over(
    layer: InMemoryChannelLayer, asking: Writer, tmp_path: Path
) -> None:
    feeds = await asking.call(made)

    async def are(shares: dict[str, int]) -> bool:
        return await asking.call(shared) == shares

    one = Process("one", layer, tmp_path)
    await until(lambda: are({one.name: 4}))
    two = Process("two", layer, tmp_path)
    await until(lambda: are({one.name: 2, two.name: 2}))
    epochs = await asking.call(lambda: sorted(FeedState.objects.values_list("epoch", flat=True)))
    assert epochs == [1, 1, 2, 2]  # what stays with one is not touched

    one.die()
    await until(lambda: are({two.name: 4}))
    await two.end()
    await one.end()

    assert await asking.call(shared) == {}
    for feed in feeds:
        found = await asking.call(differences, feed.pk, "apex", tmp_path)
        assert (feed.address, found) == (feed.address, [])


async def test_an_ingester_that_leaves_says_so(
    layer: InMemoryChannelLayer, asking: Writer, tmp_path: Path
) -> None:
    await asking.call(made)
    one, two = Process("one", layer, tmp_path), Process("two", layer, tmp_path)
    await until(lambda: len(one.ingester.runners) == len(two.ingester.runners) == 2)
    await one.end()
    await until(lambda: len(two.ingester.runners) == 4)

    assert await asking.call(lambda: [row.holder for row in IngesterState.objects.all()]) == [
        two.name
    ]
    await two.end()

"""Processes that die, one after the other, at moments chosen to hurt: the rows stay the tape's."""

from __future__ import annotations

import asyncio

import pytest

from races.models import Feed
from teams.news import HUB_GROUP
from tests.timing.test_runner import (
    Abandoned,
    House,
    Line,
    house,
    messages,
    race_of_two_laps,
    run_until,
    until,
)
from timing.comparison import differences
from timing.lease import Claim, Holder
from timing.models import FeedState, ResumePoint
from timing.simulators.build import build_feed
from timing.tape import frames as frames_of

__all__ = ["house"]

pytestmark = pytest.mark.django_db(transaction=True)


def cut_once(after: int, more: int) -> tuple[list[tuple[int, int, str]], ...]:
    """A race whose connection is cut after so many frames: what each of the two said."""
    feed = build_feed(karts=3, minutes=30, seed=1)
    first: list[tuple[int, int, str]] = []
    second: list[tuple[int, int, str]] = []
    for at, text in feed.frames():
        if len(first) < after:
            first.append((at, 0, text))
        else:
            if not second:
                second.append((at, 0, feed.opening()))
            second.append((at, 0, text))
            if len(second) > more:
                break
    return first, second


async def test_a_mark_before_the_first_frame_of_a_connection(house: House) -> None:
    """The second process marks where it stands while it still connects; the third begins there,
    and must know that the frames behind the mark are of another connection."""
    first, second = cut_once(278, 150)
    one = Line(first)
    await run_until(house.runner(one, Abandoned), lambda: one.heard == len(first))

    two = Line([])
    (tape,) = house.folder.rglob("*.jsonl")
    end = tape.stat().st_size

    def marked(feed: Feed) -> bool:
        return ResumePoint.objects.filter(feed=feed, offset=end).exists()

    async def heard_after_its_mark() -> bool:
        if await house.stored(marked):
            two.said = second
        return two.heard == len(second)

    await run_until(house.runner(two, Abandoned), heard_after_its_mark)
    three = Line([])
    await run_until(house.runner(three), lambda: three.connections)

    def compared(feed: Feed) -> list[str]:
        return differences(feed.pk, "apex", house.folder)

    assert await house.stored(compared) == []


async def test_a_process_that_slept_while_another_took_its_feed(house: House) -> None:
    """It wakes with frames in its socket and a board to show: none of it is written or said."""
    said = race_of_two_laps()
    clock = [0.0]
    sleeper = house.runner(asleep := Line(said[:2]), holder=Holder("north", 1, "a"))
    leases = sleeper._around.leases
    leases._now = lambda: clock[0]
    sleeping = asyncio.create_task(sleeper.run())
    await until(lambda: asleep.heard == 2)

    def claim(feed: Feed) -> Claim:
        return Claim(*FeedState.objects.values_list("holder", "epoch", "held_until").get(feed=feed))

    successor = house.runner(awake := Line(said), holder=Holder("south", 2, "b"))
    successor._lapsed = await house.stored(claim)
    running = asyncio.create_task(successor.run())
    await until(lambda: awake.heard == 4)
    channel = await house.layer.new_channel()
    await house.layer.group_add(HUB_GROUP, channel)
    clock[0] = 60.0
    asleep.said += said[2:]
    await asyncio.wait_for(sleeping, 60)
    news = await messages(house.layer, channel)
    running.cancel()
    await asyncio.wait({running})

    assert {message["epoch"] for message in news} <= {2}
    (tape,) = house.folder.rglob("*.jsonl")
    told = [(frame.connection, frame.msg) for frame in frames_of(tape)]
    assert told == [(0, said[0][2]), (0, said[1][2]), *((1, text) for _, _, text in said)]
    assert await house.stored(lambda feed: FeedState.objects.get(feed=feed).epoch) == 2
    assert await house.stored(lambda feed: differences(feed.pk, "apex", house.folder)) == []

"""Processes that die, one after the other, at moments chosen to hurt: the rows stay the tape's."""

from __future__ import annotations

import pytest

from races.models import Feed
from tests.timing.test_runner import Abandoned, House, Line, house, run_until
from timing.comparison import differences
from timing.models import ResumePoint
from timing.simulators.build import build_feed

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

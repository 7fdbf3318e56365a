"""What a running feed leaves for those who look back, whatever befell it."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from pathlib import Path

import pytest

from tests.timing.apex_feed import START_MS
from tests.timing.rewound import boards, straight
from tests.timing.simulated import simulated
from tests.timing.test_runner import Abandoned, House, Line, house, run_until, until
from timing.rewind import key_frames, nearest, seek, tapes_of
from timing.runner import FeedRunner

pytestmark = pytest.mark.django_db(transaction=True)
__all__ = ["house"]


@pytest.fixture(autouse=True)
def close_together(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("timing.keyframing.KEY_BYTES", 30_000)


def agrees(folder: Path, feed: str) -> None:
    run, tapes = straight(folder, feed=feed), tapes_of(folder)
    last = run.ats[-1]
    for at in range(START_MS, last + 1, (last - START_MS) // 9):
        assert boards(seek(tapes, at, since=START_MS, feed=feed)) == run.boards_at(at)


async def test_a_feed_that_was_killed_and_changed_its_tape(house: House) -> None:
    said = list(simulated(karts=6, minutes=20, seed=4, mishaps="all").frames)
    half = len(said) // 2
    house.rotate_s = 700
    feed, line = str(house.feed.pk), Line(said[:half])
    await run_until(house.runner(line, Abandoned), lambda: line.heard == half)
    again = Line(said[half:])
    await run_until(house.runner(again), lambda: again.heard == len(said) - half)

    folder = house.folder / feed
    tapes = tapes_of(folder)
    assert [bool(key_frames(tape)) for tape in tapes] == [True, True, True]
    end = START_MS + said[-1][0]
    assert nearest(tapes, end, since=START_MS).stretch < 100_000
    agrees(folder, feed)


async def test_a_race_that_was_begun_again(house: House) -> None:
    said = list(simulated(karts=6, minutes=10, seed=4).frames)
    half = len(said) // 2
    feed, line = str(house.feed.pk), Line(said[:half])
    runner: FeedRunner = house.runner(line)
    task = asyncio.create_task(runner.run())
    await until(lambda: line.heard == half)
    race = runner.pipeline.routing.current
    await runner.reset(race)
    line.said += [(said[half][0], 1, said[half][2]), *[(at, 1, t) for at, _, t in said[half + 1 :]]]
    await until(lambda: line.heard == len(said))
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task

    folder = house.folder / feed
    tapes = tapes_of(folder)
    before = seek(tapes, START_MS + said[half - 1][0], since=START_MS, feed=feed)
    after = seek(tapes, START_MS + said[-1][0], since=START_MS, feed=feed)
    assert race in before.pipeline.states
    assert after.pipeline.states == runner.pipeline.states

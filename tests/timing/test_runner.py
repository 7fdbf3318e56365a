"""One feed from end to end: frames in, rows and boards out, taken up again after any end."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import suppress
from datetime import timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from channels.layers import InMemoryChannelLayer

from races.models import Feed, Lap, Race
from teams.news import HUB_GROUP
from tests import factories
from tests.timing.agreement import differences
from tests.timing.apex_feed import RACE, START_MS, Table, block
from tests.timing.simulated import simulated
from tests.timing.stored import races_of
from timing.engine.diff import patch
from timing.lease import Holder, this_process
from timing.models import FeedState, ResumePoint, Tape
from timing.runner import FeedRunner
from timing.sources import Source, Surroundings
from timing.tape import frames as frames_of
from timing.transports.base import LinkReport, LinkState, RawFrame
from timing.writer import Writer

pytestmark = pytest.mark.django_db(transaction=True)

TABLE = Table(*RACE)
ROWS = {"r1": {"no": "7", "dr": "OTTERS"}, "r2": {"no": "8", "dr": "VOLES"}}
SHORT = {"karts": 6, "minutes": 75, "seed": 4, "mishaps": "all"}
Report = Callable[[LinkReport], None]


class Line:
    """A feed in memory: says what it is given, also later, over any number of connections.

    `heard` counts the frames that the runner asked the next one after.
    """

    def __init__(self, said: Sequence[tuple[int, int, str]]) -> None:
        self.said = list(said)
        self.heard = 0
        self.connections = 0

    async def frames(self, report: Report, first: int) -> AsyncIterator[RawFrame]:
        self.connections += 1
        report(LinkReport(LinkState.LIVE, START_MS))
        begin = self.said[self.heard][1] if self.heard < len(self.said) else 0
        while True:
            while self.heard < len(self.said):
                at, connection, text = self.said[self.heard]
                yield RawFrame(START_MS + at, text, first + connection - begin)
                self.heard += 1
            await asyncio.sleep(0.01)


class Abandoned(FeedRunner):
    """Ends as a killed process does: without a last word."""

    async def _end(self) -> None:
        pass


class House:
    """What runners of this test share."""

    feed: Feed

    def __init__(self, folder: Path) -> None:
        self.layer = InMemoryChannelLayer(capacity=100_000)
        self.writer = Writer()
        self.folder = folder
        self.rotate_s = 1e9

    def runner(
        self, line: Line, kind: type[FeedRunner] = FeedRunner, holder: Holder | None = None
    ) -> FeedRunner:
        source = Source(self.feed.pk, "apex", "ws://x/", line.frames)
        around = Surroundings(
            holder or this_process(),
            self.writer,
            self.layer,
            self.folder,
            self.rotate_s,
            now_ms=lambda: START_MS,
        )
        return kind(source, around)

    async def stored(self, read: Callable[[Feed], Any]) -> Any:
        return await self.writer.call(read, self.feed)


@pytest.fixture
async def house(transactional_db: None, tmp_path: Path) -> AsyncIterator[House]:
    made = House(tmp_path)
    made.feed = await made.writer.call(factories.feed)  # no thread keeps a connection but its own
    yield made
    await made.writer.close()


async def until(true: Callable[[], Any], seconds: float = 90) -> None:
    async with asyncio.timeout(seconds):
        while True:
            found = true()
            if await found if asyncio.iscoroutine(found) else found:
                return
            await asyncio.sleep(0.02)


async def run_until(runner: FeedRunner, true: Callable[[], Any]) -> None:
    task = asyncio.create_task(runner.run())
    try:
        await until(true)
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


def race_of_two_laps() -> list[tuple[int, int, str]]:
    return [
        (0, 0, block(TABLE, ROWS, light="lg")),
        (1_000, 0, "r1|*||\nr2|*||"),
        (61_000, 0, f"{TABLE.cell('r1', 'llp', 'tn', '1:00.000')}\nr1|*|60000|"),
        (62_000, 0, f"{TABLE.cell('r2', 'llp', 'tn', '1:01.000')}\nr2|*|61000|"),
    ]


async def test_a_feed_becomes_the_truth_in_the_database(house: House) -> None:
    made = simulated(**SHORT)
    line = Line(made.frames)
    await run_until(house.runner(line), lambda: line.heard == len(made.frames))

    assert await house.stored(lambda feed: differences(made.truth, races_of(feed))) == []


@pytest.mark.parametrize("kind", [FeedRunner, Abandoned], ids=["stopped", "killed"])
async def test_a_feed_goes_on_after_its_process_ended(house: House, kind: type[FeedRunner]) -> None:
    """Four processes, one after the other; each connects anew, so it begins with the full state."""
    made = simulated(**SHORT)
    blocks = [n for n, (_, _, text) in enumerate(made.frames) if text.startswith("init|r|")]
    cuts = [0, blocks[1], blocks[3], blocks[5], len(made.frames)]
    for begin, end in pairwise(cuts):
        part = Line(made.frames[begin:end])
        await run_until(house.runner(part, kind), lambda p=part: p.heard == len(p.said))
    silent = Line([])
    await run_until(house.runner(silent), lambda: silent.connections)

    assert await house.stored(lambda feed: differences(made.truth, races_of(feed))) == []
    assert await house.stored(lambda feed: Tape.objects.filter(feed=feed).count()) == 1
    (tape,) = house.folder.rglob("*.jsonl")
    assert [frame.msg for frame in frames_of(tape)] == [text for _, _, text in made.frames]


async def test_the_rows_after_a_kill_are_those_of_a_run_without(house: House) -> None:
    said = race_of_two_laps()
    line = Line(said)
    await run_until(house.runner(line, Abandoned), lambda: line.heard == len(said))
    assert await house.stored(lambda feed: Lap.objects.count()) == 0

    again = Line([(63_000, 0, block(TABLE, {"r1": {"no": "7", "llp": "1:00.000"}}, light="lg"))])
    await run_until(house.runner(again), lambda: again.heard == 1)

    laps = await house.stored(
        lambda feed: list(Lap.objects.order_by("at").values_list("entry__key", "number", "ms"))
    )
    assert laps == [("r1", 1, 60_000), ("r2", 1, 61_000)]
    epoch = await house.stored(lambda feed: FeedState.objects.get(feed=feed).epoch)
    assert epoch == 2


async def test_a_stop_leaves_a_resume_point_behind_the_last_frame(house: House) -> None:
    said = race_of_two_laps()
    line = Line(said)
    recorded = lambda feed: line.heard == len(said) and Tape.objects.exists()  # noqa: E731
    await run_until(house.runner(line), lambda: house.stored(recorded))

    (tape,) = house.folder.rglob("*.jsonl")
    point = await house.stored(lambda feed: ResumePoint.objects.get(feed=feed))
    assert point.offset == tape.stat().st_size
    state = await house.stored(lambda feed: FeedState.objects.get(feed=feed))
    assert (state.state, state.holder, state.held_until) == ("idle", "", None)


async def test_boards_are_published_as_one_snapshot_and_differences(house: House) -> None:
    channel = await house.layer.new_channel()
    await house.layer.group_add(HUB_GROUP, channel)
    line = Line(race_of_two_laps()[:2])
    runner = house.runner(line)
    task = asyncio.create_task(runner.run())
    sent: list[dict[str, Any]] = []

    async def laps() -> list[int]:
        """Of the boards that were published so far."""
        sent.extend(await messages(house.layer, channel))
        boards = [json.loads(m["frame"])["data"] for m in sent if m["topic"].startswith("race.")]
        shown = boards[0]["board"] if boards else {"rows": {}}
        for data in boards[1:]:
            shown = patch(shown, data["diff"])
        return [row["laps"] for row in shown["rows"].values()]

    async def published(*wanted: int) -> bool:
        return await laps() == list(wanted)

    await until(lambda: published(0, 0))
    line.said += race_of_two_laps()[2:]
    await until(lambda: published(1, 1))
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task
    state = runner.pipeline.current
    assert state is not None

    assert await laps() == [1, 1]
    boards = [m for m in sent if m["topic"] == f"race.{state.id}"]
    assert [m["seq"] for m in boards] == list(range(1, len(boards) + 1))
    assert {(m["type"], m["epoch"]) for m in boards} == {("hub.frame", 1)}
    of_feed = [json.loads(m["frame"]) for m in sent if m["topic"] == f"feed.{house.feed.pk}"]
    assert {frame["event"] for frame in of_feed} == {"system.status", "race_data_reset"}
    assert of_feed[-1]["data"] | {"at": 0, "seq": 0} == {
        "topic": f"feed.{house.feed.pk}",
        "epoch": 1,
        "seq": 0,
        "at": 0,
        "feed": str(house.feed.pk),
        "race": state.id,
        "state": "idle",
        "data_at": START_MS + 62_000,
        "retry_at": None,
    }


async def messages(layer: InMemoryChannelLayer, channel: str) -> list[dict[str, Any]]:
    found = []
    with suppress(TimeoutError):
        while True:
            async with asyncio.timeout(0.2):
                found.append(await layer.receive(channel))
    return found


async def test_a_feed_that_another_holds_is_left_alone(house: House) -> None:
    def hold(feed: Feed) -> None:
        from_now = timedelta(days=30_000)
        until_then = factories.after(0) + from_now
        FeedState.objects.create(feed=feed, epoch=5, holder="far/1/x", held_until=until_then)

    await house.stored(hold)
    line = Line(race_of_two_laps())
    await asyncio.wait_for(house.runner(line).run(), 60)

    assert (line.connections, list(house.folder.rglob("*.jsonl"))) == (0, [])


async def test_a_runner_stops_when_its_feed_is_taken(house: House) -> None:
    line = Line(race_of_two_laps()[:2])
    runner = house.runner(line)
    task = asyncio.create_task(runner.run())
    await until(lambda: line.heard == 2)
    await house.stored(lambda feed: FeedState.objects.filter(feed=feed).update(epoch=9))
    line.said += race_of_two_laps()[2:]
    await asyncio.wait_for(task, 60)

    assert await house.stored(lambda feed: Lap.objects.count()) == 0
    assert await house.stored(lambda feed: FeedState.objects.get(feed=feed).epoch) == 9


async def test_a_full_disk_does_not_stop_the_race(house: House) -> None:
    said = race_of_two_laps()
    (house.folder / str(house.feed.pk)).write_text("no folder can be made here")
    line = Line(said)
    await run_until(house.runner(line), lambda: line.heard == len(said))

    assert await house.stored(lambda feed: Lap.objects.count()) == 2


async def test_a_tape_that_is_old_is_changed_for_a_new_one(house: House) -> None:
    house.rotate_s = 30
    said = race_of_two_laps()
    said[3:3] = [(61_500, 0, block(TABLE, {"r1": {"no": "7", "llp": "1:00.000"}, "r2": {}}))]
    line = Line(said)
    packed = lambda: any(house.folder.rglob("*.jsonl.gz"))  # noqa: E731
    await run_until(house.runner(line), lambda: line.heard == len(said) and packed())

    found = sorted(path.name for path in house.folder.rglob("*.jsonl*"))
    assert found == ["20260530-100000.jsonl.gz", "20260530-100101.jsonl"]
    tapes = [
        frame.msg for path in sorted(house.folder.rglob("*.jsonl*")) for frame in frames_of(path)
    ]
    assert tapes == [text for _, _, text in said]
    rows = await house.stored(
        lambda feed: [t.closed_at is not None for t in Tape.objects.order_by("started_at")]
    )
    assert rows == [True, False]


async def test_a_session_that_only_flickered_leaves_no_row(house: House) -> None:
    other = Table("no", "dr:Driver", "llp")
    said = [
        (0, 0, block(other, {"r9": {"no": "1"}}, kind="p", name="Test")),
        (5_000, 0, race_of_two_laps()[0][2]),
        *[(at + 5_000, c, text) for at, c, text in race_of_two_laps()[1:]],
    ]
    line = Line(said)
    await run_until(house.runner(line), lambda: line.heard == len(said))

    races = await house.stored(lambda feed: list(Race.objects.values_list("name", "is_live")))
    assert races == [("Final", True)]


async def test_a_reset_race_begins_again(house: House) -> None:
    said = race_of_two_laps()
    line = Line(said)
    runner = house.runner(line)
    task = asyncio.create_task(runner.run())
    await until(lambda: line.heard == 4)
    await until(lambda: house.stored(lambda feed: Lap.objects.count() == 2))
    race = runner.pipeline.routing.current
    line.said += [
        (70_000, 1, block(TABLE, {"r1": {"no": "7"}, "r2": {"no": "8"}}, light="lg")),
        (130_000, 1, TABLE.cell("r1", "llp", "tn", "1:05.000")),
    ]
    await runner.reset(race)
    await until(lambda: line.heard == 6)
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task

    laps = await house.stored(lambda feed: list(Lap.objects.values_list("number", "ms")))
    assert laps == [(1, 65_000)]
    races = await house.stored(lambda feed: [str(race.pk) for race in Race.objects.all()])
    assert races == [race]

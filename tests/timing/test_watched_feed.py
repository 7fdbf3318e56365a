"""A feed and its teams from end to end: frames in; overlays, alerts, rows and deliveries out."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest

from races.models import Feed, Follow, Lap
from teams.models import Delivery, Team, Webhook
from teams.news import HUB_GROUP, INGEST_GROUP
from tests import factories as make
from tests.factories import alerts as made
from tests.timing.apex_feed import START_MS
from tests.timing.test_runner import Abandoned, House, Line, house, run_until, until
from tests.timing.watched import grid, lap, pits
from timing.ingester import Ingester
from timing.lease import this_process
from timing.models import Alert, AlertRule, ResumePoint
from timing.runner import FeedRunner
from timing.seen import Seen
from timing.sources import Surroundings
from timing.watchlist import teams_watching

__all__ = ["house"]  # the fixture

pytestmark = pytest.mark.django_db(transaction=True)

BEGIN = [(0, 0, grid()), (1_000, 0, "r1|*||\nr2|*||")]
STOPS = [(10_000, 0, pits("r2")), (20_000, 0, pits("r1"))]
LAPS = [(61_000, 0, lap("r1", "1:00.000", 60_000)), (62_000, 0, lap("r2", "1:01.000", 61_000))]


class Ear:
    """What hubs hear, by topic."""

    def __init__(self, house: House) -> None:
        self._layer = house.layer
        self.heard: list[tuple[str, dict[str, Any]]] = []

    async def listen(self) -> None:
        channel = await self._layer.new_channel()
        await self._layer.group_add(HUB_GROUP, channel)
        while True:
            message = await self._layer.receive(channel)
            self.heard.append((message["topic"], json.loads(message["frame"])))

    def alerts(self) -> list[tuple[str, str]]:
        return [
            (topic, frame["data"]["alert"]["title"])
            for topic, frame in self.heard
            if frame["event"] == "alert"
        ]

    def alerts_of(self, team: Team) -> list[str]:
        return [title for topic, title in self.alerts() if topic == f"team.{team.pk}.alerts"]

    def overlays(self, team: Team) -> list[dict[str, Any]]:
        return [
            frame["data"]
            for topic, frame in self.heard
            if topic.startswith(f"team.{team.pk}.race.")
        ]


@pytest.fixture
async def ear(house: House) -> AsyncIterator[Ear]:
    found = Ear(house)
    task = asyncio.create_task(found.listen())
    yield found
    task.cancel()


class Two:
    """Two teams on one feed: each has its kart, the other for a rival, and a rule of its own."""

    def __init__(self, feed: Feed) -> None:
        self.otters, self.voles = make.team("Otters"), make.team("Voles")
        for team in (self.otters, self.voles):
            Follow.objects.create(team=team, feed=feed)
            Webhook.objects.create(team=team, name="x", url="https://x.example/", secret="s")
        made.monitor(self.otters, feed, kind="ours", value="7")
        made.monitor(self.otters, feed, value="8")
        made.monitor(self.voles, feed, kind="ours", value="8")
        self.rule = made.rule(self.otters, kind="pit_in", subject="rivals", webhook=True)
        made.rule(self.voles, kind="pit_in", subject="any", feed=feed)


@pytest.fixture
async def two(house: House) -> Two:
    return await house.stored(Two)


@asynccontextmanager
async def running(runner: FeedRunner) -> AsyncIterator[FeedRunner]:
    task = asyncio.create_task(runner.run())
    try:
        yield runner
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


def rows(feed: Feed) -> list[tuple[str, str]]:
    return sorted(Alert.objects.values_list("team__name", "title"))


async def test_two_teams_on_one_feed(house: House, two: Two, ear: Ear) -> None:
    line = Line(BEGIN + STOPS + LAPS)
    async with running(house.runner(line)):
        await until(lambda: line.heard == len(line.said))
        await until(lambda: house.stored(lambda feed: len(rows(feed)) == 3))
        await until(lambda: house.stored(lambda feed: Lap.objects.count() == 2))
        await until(lambda: ear.overlays(two.otters) and ear.overlays(two.voles))

    assert line.connections == 1
    assert ear.alerts_of(two.otters) == ["Kart 8 in the pits"]
    assert ear.alerts_of(two.voles) == ["Kart 8 in the pits", "Kart 7 in the pits"]
    assert await house.stored(rows) == [
        ("Otters", "Kart 8 in the pits"),
        ("Voles", "Kart 7 in the pits"),
        ("Voles", "Kart 8 in the pits"),
    ]
    mine, theirs = ear.overlays(two.otters)[-1], ear.overlays(two.voles)[-1]
    assert [one["number"] for one in mine["overlay"]["ours"]] == ["7"]
    assert [one["number"] for one in mine["overlay"]["watched"]] == ["8"]
    assert ([one["number"] for one in theirs["overlay"]["ours"]], theirs["overlay"]["watched"]) == (
        ["8"],
        [],
    )
    assert {each["epoch"] for each in (mine, theirs)} == {1}


async def test_an_alert_leaves_by_the_ways_of_its_rule(house: House, two: Two) -> None:
    line = Line(BEGIN + STOPS)
    async with running(house.runner(line)):
        await until(lambda: house.stored(lambda feed: len(rows(feed)) == 3))
    alert = await house.stored(lambda feed: Alert.objects.get(team=two.otters))
    (delivery,) = await house.stored(lambda feed: list(Delivery.objects.all()))

    assert (delivery.team_id, delivery.channel, delivery.subject) == (
        two.otters.pk,
        "webhook",
        "Kart 8 in the pits",
    )
    assert delivery.body == {
        "title": "Kart 8 in the pits",
        "text": "VOLES · Stop 1, after lap 0",
        "url": f"/t/otters/feeds/{house.feed.pk}/",
        "severity": "warning",
        "alert": {
            "id": str(alert.pk),
            "feed": str(house.feed.pk),
            "race": str(alert.race),
            "kind": "pit_in",
            "severity": "warning",
            "key": "r2",
            "number": "8",
            "title": "Kart 8 in the pits",
            "detail": "VOLES · Stop 1, after lap 0",
            "sound": False,
            "at": START_MS + 10_000,
            "seen_at": None,
            "seen_by": "",
        },
    }


def long_ago(feed: Feed) -> None:
    """The rules are older than the race, which took place in the tests' own time."""
    for model in (AlertRule, made.Monitor):
        model.objects.update(created_at=make.after(0))


AGAIN = [(15_000, 0, grid()), (16_000, 0, "r1|*||\nr2|*in|0")]  # it connects anew


async def test_after_a_kill_what_was_written_is_not_told_again(
    house: House, two: Two, ear: Ear
) -> None:
    await house.stored(long_ago)
    first = Line(BEGIN + STOPS[:1])
    async with running(house.runner(first, Abandoned)):
        await until(lambda: house.stored(lambda feed: len(rows(feed)) == 2))
    second = Line(AGAIN + STOPS[1:])
    async with running(house.runner(second)):
        await until(lambda: house.stored(lambda feed: len(rows(feed)) == 3))
    third = Line([])
    await run_until(house.runner(third), lambda: third.connections)

    assert ear.alerts_of(two.otters) == ["Kart 8 in the pits"]
    assert ear.alerts_of(two.voles) == ["Kart 8 in the pits", "Kart 7 in the pits"]
    assert await house.stored(lambda feed: len(rows(feed))) == 3
    assert await house.stored(lambda feed: Delivery.objects.count()) == 1


async def test_after_a_kill_what_was_not_written_is_not_lost(
    house: House, two: Two, ear: Ear
) -> None:
    await house.stored(long_ago)
    first, frozen = Line(BEGIN), threading.Event()
    async with running(house.runner(first, Abandoned)):
        await until(lambda: house.stored(lambda feed: ResumePoint.objects.exists()))
        hanging = asyncio.create_task(house.writer.call(frozen.wait, 120))
        first.said += STOPS[:1]
        await until(lambda: len(ear.alerts()) == 2)
    frozen.set()
    await hanging
    assert await house.stored(rows) == []

    second = Line(AGAIN)
    async with running(house.runner(second)):
        await until(lambda: house.stored(lambda feed: len(rows(feed)) == 2))
        await until(lambda: len(ear.alerts()) == 4)  # who has it already knows it by its id
    ids = [frame["data"]["alert"]["id"] for _, frame in ear.heard if frame["event"] == "alert"]
    assert sorted(ids[:2]) == sorted(ids[2:])
    assert await house.stored(lambda feed: Delivery.objects.count()) == 1


async def test_a_database_that_hangs_holds_up_no_alert(house: House, two: Two, ear: Ear) -> None:
    line, frozen = Line(BEGIN), threading.Event()
    async with running(house.runner(line)):
        await until(lambda: house.stored(lambda feed: line.heard == len(line.said)))
        hanging = asyncio.create_task(house.writer.call(frozen.wait, 120))
        line.said += STOPS
        await until(lambda: len(ear.alerts()) == 3)
        assert not hanging.done()
        frozen.set()
        await until(lambda: house.stored(lambda feed: len(rows(feed)) == 3))


async def test_an_alert_that_is_seen_before_it_is_stored_is_stored_as_seen(
    house: House, two: Two, ear: Ear
) -> None:
    line, frozen = Line(BEGIN), threading.Event()
    async with running(house.runner(line)) as runner:
        await until(lambda: line.heard == len(line.said))
        hanging = asyncio.create_task(house.writer.call(frozen.wait, 120))
        line.said += STOPS[:1]
        await until(lambda: ear.alerts_of(two.otters))
        topic = f"team.{two.otters.pk}.alerts"
        told = next(frame["data"] for heard, frame in ear.heard if heard == topic)
        runner.see(Seen.of(seen_of(two.otters, told["alert"]["id"])))
        frozen.set()
        await hanging
        await until(lambda: house.stored(lambda feed: Alert.objects.exclude(seen_at=None).exists()))

    found = await house.stored(lambda feed: list(Alert.objects.exclude(seen_at=None)))
    assert [str(alert.pk) for alert in found] == [told["alert"]["id"]]


def seen_of(team: Team, alert: str) -> dict[str, Any]:
    return Seen(team.pk, (UUID(alert),), None, datetime.now(UTC), None).message()


async def test_an_alert_outlives_its_rule(house: House, two: Two) -> None:
    line, frozen = Line(BEGIN), threading.Event()
    async with running(house.runner(line)) as runner:
        await until(lambda: line.heard == len(line.said))
        hanging = asyncio.create_task(house.writer.call(frozen.wait, 120))
        line.said += STOPS[:1]
        await until(lambda: line.heard == len(line.said))
        deleting = asyncio.create_task(house.stored(lambda feed: two.rule.delete()))
        teams = asyncio.create_task(house.stored(lambda feed: two.voles.delete()))
        frozen.set()
        await asyncio.gather(hanging, deleting, teams)
        await until(lambda: house.stored(lambda feed: Alert.objects.exists()))
        assert runner.pipeline.current is not None

    left = await house.stored(lambda feed: list(Alert.objects.values_list("team", "rule")))
    assert left == [(two.otters.pk, None)]


async def test_a_reset_is_no_alert_and_the_next_stop_is(house: House, two: Two, ear: Ear) -> None:
    line = Line(BEGIN + STOPS[:1])
    async with running(house.runner(line)) as runner:
        await until(lambda: len(ear.alerts()) == 2)
        line.said += [
            (30_000, 1, grid()),
            (31_000, 1, "r1|*||\nr2|*||"),
            (40_000, 1, pits("r2")),
        ]
        await runner.reset(runner.pipeline.routing.current)
        await until(lambda: len(ear.alerts()) == 4)
        await until(lambda: house.stored(lambda feed: len(rows(feed)) == 4))

    assert ear.alerts_of(two.otters) == ear.alerts_of(two.voles) == ["Kart 8 in the pits"] * 2


# -- the ingester: whoever watches something else is heard at once


@asynccontextmanager
async def ingesting(
    house: House, line: Line, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Ingester]:
    monkeypatch.setattr("timing.groups.get_channel_layer", lambda: house.layer)
    around = Surroundings(
        this_process(), house.writer, house.layer, house.folder, 1e9, lambda: START_MS
    )
    ingester = Ingester(around, limit=1, builtin={house.feed.pk: line.frames})
    stop = asyncio.Event()
    task = asyncio.create_task(ingester.run(stop))
    try:
        await until(lambda: line.heard == len(line.said))
        yield ingester
    finally:
        stop.set()
        await task


async def say(house: House, message: dict[str, Any]) -> None:
    await house.layer.group_send(INGEST_GROUP, message)


async def test_a_new_rule_holds_from_the_next_frame_on(
    house: House, two: Two, ear: Ear, monkeypatch: pytest.MonkeyPatch
) -> None:
    line = Line(BEGIN)
    async with ingesting(house, line, monkeypatch) as ingester:
        await until(lambda: ear.overlays(two.otters))
        await house.stored(
            lambda feed: made.rule(two.otters, kind="pit_in", subject="ours", feed=feed)
        )
        await say(house, {"type": "watch.changed", "team": str(two.otters.pk)})
        runner, _ = ingester.runners[house.feed.pk]
        watch = lambda: runner._watches._teams[str(two.otters.pk)].watching.watch  # noqa: E731
        await until(lambda: len(watch().rules) == 2)
        line.said += STOPS[1:]
        await until(lambda: len(ear.alerts()) == 2)

    assert ear.alerts_of(two.otters) == ear.alerts_of(two.voles) == ["Kart 7 in the pits"]


async def test_who_unfollows_is_told_nothing_more(
    house: House, two: Two, ear: Ear, monkeypatch: pytest.MonkeyPatch
) -> None:
    line = Line(BEGIN)
    async with ingesting(house, line, monkeypatch):
        await until(lambda: ear.overlays(two.otters))
        await house.stored(lambda feed: Follow.objects.filter(team=two.otters).delete())
        await say(house, {"type": "watch.changed", "team": str(two.otters.pk)})
        await until(lambda: not ear.overlays(two.otters)[-1]["overlay"]["ours"])
        line.said += STOPS
        await until(lambda: len(ear.alerts()) == 2)
        await until(lambda: house.stored(lambda feed: len(rows(feed)) == 2))

    assert ear.alerts_of(two.otters) == []


async def test_an_overlay_is_said_again_to_who_asks(
    house: House, two: Two, ear: Ear, monkeypatch: pytest.MonkeyPatch
) -> None:
    line = Line(BEGIN)
    stranger = UUID(int=7)
    async with ingesting(house, line, monkeypatch) as ingester:
        await until(lambda: ear.overlays(two.otters))
        race = ingester.runners[house.feed.pk][0].pipeline.routing.current
        for team in (two.otters.pk, stranger):
            topic = f"team.{team}.race.{race}"
            await say(house, {"type": "snapshot.wanted", "topic": topic})
        await until(lambda: len(ear.overlays(two.otters)) == 2)
        await until(lambda: ear.overlays(Team(pk=stranger)))

    first, again = ear.overlays(two.otters)
    assert first == again
    assert ear.overlays(Team(pk=stranger))[0]["overlay"]["watched"] == []


async def test_what_teams_watch_is_read_for_all_feeds_at_once(house: House, two: Two) -> None:
    feeds = await house.stored(lambda feed: [feed.pk, make.followed_feed(two.otters).pk])
    found = await house.stored(lambda feed: teams_watching(feeds))
    assert {pk: len(teams) for pk, teams in found.items()} == {feeds[0]: 2, feeds[1]: 1}

"""Channels of a team: its overlay, its alerts. Who may hear them, and how they are heard."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from channels.layers import get_channel_layer

from displays.frames import Batch
from displays.hub import Hub, Subscription, hub
from displays.news_log import RING_NEWS, NewsLog
from teams import jwt, tokens
from teams.enums import Role
from teams.models import Membership
from teams.scoping import every_team, scope
from tests import factories as make
from tests.displays.frames import STAMP, frame
from tests.displays.paddock import Paddock, no, ok, said
from tests.displays.sockets import PATIENCE_S, a_socket, publish

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("fresh_hub")]

UNKNOWN = "0d9f1d1c-ffff-4fff-8fff-ffffffffffff"


@pytest.fixture
def paddock(transactional_db) -> Paddock:
    return Paddock()


def overlay(topic: str, seq: int, *, epoch: int = 1, plan: str = "") -> dict[str, Any]:
    return frame("gap_update", topic, epoch, seq, overlay={"plan": plan, "watched": []})


def alert(topic: str, number: int) -> dict[str, Any]:
    data = {"topic": topic, "alert": {"id": number}}
    text = {"type": "dashboard_event", "event": "alert", "data": data, "timestamp": STAMP}
    return {"type": "hub.news", "topic": topic, "event": "alert", "frame": json.dumps(text)}


def asked(paddock: Paddock) -> list[str]:
    red, blue = paddock.red.pk, paddock.blue.pk
    return [
        f"team.{red}.race.{paddock.red_race.pk}",
        f"team.{red}.race.{paddock.both_race.pk}",
        f"team.{red}.race.{paddock.blue_race.pk}",
        f"team.{red}.race.{paddock.lonely_race.pk}",
        f"team.{red}.race.{UNKNOWN}",
        f"team.{red}.alerts",
        f"team.{blue}.race.{paddock.blue_race.pk}",
        f"team.{blue}.race.{paddock.red_race.pk}",
        f"team.{blue}.alerts",
        f"team.{UNKNOWN}.race.{paddock.red_race.pk}",
        f"team.{UNKNOWN}.alerts",
        "alerts",
    ]


def allowed(*numbers: int) -> list[bool]:
    return [number in numbers for number in range(12)]


@pytest.mark.parametrize(
    ("role", "expected"),
    [
        (Role.VIEWER, allowed(0, 1)),
        (Role.MEMBER, allowed(0, 1, 5, 11)),
        (Role.MANAGER, allowed(0, 1, 5, 11)),
        (Role.OWNER, allowed(0, 1, 5, 11)),
    ],
)
async def test_a_role_opens_what_it_allows_and_a_refusal_does_not_say_why(
    role: Role, expected: list[bool], paddock: Paddock
) -> None:
    person = await sync_to_async(make.member)(paddock.red, "rita", role=role)
    channels = asked(paddock)
    async with a_socket(user=person) as socket:
        await socket.hear()
        answers = [await socket.subscribe(channel) for channel in channels]
    assert answers == [
        ok(channel) if may else no(channel) for channel, may in zip(channels, expected, strict=True)
    ]


async def test_who_belongs_to_no_team_hears_of_none(paddock: Paddock) -> None:
    channels = asked(paddock)
    async with a_socket(user=paddock.stranger) as socket:
        await socket.hear()
        assert [await socket.subscribe(each) for each in channels] == [no(c) for c in channels]


async def test_a_race_of_one_team_has_no_overlay_of_the_persons_other_team(
    paddock: Paddock,
) -> None:
    def join() -> None:
        with every_team("test"):
            Membership.objects.create(team=paddock.blue, user=paddock.ada)

    await sync_to_async(join)()
    mixed = f"team.{paddock.blue.pk}.race.{paddock.red_race.pk}"
    async with a_socket(user=paddock.ada) as socket:
        await socket.hear()
        assert await socket.subscribe(mixed) == no(mixed)


# -- tokens


@sync_to_async
def token(kind: str, paddock: Paddock) -> str:
    """Of the red team, for ada who is in the blue one as well."""
    with every_team("test"):
        Membership.objects.create(team=paddock.blue, user=paddock.ada)
    if kind == "jwt":
        return jwt.issue(user=paddock.ada, team=paddock.red).access
    with scope(paddock.red):
        made = tokens.create_token(
            team=paddock.red, name="TV", access="read", created_by=paddock.ada
        )
    return made[1]


@pytest.mark.parametrize("kind", ["jwt", "key"])
async def test_a_token_opens_its_team_and_no_other(kind: str, paddock: Paddock) -> None:
    channels = [*asked(paddock), f"race.{paddock.red_race.pk}", f"race.{paddock.blue_race.pk}"]
    expected = [*allowed(0, 1, 5, 11), True, False]
    text = await token(kind, paddock)
    async with a_socket() as socket:
        await socket.say({"type": "auth", "token": text})
        welcome = await socket.hear()
        answers = [await socket.subscribe(channel) for channel in channels]
    assert (welcome["type"], welcome["user_id"]) == (
        "auth_success",
        str(paddock.ada.pk) if kind == "jwt" else None,
    )
    assert answers == [
        ok(channel) if may else no(channel) for channel, may in zip(channels, expected, strict=True)
    ]


@pytest.mark.parametrize("kind", ["refresh", "shortened", "another"])
async def test_a_token_that_is_none_opens_nothing(kind: str, paddock: Paddock) -> None:
    key = await token("key", paddock)
    refresh = await sync_to_async(lambda: jwt.issue(user=paddock.ada, team=paddock.red).refresh)()
    text = {"refresh": refresh, "shortened": key[:-1], "another": f"{key[:-1]}é"}[kind]
    async with a_socket() as socket:
        await socket.say({"type": "auth", "token": text})
        assert await socket.hear() == {"type": "auth_error", "error": "Invalid token"}
        assert await socket.closed() == 4401


async def test_tokens_have_so_many_sockets_and_no_more(settings, paddock: Paddock) -> None:
    settings.MAX_CONNECTIONS_PER_USER = 1
    text = await token("key", paddock)
    async with a_socket() as first, a_socket() as second:
        await first.say({"type": "auth", "token": text})
        assert (await first.hear())["type"] == "auth_success"
        await second.say({"type": "auth", "token": text})
        assert (await second.hear())["error"] == "Too many connections."
        assert await second.closed() == 4429


# -- overlays


async def test_whoever_comes_late_gets_the_last_overlay(paddock: Paddock) -> None:
    topic = f"team.{paddock.red.pk}.race.{paddock.red_race.pk}"
    await publish(overlay(topic, 1), overlay(topic, 2), last := overlay(topic, 3, plan="wait"))
    async with a_socket(user=paddock.ada) as socket:
        await socket.hear()
        await socket.subscribe(topic)
        assert await socket.hear() == said(last)
        assert await socket.hears_nothing()
        await publish(overlay(topic, 3, plan="again"))
        assert await socket.hears_nothing(), "the number is known"
        await publish(after := overlay(topic, 4))
        assert await socket.hear() == said(after)
        await publish(restart := overlay(topic, 0, epoch=2))
        assert await socket.hear() == said(restart)
    assert await asyncio.to_thread(hub.latest, topic) == said(restart)["data"]
    assert hub.latest("team.x.race.y") is None


async def test_an_overlay_that_is_lacking_is_asked_for(paddock: Paddock) -> None:
    layer = get_channel_layer()
    channel = await layer.new_channel()
    await layer.group_add("ingest", channel)
    topic = f"team.{paddock.red.pk}.race.{paddock.red_race.pk}"
    async with a_socket(user=paddock.ada) as socket:
        await socket.hear()
        await socket.subscribe(f"team.{paddock.red.pk}.alerts")
        await socket.subscribe(topic)
        async with asyncio.timeout(PATIENCE_S):
            assert await layer.receive(channel) == {"type": "snapshot.wanted", "topic": topic}
        await publish(found := overlay(topic, 7))
        assert await socket.hear() == said(found)


async def test_no_overlay_reaches_who_was_refused(paddock: Paddock) -> None:
    topic = f"team.{paddock.red.pk}.race.{paddock.both_race.pk}"
    own = f"team.{paddock.blue.pk}.race.{paddock.both_race.pk}"
    async with a_socket(user=paddock.bob) as socket:
        await socket.hear()
        await socket.subscribe(topic)
        await socket.subscribe(own)
        await publish(overlay(topic, 1, plan="secret"), overlay(own, 1, plan="ours"))
        assert (await socket.hear())["data"]["overlay"]["plan"] == "ours"
        assert await socket.hears_nothing()


# -- alerts


async def test_alerts_come_once_each_and_in_order_to_whoever_listens(paddock: Paddock) -> None:
    topic = f"team.{paddock.red.pk}.alerts"
    await publish(alert(topic, 0))
    async with a_socket(user=paddock.ada) as socket:
        await socket.hear()
        await socket.subscribe("alerts")
        await publish(*(sent := [alert(topic, number) for number in (1, 2, 3)]))
        assert [await socket.hear() for _ in sent] == [said(each) for each in sent]
        assert await socket.hears_nothing(), "what was told before is fetched over HTTP"


async def test_alerts_of_another_team_are_not_heard(paddock: Paddock) -> None:
    red, blue = f"team.{paddock.red.pk}.alerts", f"team.{paddock.blue.pk}.alerts"
    async with a_socket(user=paddock.ada) as ada, a_socket(user=paddock.bob) as bob:
        for socket in (ada, bob):
            await socket.hear()
            await socket.subscribe("alerts")
            await socket.subscribe(red)
        await bob.subscribe(blue)
        await publish(alert(red, 1), alert(blue, 2))
        heard = [await ada.hear(), await ada.hear()]
        assert [each["data"]["alert"]["id"] for each in heard] == [1, 1], "by both channels"
        heard = [await bob.hear(), await bob.hear()]
        assert [each["data"]["alert"]["id"] for each in heard] == [2, 2]
        assert await ada.hears_nothing()
        assert await bob.hears_nothing()


class Sleeper:
    def push(self, _batch: Batch) -> bool:
        return False

    def wake(self) -> None: ...


def test_who_falls_behind_loses_the_oldest_news() -> None:
    hub = Hub()
    slow = hub.subscribe("team.x.alerts", Sleeper())
    for number in range(RING_NEWS + 10):
        hub.deliver(alert("team.x.alerts", number))

    heard = [json.loads(text)["data"]["alert"]["id"] for text in _read(slow)]

    assert heard == list(range(10, RING_NEWS + 10))
    assert slow.next() is None


def _read(subscription: Subscription) -> list[str]:
    return [frame.text for _ in range(1000) if (frame := subscription.next())]


def test_news_that_nobody_here_waits_for_is_kept_nowhere() -> None:
    hub = Hub()
    hub.deliver(alert("team.x.alerts", 1))
    gone = hub.subscribe("team.y.alerts", Sleeper())
    hub.unsubscribe(gone)
    hub.deliver(alert("team.y.alerts", 1))

    assert hub.stats() == {"topics": 1, "subscriptions": 0, "gaps": 0, "refused": 0}
    assert hub.subscribe("team.y.alerts", Sleeper()).next() is None


def test_messages_that_make_no_sense_are_passed_over() -> None:
    hub = Hub()
    for message in ({}, {"type": "hub.news"}, {"type": "hub.frame"}, {"type": "hub.access"}):
        hub.deliver(message)
    assert hub.delivered == 4


def test_a_reader_of_news_hears_what_comes_after_it_came() -> None:
    log = NewsLog()
    log.take("before")
    heard = log.told
    log.take("after")

    found = log.after(heard)
    assert found is not None
    assert (found[0].text, found[1]) == ("after", 2)
    assert log.after(2) is None

"""Sockets that outlive the right to be there: ended on news of it, and within a minute without."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from django.db import OperationalError
from django.test import Client
from django.utils import timezone

from displays import looks
from displays.access import Grant, TokenViewer
from displays.frames import Batch
from displays.hub import Hub
from displays.models import Display
from displays.services import delete_display, switch_display
from displays.subscriptions import Subscriptions
from races.models import Follow
from races.services import unfollow_feed
from teams import jwt, news, tokens
from teams.enums import Role
from teams.models import ApiToken, Membership, Session, User
from teams.scoping import every_team, scope
from teams.services import delete_team
from tests import factories as make
from tests.displays.frames import OTHER_RACE, RACE, Ingester, frame
from tests.displays.paddock import Paddock, ingesting, no, ok, said
from tests.displays.sockets import Socket, a_socket, publish

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("fresh_hub")]

OUT = {"type": "auth_error", "error": "You are no longer in this team."}
SIGNED_OUT = {"type": "auth_error", "error": "You are signed out."}

LetKnow = Callable[[User], Awaitable[None]]


@pytest.fixture
def paddock(transactional_db) -> Paddock:
    return Paddock()


@sync_to_async
def remove(user: User) -> None:
    with every_team("test"):
        Membership.objects.filter(user=user).delete()


@sync_to_async
def change_role(user: User, role: Role) -> None:
    with every_team("test"):
        Membership.objects.filter(user=user).update(role=role)


async def by_this_process(user: User) -> None:
    await sync_to_async(news.access_changed)(users=[user.pk])


async def by_another_process(user: User) -> None:
    await publish({"type": "hub.access", "users": [user.pk]})


async def by_nobody(user: User) -> None:
    """Its news was lost: the look of every minute finds it."""


@pytest.fixture(params=[by_this_process, by_another_process, by_nobody])
def let_know(request, monkeypatch) -> LetKnow:
    if request.param is by_nobody:
        monkeypatch.setattr(looks, "RECHECK_S", 0.2)
    told: LetKnow = request.param
    return told


async def test_who_is_removed_from_the_team_loses_the_socket(
    let_know: LetKnow, paddock: Paddock
) -> None:
    ingester = ingesting(paddock.red_race)
    async with a_socket(user=paddock.ada) as socket:
        await socket.hear()
        await socket.subscribe(ingester.topic)
        await remove(paddock.ada)
        await let_know(paddock.ada)
        assert await socket.hear() == OUT
        assert await socket.closed() == 4403
    async with a_socket(user=paddock.ada) as again:
        assert (await again.hear())["type"] == "auth_success"
        assert await again.subscribe(ingester.topic) == no(ingester.topic)


async def test_the_page_that_removes_a_member_ends_the_socket(paddock: Paddock) -> None:
    def remove_on_the_page() -> None:
        browser = Client()
        browser.force_login(make.member(paddock.red, "olga", role=Role.OWNER))
        with every_team("test"):
            pk = Membership.objects.get(user=paddock.ada).pk
        browser.post(f"/t/red/members/{pk}/remove/")

    async with a_socket(user=paddock.ada) as socket:
        await socket.hear()
        await sync_to_async(remove_on_the_page)()
        assert await socket.hear() == OUT
        assert await socket.closed() == 4403


async def test_who_signs_out_loses_the_socket(let_know: LetKnow, paddock: Paddock) -> None:
    async with a_socket(user=paddock.ada) as socket:
        await socket.hear()
        await let_know(paddock.ada)
        assert await socket.hears_nothing(), "nothing has changed"
        await sync_to_async(Session.objects.all().delete)()
        await let_know(paddock.ada)
        assert await socket.hear() == SIGNED_OUT
        assert await socket.closed() == 4401


async def test_who_has_another_password_loses_the_socket(
    let_know: LetKnow, paddock: Paddock
) -> None:
    def change() -> None:
        paddock.ada.set_password("another one")
        paddock.ada.save()

    async with a_socket(user=paddock.ada) as socket:
        await socket.hear()
        await sync_to_async(change)()
        await let_know(paddock.ada)
        assert await socket.hear() == SIGNED_OUT
        assert await socket.closed() == 4401


async def test_another_role_costs_what_it_does_not_allow(paddock: Paddock) -> None:
    alerts, race = f"team.{paddock.red.pk}.alerts", f"race.{paddock.red_race.pk}"
    async with a_socket(user=paddock.ada) as socket:
        await socket.hear()
        assert [await socket.subscribe(alerts), await socket.subscribe(race)] == [
            ok(alerts),
            ok(race),
        ]
        await change_role(paddock.ada, Role.VIEWER)
        await by_another_process(paddock.ada)
        assert await socket.hear() == no(alerts, "No longer available.")
        assert await socket.hears_nothing(), "the race is a viewer's too"


async def test_news_of_others_costs_nothing(paddock: Paddock) -> None:
    async with a_socket(user=paddock.ada) as socket:
        await socket.hear()
        await remove(paddock.bob)
        await by_another_process(paddock.bob)
        assert await socket.hears_nothing()


async def test_an_unfollowed_feed_takes_its_subscriptions(monkeypatch, paddock: Paddock) -> None:
    monkeypatch.setattr(looks, "RECHECK_S", 0.2)

    def unfollow() -> None:
        with every_team("test"):
            Follow.objects.filter(team=paddock.red, feed=paddock.both_feed).delete()

    channel = f"race.{paddock.both_race.pk}"
    async with a_socket(user=paddock.ada) as socket:
        await socket.hear()
        await socket.subscribe(channel)
        await sync_to_async(unfollow)()
        assert await socket.hear() == no(channel, "No longer available.")


async def test_who_unfollows_a_feed_loses_it_at_once(paddock: Paddock) -> None:
    def unfollow() -> None:
        with scope(paddock.red):
            unfollow_feed(team=paddock.red, feed=paddock.both_feed)

    race, feed = f"race.{paddock.both_race.pk}", f"feed.{paddock.both_feed.pk}"
    async with a_socket(user=paddock.ada) as socket:
        await socket.hear()
        assert [await socket.subscribe(race), await socket.subscribe(feed)] == [ok(race), ok(feed)]
        await sync_to_async(unfollow)()
        lost = [await socket.hear(), await socket.hear()]
        assert lost == [no(race, "No longer available."), no(feed, "No longer available.")]


async def test_a_database_that_is_away_costs_nobody_the_race(monkeypatch, paddock: Paddock) -> None:
    looks = []

    def fails(self: Any, channels: Any) -> None:
        looks.append(channels)
        raise OperationalError

    ingester = ingesting(paddock.red_race)
    async with a_socket(user=paddock.ada) as socket:
        await socket.hear()
        await socket.subscribe(ingester.topic)
        monkeypatch.setattr("displays.access.PersonViewer.look", fails)
        await by_another_process(paddock.ada)
        while not looks:
            await asyncio.sleep(0.01)
        await publish(whole := ingester.whole())
        assert await socket.hear() == said(whole)


async def test_who_joins_another_team_hears_its_alerts_too(paddock: Paddock) -> None:
    def join() -> None:
        with every_team("test"):
            Membership.objects.create(team=paddock.blue, user=paddock.ada)

    async with a_socket(user=paddock.ada) as socket:
        await socket.hear()
        await socket.subscribe("alerts")
        await sync_to_async(join)()
        await by_another_process(paddock.ada)
        await socket.subscribe(f"race.{paddock.blue_race.pk}")  # after the look, which it waits for
        await publish(a_word(f"team.{paddock.blue.pk}.alerts"))
        assert (await socket.hear())["event"] == "alert"


def a_word(topic: str) -> dict[str, Any]:
    return frame("alert", topic, 0, 0) | {"type": "hub.news"}


# -- tokens


@sync_to_async
def a_pair(paddock: Paddock) -> jwt.Pair:
    return jwt.issue(user=paddock.ada, team=paddock.red)


@sync_to_async
def a_key(paddock: Paddock, **fields: Any) -> tuple[ApiToken, str]:
    with scope(paddock.red):
        return tokens.create_token(
            team=paddock.red, name="TV", access="read", created_by=paddock.ada, **fields
        )


async def greeted(socket: Socket, token: str) -> Any:
    await socket.say({"type": "auth", "token": token})
    return await socket.hear()


async def test_a_token_that_is_revoked_ends_its_socket(paddock: Paddock) -> None:
    pair = await a_pair(paddock)
    async with a_socket() as socket:
        assert (await greeted(socket, pair.access))["user_id"] == str(paddock.ada.pk)
        await sync_to_async(jwt.revoke)(pair.refresh)
        assert await socket.hear() == SIGNED_OUT
        assert await socket.closed() == 4401


async def test_a_key_that_is_revoked_ends_its_socket(paddock: Paddock) -> None:
    token, key = await a_key(paddock)

    def revoke() -> None:
        with scope(paddock.red):
            tokens.revoke_token(token=token)

    async with a_socket() as socket:
        assert (await greeted(socket, key))["user_id"] is None
        await sync_to_async(revoke)()
        assert await socket.hear() == SIGNED_OUT
        assert await socket.closed() == 4401


async def test_a_team_that_is_deleted_takes_its_keys_along(paddock: Paddock) -> None:
    _token, key = await a_key(paddock)

    def delete() -> None:
        with scope(paddock.red):
            delete_team(team=paddock.red, typed="Red")

    async with a_socket() as socket:
        await greeted(socket, key)
        await sync_to_async(delete)()
        assert await socket.hear() == SIGNED_OUT
        assert await socket.closed() == 4401


async def test_who_leaves_the_team_of_the_token_loses_the_socket(paddock: Paddock) -> None:
    pair = await a_pair(paddock)
    async with a_socket() as socket:
        await greeted(socket, pair.access)
        await remove(paddock.ada)
        await by_another_process(paddock.ada)
        assert await socket.hear() == OUT
        assert await socket.closed() == 4403


@pytest.mark.parametrize("kind", ["jwt", "key"])
async def test_a_token_that_expires_ends_its_socket(
    kind: str, monkeypatch, paddock: Paddock
) -> None:
    late = timezone.now() + timedelta(days=2)
    pk, text = 0, (await a_pair(paddock)).access
    if kind == "key":
        token, text = await a_key(paddock, expires_at=late - timedelta(days=1))
        pk = token.pk
    async with a_socket() as socket:
        await greeted(socket, text)
        monkeypatch.setattr("django.utils.timezone.now", lambda: late)
        await publish({"type": "hub.access", "users": [paddock.ada.pk], "tokens": [pk]})
        assert await socket.hear() == SIGNED_OUT
        assert await socket.closed() == 4401


def test_the_next_look_is_due_when_a_token_expires_at_the_latest() -> None:
    def wait(until: float | None) -> float:
        return looks._until_next_look(60.0, TokenViewer(1, until, uuid.uuid4()), now=1000.0)

    assert (wait(None), wait(5000.0), wait(1010.5), wait(900.0)) == (60.0, 60.0, 10.5, 0.0)


# -- what a channel stands for


class Sleeper:
    def push(self, _batch: Batch) -> bool:
        return False

    def wake(self) -> None: ...


def read(subscriptions: Subscriptions) -> list[str]:
    return [frame.text for _ in range(9) if (frame := subscriptions.next())]


def test_a_channel_that_stands_for_another_topic_goes_on_there() -> None:
    hub = Hub()
    subscriptions = Subscriptions(hub, Sleeper())
    here, there = Ingester(), Ingester(topic=f"race.{OTHER_RACE}")
    first, second = here.whole(), there.whole()
    for each in (first, second):
        hub.deliver(each)
    subscriptions.begin("display.x", Grant((f"race.{RACE}",)))
    assert read(subscriptions) == [first["frame"]]

    subscriptions.renew("display.x", Grant((f"race.{OTHER_RACE}",)))

    assert read(subscriptions) == [second["frame"]]
    hub.deliver(here.laps(1)[0])
    hub.deliver(change := there.laps(1)[0])
    assert read(subscriptions) == [change["frame"]]
    subscriptions.renew("display.x", Grant((f"race.{OTHER_RACE}",)))
    subscriptions.renew("unknown", Grant(("dashboard",)))
    assert read(subscriptions) == []
    subscriptions.end_all()
    assert hub.stats()["subscriptions"] == 0


async def test_a_display_that_is_turned_to_another_race_shows_that_one(
    monkeypatch, paddock: Paddock
) -> None:
    monkeypatch.setattr(looks, "RECHECK_S", 0.2)
    display = await sync_to_async(paddock.display)(race=paddock.red_race)

    def turn() -> None:
        with every_team("test"):
            Display.objects.update(race=paddock.both_race)

    after = ingesting(paddock.both_race)
    await publish(whole := after.whole())
    async with a_socket(query=f"?display={display.code}") as socket:
        await socket.hear()
        await socket.subscribe(f"display.{display.code}")
        await sync_to_async(turn)()
        assert await socket.hear() == said(whole)


@pytest.mark.parametrize("how", ["switched off", "deleted", "in the admin"])
async def test_a_display_that_is_closed_shows_nothing_from_then_on(
    how: str, paddock: Paddock
) -> None:
    display = await sync_to_async(paddock.display)(race=paddock.red_race)

    @sync_to_async
    def close() -> None:
        if how == "in the admin":
            browser = Client()
            browser.force_login(make.user("root", is_staff=True, is_superuser=True))
            chosen = {"action": "disable", "_selected_action": [display.pk]}
            browser.post("/admin/displays/display/", chosen)
            return
        with scope(paddock.red):
            if how == "deleted":
                delete_display(display=display)
            else:
                switch_display(display=display, enabled=False)

    channel = f"display.{display.code}"
    async with a_socket(query=f"?display={display.code}") as socket:
        await socket.hear()
        await socket.subscribe(channel)
        await close()
        assert await socket.hear() == no(channel, "No longer available.")


async def test_viewers_of_one_display_are_counted_by_their_addresses(
    settings, paddock: Paddock
) -> None:
    """A hall has more screens than a person has browsers."""
    settings.MAX_CONNECTIONS_PER_USER = 1
    display = await sync_to_async(paddock.display)(race=paddock.red_race)
    query = f"?display={display.code}"
    async with a_socket(query=query) as first, a_socket(query=query) as second:
        for socket in (first, second):
            assert (await socket.hear())["type"] == "auth_success"

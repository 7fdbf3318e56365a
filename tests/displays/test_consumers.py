from __future__ import annotations

import asyncio
import json
import uuid
from collections.abc import Callable
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from django.conf import settings
from django.test import Client as HttpClient

from displays import admission, consumers, outlet
from displays.hub import hub
from races.models import Follow
from teams import jwt
from teams.scoping import every_team
from teams.throttles import Guesses
from tests import factories as make
from tests.displays.frames import a_board, frame
from tests.displays.paddock import Paddock, feed_status, ingesting, no, ok, said
from tests.displays.sockets import PATIENCE_S, a_socket, publish, refused

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("fresh_hub")]

UNKNOWN = "0d9f1d1c-ffff-4fff-8fff-ffffffffffff"


@pytest.fixture
def paddock(transactional_db) -> Paddock:
    return Paddock()


# -- who is there


async def test_a_session_is_known_at_the_handshake(paddock: Paddock) -> None:
    async with a_socket(user=paddock.ada) as socket:
        welcome = await socket.hear()
    assert welcome == {
        "type": "auth_success",
        "connection_id": welcome["connection_id"],
        "user_id": str(paddock.ada.pk),
    }


async def test_who_says_nothing_is_sent_away(monkeypatch, paddock: Paddock) -> None:
    monkeypatch.setattr(consumers, "AUTH_WAIT_S", 0.1)
    async with a_socket() as socket:
        assert await socket.hear() == {"type": "auth_error", "error": "Authentication timed out."}
        assert await socket.closed() == 4401


@pytest.mark.parametrize(
    "message", [{"type": "auth", "token": "x"}, {"type": "auth"}, {"type": "subscribe"}, {}]
)
async def test_who_shows_no_token_is_sent_away(message: Any, paddock: Paddock) -> None:
    async with a_socket() as socket:
        await socket.say(message)
        assert await socket.hear() == {"type": "auth_error", "error": "Invalid token"}
        assert await socket.closed() == 4401


async def test_a_person_has_so_many_sockets_and_no_more(settings, paddock: Paddock) -> None:
    settings.MAX_CONNECTIONS_PER_USER = 2
    async with a_socket(user=paddock.ada) as first:
        await first.hear()
        async with a_socket(user=paddock.ada) as second:
            await second.hear()
            async with a_socket(user=paddock.ada) as third:
                assert await third.hear() == {
                    "type": "auth_error",
                    "error": "Too many connections.",
                }
                assert await third.closed() == 4429
            async with a_socket(user=paddock.bob) as other:
                assert (await other.hear())["type"] == "auth_success"
    async with a_socket(user=paddock.ada) as again:
        assert (await again.hear())["type"] == "auth_success"


async def test_an_address_has_so_many_anonymous_sockets(settings, paddock: Paddock) -> None:
    settings.MAX_ANONYMOUS_CONNECTIONS_PER_ADDRESS = 1
    display = await sync_to_async(paddock.display)(feed=paddock.red_feed)
    query = f"?display={display.code}"
    async with a_socket(query=query, client="192.0.2.1") as first:
        assert (await first.hear())["type"] == "auth_success"
        async with a_socket(query=query, client="192.0.2.1") as second:
            assert (await second.hear())["error"] == "Too many connections."
        async with a_socket(query=query, client="192.0.2.2") as elsewhere:
            assert (await elsewhere.hear())["type"] == "auth_success"
        async with a_socket(user=paddock.ada, client="192.0.2.1") as member:
            assert (await member.hear())["type"] == "auth_success"


async def test_an_ipv6_network_is_one_address(settings, paddock: Paddock) -> None:
    settings.MAX_ANONYMOUS_CONNECTIONS_PER_ADDRESS = 1
    display = await sync_to_async(paddock.display)(feed=paddock.red_feed)
    query = f"?display={display.code}"
    async with a_socket(query=query, client="2001:db8:1:2::1") as first:
        assert (await first.hear())["type"] == "auth_success"
        async with a_socket(query=query, client="2001:db8:1:2::2") as neighbour:
            assert (await neighbour.hear())["error"] == "Too many connections."


async def test_only_our_own_pages_may_use_a_session() -> None:
    host = (b"host", b"testserver")
    assert not await refused([host])
    assert not await refused([host, (b"origin", b"http://testserver")])
    assert await refused([host, (b"origin", b"https://evil.example")])
    assert await refused([host, (b"origin", b"http://testserver:8001")])
    assert await refused([host, (b"origin", b"null")])
    assert await refused([(b"host", b"evil.example"), (b"origin", b"http://evil.example")])


async def test_an_operator_names_other_origins(settings) -> None:
    settings.CSRF_TRUSTED_ORIGINS = ["https://tv.example"]
    origin = (b"origin", b"https://tv.example")
    assert not await refused([(b"host", b"testserver"), origin])


async def test_a_wildcard_of_hosts_is_none_of_origins(settings) -> None:
    settings.ALLOWED_HOSTS = ["*"]
    assert await refused([(b"host", b"testserver"), (b"origin", b"https://evil.example")])


async def test_there_is_one_socket_address() -> None:
    assert await refused([(b"host", b"testserver")], path="/ws/other/")


# -- subscriptions


async def test_a_subscriber_gets_a_snapshot_then_what_changes(paddock: Paddock) -> None:
    ingester = ingesting(paddock.red_race)
    async with a_socket(user=paddock.ada) as socket:
        await socket.hear()
        first = ingester.whole()
        await publish(first)
        assert await socket.subscribe(ingester.topic) == ok(ingester.topic)
        assert await socket.hear() == said(first)
        change = ingester.change(a_board(1, race=str(paddock.red_race.pk)))
        await publish(change)
        assert await socket.hear() == said(change)


async def test_who_comes_back_gets_the_missed_tail(paddock: Paddock) -> None:
    ingester = ingesting(paddock.red_race)
    await publish(ingester.whole(), *(missed := ingester.laps(3)))
    async with a_socket(user=paddock.ada) as socket:
        await socket.hear()
        await socket.subscribe(ingester.topic, epoch=1, seq=2)
        assert [await socket.hear(), await socket.hear()] == [said(each) for each in missed[1:]]
        assert await socket.hears_nothing()


async def test_another_epoch_means_a_fresh_board(paddock: Paddock) -> None:
    ingester = ingesting(paddock.red_race)
    async with a_socket(user=paddock.ada) as socket:
        await socket.hear()
        await publish(ingester.whole())
        await socket.subscribe(ingester.topic, epoch=1, seq=1)
        restart = ingester.restart()
        await publish(restart)
        assert await socket.hear() == said(restart)


@pytest.mark.parametrize(
    "cursor", [{"epoch": "1", "seq": 1}, {"epoch": True, "seq": 1}, {"epoch": 1}]
)
async def test_a_cursor_that_is_none_means_a_fresh_board(cursor: Any, paddock: Paddock) -> None:
    ingester = ingesting(paddock.red_race)
    async with a_socket(user=paddock.ada) as socket:
        await socket.hear()
        await publish(whole := ingester.whole())
        await socket.subscribe(ingester.topic, **cursor)
        assert await socket.hear() == said(whole)


async def test_nothing_comes_after_unsubscribing(paddock: Paddock) -> None:
    ingester = ingesting(paddock.red_race)
    async with a_socket(user=paddock.ada) as socket:
        await socket.hear()
        await socket.subscribe(ingester.topic)
        await socket.say({"type": "unsubscribe", "channel": ingester.topic})
        assert await socket.hear() == ok(ingester.topic)
        await publish(ingester.whole())
        assert await socket.hears_nothing()
        await socket.say({"type": "unsubscribe", "channel": ingester.topic})
        assert await socket.hear() == no(ingester.topic, "Not subscribed.")


async def test_a_socket_that_goes_leaves_nothing_behind(paddock: Paddock) -> None:
    async with a_socket(user=paddock.ada) as socket:
        await socket.hear()
        await socket.subscribe(f"race.{paddock.red_race.pk}")
        assert hub.stats()["subscriptions"] == 1
    assert hub.stats()["subscriptions"] == 0


async def test_each_sees_the_races_of_the_feeds_its_teams_follow(paddock: Paddock) -> None:
    asked = [
        f"race.{paddock.red_race.pk}",
        f"race.{paddock.blue_race.pk}",
        f"race.{paddock.both_race.pk}",
        f"race.{paddock.lonely_race.pk}",
        f"race.{UNKNOWN}",
        f"feed.{paddock.red_feed.pk}",
        f"feed.{paddock.blue_feed.pk}",
        f"feed.{paddock.both_feed.pk}",
        f"feed.{paddock.lonely_feed.pk}",
        f"feed.{UNKNOWN}",
    ]
    allowed = {
        paddock.ada: [True, False, True, False, False] * 2,
        paddock.bob: [False, True, True, False, False] * 2,
        paddock.stranger: [False] * 10,
    }
    for user, expected in allowed.items():
        async with a_socket(user=user) as socket:
            await socket.hear()
            answers = [await socket.subscribe(channel) for channel in asked]
        assert answers == [
            ok(channel) if may else no(channel)
            for channel, may in zip(asked, expected, strict=True)
        ]


async def test_no_frame_leaks_to_who_was_refused(paddock: Paddock) -> None:
    ingester = ingesting(paddock.red_race)
    async with a_socket(user=paddock.bob) as socket:
        await socket.hear()
        await publish(ingester.whole(), feed_status(paddock.red_feed, paddock.red_race, 1))
        await socket.subscribe(ingester.topic, epoch=1, seq=0)
        await socket.subscribe(f"feed.{paddock.red_feed.pk}")
        await publish(*ingester.laps(2))
        assert await socket.hears_nothing()


@pytest.mark.parametrize("spelling", ["upper", "hex", "urn", "empty", "other", "long", "number"])
async def test_a_channel_has_one_spelling(spelling: str, paddock: Paddock) -> None:
    pk = paddock.red_race.pk
    channel = {
        "upper": f"race.{pk}".upper(),
        "hex": f"race.{pk.hex}",
        "urn": f"race.{pk.urn}",
        "empty": "",
        "other": f"team.{paddock.red.pk}",
        "long": "race." + "x" * 1000,
        "number": 7,
    }[spelling]
    async with a_socket(user=paddock.ada) as socket:
        await socket.hear()
        answer = await socket.subscribe(channel)  # type: ignore[arg-type]
    assert (answer["channel"], answer["success"]) == (channel, False)


async def test_a_socket_has_so_many_subscriptions(monkeypatch, paddock: Paddock) -> None:
    monkeypatch.setattr("displays.subscriptions.MAX_CHANNELS", 1)
    first, second = f"race.{paddock.red_race.pk}", f"race.{paddock.both_race.pk}"
    async with a_socket(user=paddock.ada) as socket:
        await socket.hear()
        assert await socket.subscribe(first) == ok(first)
        assert await socket.subscribe(second) == no(second, "Too many subscriptions.")
        assert await socket.subscribe(first) == ok(first)


# -- displays


async def test_a_display_shows_its_feeds_current_race_and_the_next(paddock: Paddock) -> None:
    display = await sync_to_async(paddock.display)(feed=paddock.red_feed)
    channel = f"display.{display.code}"
    heat, final = (
        ingesting(paddock.red_race),
        ingesting(await sync_to_async(make.race)(paddock.red_feed)),
    )
    async with a_socket(query=f"?display={display.code}") as socket:
        assert (await socket.hear())["user_id"] is None
        await publish(status := feed_status(paddock.red_feed, paddock.red_race, 1))
        await publish(whole := heat.whole())
        assert await socket.subscribe(channel) == ok(channel)
        assert [await socket.hear(), await socket.hear()] == [said(status), said(whole)]
        reset = frame(
            "race_data_reset", f"feed.{paddock.red_feed.pk}", 1, 2, race=final.board["race"]
        )
        await publish(reset, first := final.whole())
        assert [await socket.hear(), await socket.hear()] == [said(reset), said(first)]
        await publish(*heat.laps(1))
        assert await socket.hears_nothing()


async def test_a_display_of_a_race_shows_that_race(paddock: Paddock) -> None:
    display = await sync_to_async(paddock.display)(race=paddock.red_race)
    ingester = ingesting(paddock.red_race)
    async with a_socket(query=f"?display={display.code}") as socket:
        await socket.hear()
        await publish(ingester.whole(), *(missed := ingester.laps(2)))
        await socket.subscribe(f"display.{display.code}", epoch=1, seq=2)
        assert await socket.hear() == said(missed[1])


async def test_a_display_resumes_the_race_it_showed_and_no_other(paddock: Paddock) -> None:
    display = await sync_to_async(paddock.display)(feed=paddock.red_feed)
    ingester = ingesting(paddock.red_race)
    async with a_socket(query=f"?display={display.code}") as socket:
        await socket.hear()
        await publish(feed_status(paddock.red_feed, paddock.red_race, 1))
        await publish(ingester.whole(), *(missed := ingester.laps(2)))
        channel = f"display.{display.code}"
        await socket.subscribe(channel, topic=ingester.topic, epoch=1, seq=2)
        assert (await socket.hear())["event"] == "system.status"
        assert await socket.hear() == said(missed[1])
        await socket.subscribe(channel, topic=f"race.{UNKNOWN}", epoch=1, seq=2)
        assert (await socket.hear())["event"] == "system.status"
        assert (await socket.hear())["event"] == "race_data_update"


async def test_a_display_opens_nothing_else(paddock: Paddock) -> None:
    display = await sync_to_async(paddock.display)(feed=paddock.red_feed)
    other = await sync_to_async(paddock.display)(feed=paddock.both_feed)
    asked = [
        f"race.{paddock.red_race.pk}",
        f"race.{paddock.blue_race.pk}",
        f"feed.{paddock.red_feed.pk}",
        f"feed.{paddock.both_feed.pk}",
        f"display.{other.code}",
        "dashboard",
        "alerts",
    ]
    async with a_socket(query=f"?display={display.code}", user=paddock.ada) as socket:
        await socket.hear()
        assert [await socket.subscribe(each) for each in asked] == [no(each) for each in asked]


@pytest.mark.parametrize("why", ["unknown", "disabled", "unfollowed"])
async def test_a_display_that_shows_nothing_opens_nothing(why: str, paddock: Paddock) -> None:
    def prepare() -> str:
        display = paddock.display(feed=paddock.both_feed, is_enabled=why != "disabled")
        if why == "unfollowed":
            with every_team("test"):
                Follow.objects.filter(team=paddock.red).delete()
        return "abcdefgh" if why == "unknown" else display.code

    code = await sync_to_async(prepare)()
    async with a_socket(query=f"?display={code}") as socket:
        assert await socket.hear() == {
            "type": "auth_error",
            "error": "This display does not exist.",
        }
        assert await socket.closed() == 4401


@pytest.fixture
def waits_are_over(monkeypatch) -> Callable[[], None]:
    """What wrong guesses cost so far is waited for. After six of them it is two seconds, which a
    test may take; after fourteen five minutes, which none does."""
    clock = [0.0]

    def wait() -> None:
        clock[0] += 300

    for name in ("codes", "tokens"):
        guesses = Guesses(f"{name}-{uuid.uuid4()}", now=lambda: clock[0])
        monkeypatch.setattr(admission, name, guesses)
    return wait


async def test_who_guesses_codes_must_wait(
    waits_are_over: Callable[[], None], paddock: Paddock
) -> None:
    display = await sync_to_async(paddock.display)(feed=paddock.red_feed)
    for number in range(14):
        waits_are_over()
        async with a_socket(query=f"?display=wrong{number}", client="192.0.2.9") as socket:
            await socket.hear()
    async with a_socket(query=f"?display={display.code}", client="192.0.2.9") as guesser:
        assert (await guesser.hear())["error"] == "Too many wrong attempts. Wait a little."
        assert await guesser.closed() == 4429
    async with a_socket(query=f"?display={display.code}", client="192.0.2.10") as visitor:
        assert (await visitor.hear())["type"] == "auth_success"


async def test_who_guesses_tokens_must_wait(
    waits_are_over: Callable[[], None], paddock: Paddock
) -> None:
    pair = await sync_to_async(jwt.issue)(user=paddock.ada, team=paddock.red)
    for token in ("lt_1", "lt_2", "x.y.z", *map(str, range(11))):
        waits_are_over()
        async with a_socket(client="192.0.2.9") as socket:
            await socket.say({"type": "auth", "token": token})
            assert (await socket.hear())["error"] == "Invalid token"
    async with a_socket(client="192.0.2.9") as guesser:
        await guesser.say({"type": "auth", "token": pair.access})
        assert (await guesser.hear())["error"] == "Too many wrong attempts. Wait a little."
        assert await guesser.closed() == 4429
    async with a_socket(client="192.0.2.10") as neighbour:
        await neighbour.say({"type": "auth", "token": pair.access})
        assert (await neighbour.hear())["type"] == "auth_success"


# -- bounds


async def test_a_ping_is_answered_with_the_servers_clock(paddock: Paddock) -> None:
    async with a_socket(user=paddock.ada) as socket:
        await socket.hear()
        await socket.say({"type": "ping"})
        pong = await socket.hear()
    assert set(pong) == {"type", "at"}
    assert pong["at"] > 1_700_000_000_000


@pytest.mark.parametrize(
    ("text", "code"),
    [("{", 4400), ("[]", 4400), ('"x"', 4400), ("{" + " " * 5000 + "}", 4413), ("[" * 4000, 4400)],
)
async def test_what_is_not_our_protocol_ends_the_socket(
    text: str, code: int, paddock: Paddock
) -> None:
    async with a_socket(user=paddock.ada) as socket:
        await socket.hear()
        await socket.say(text)
        assert await socket.closed() == code


async def test_a_flood_of_messages_ends_the_socket(paddock: Paddock) -> None:
    async with a_socket(user=paddock.ada) as socket:
        await socket.hear()
        for _ in range(100):
            await socket.say({"type": "nothing"})
        assert await socket.closed() == 4429


async def test_words_we_do_not_know_are_ignored(paddock: Paddock) -> None:
    async with a_socket(user=paddock.ada) as socket:
        await socket.hear()
        await socket.say({"type": "broadcast", "data": {}})
        await socket.say({"type": "pong"})
        assert await socket.hears_nothing()


async def test_a_socket_that_does_not_drain_is_closed_and_slows_nobody(
    monkeypatch, paddock: Paddock
) -> None:
    monkeypatch.setattr(outlet, "SLOW_S", 0.3)
    stuck = Stuck(await sync_to_async(a_session)(paddock.ada))
    ingester = ingesting(paddock.red_race)
    running = asyncio.create_task(consumers.live_socket(stuck.scope, stuck.receive, stuck.send))
    async with a_socket(user=paddock.ada) as socket:
        await socket.hear()
        await socket.subscribe(ingester.topic)
        await stuck.say({"type": "subscribe", "channel": ingester.topic})
        while hub.stats()["subscriptions"] < 2:
            await asyncio.sleep(0.01)
        await publish(first := ingester.whole())
        assert await socket.hear() == said(first)
        await publish(*(more := ingester.laps(40)))
        assert [await socket.hear() for _ in more] == [said(each) for each in more]
        await asyncio.wait_for(running, PATIENCE_S)
        assert stuck.sent == ["websocket.accept", "auth_success", "subscription_result"]
        assert hub.stats()["subscriptions"] == 1


def a_session(user: Any) -> str:
    browser = HttpClient()
    browser.force_login(user)
    return browser.cookies[settings.SESSION_COOKIE_NAME].value


class Stuck:
    """A peer that stops reading after the answers to what it said."""

    def __init__(self, session: str) -> None:
        self._inbox: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        self._inbox.put_nowait({"type": "websocket.connect"})
        self.sent: list[str] = []
        self.scope = {
            "type": "websocket",
            "client": ["192.0.2.77", 1],
            "query_string": b"",
            "headers": [(b"cookie", f"{settings.SESSION_COOKIE_NAME}={session}".encode())],
        }

    async def say(self, message: dict[str, Any]) -> None:
        await self._inbox.put({"type": "websocket.receive", "text": json.dumps(message)})

    async def receive(self) -> dict[str, Any]:
        return await self._inbox.get()

    async def send(self, message: dict[str, Any]) -> None:
        kind = json.loads(message["text"])["type"] if "text" in message else message["type"]
        if kind in ("dashboard_event", "websocket.close"):
            await asyncio.Event().wait()
        self.sent.append(kind)

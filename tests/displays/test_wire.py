"""Whatever is said at the socket is as docs/wire/*.schema.json say, and all of that is said."""

from __future__ import annotations

import asyncio
import copy
from contextlib import AsyncExitStack, suppress
from pathlib import Path
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from channels.layers import get_channel_layer
from jsonschema import Draft202012Validator

from displays import consumers
from displays.models import Display
from races.models import Race
from teams.models import User
from teams.scoping import every_team
from tests import factories as make
from tests.displays.sockets import PATIENCE_S, Socket, a_socket
from tests.displays.wire import complaints, messages, name_of, schema
from tests.timing.apex_feed import FEED
from tests.timing.simulated import simulated
from tests.timing.test_runner import House, Line, house
from tests.timing.test_watched_feed import BEGIN, LAPS, STOPS, Two
from timing.engine.board import BoardMaker
from timing.engine.diff import diff
from timing.models import Alert
from timing.pipeline import Pipeline
from timing.services import acknowledge

__all__ = ["house"]  # the fixture

WISHES = [
    {"karts": 6, "minutes": 75, "seed": 4, "mishaps": "all"},
    {"karts": 4, "minutes": 30, "seed": 5},
]


# -- every board and every difference of simulated races


@pytest.mark.parametrize("wish", WISHES, ids=str)
def test_the_boards_of_a_simulated_day_are_as_documented(wish: dict[str, Any]) -> None:
    pipeline, makers, shown = Pipeline(feed=FEED, protocol="apex"), {}, {}
    board = Draft202012Validator({"$ref": "#/$defs/board", "$defs": schema("server")["$defs"]})
    change = Draft202012Validator(
        {"$ref": "#/$defs/difference", "$defs": schema("server")["$defs"]}
    )
    found: list[str] = []
    for number, (at, _connection, text) in enumerate(simulated(**wish).frames):
        for each in pipeline.frame(at, text):
            if number % 7:  # a sample; each board holds what the frames between changed
                continue
            made = makers.setdefault(each.race, BoardMaker()).make(each.state)
            if each.race not in shown:
                found += [e.message for e in board.iter_errors(made)]
            elif difference := diff(shown[each.race], made):
                found += [e.message for e in change.iter_errors(difference)]
            shown[each.race] = made
    for last in shown.values():
        found += [e.message for e in board.iter_errors(last)]

    assert found == []
    assert shown


# -- the real thing: feed, runner, layer, hub, sockets


class Listener:
    """Writes down what a socket is told, until the socket ends."""

    def __init__(self, socket: Socket) -> None:
        self.socket = socket
        self.heard: list[dict[str, Any]] = []
        self._task = asyncio.create_task(self._listen())

    async def _listen(self) -> None:
        while True:
            self.heard.append(await self.socket.hear())

    async def until(self, *names: str) -> None:
        async with asyncio.timeout(PATIENCE_S):
            while not set(names) <= {name_of(each) for each in self.heard}:
                await asyncio.sleep(0.02)

    async def stop(self) -> None:
        self._task.cancel()
        with suppress(asyncio.CancelledError):
            await self._task


@pytest.fixture
async def live(house: House, fresh_hub: None) -> House:
    house.layer = get_channel_layer()
    return house


@pytest.mark.django_db(transaction=True)
async def test_all_that_a_race_tells_its_sockets_is_as_documented(live: House) -> None:
    two = await live.stored(Two)
    otter = await sync_to_async(make.member)(two.otters, "otter")
    line = Line(BEGIN)
    task = asyncio.create_task(live.runner(line).run())
    try:
        heard = await _watch(live, two, otter, line)
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task

    assert [problem for each in heard for problem in complaints(each)] == []
    said = {name_of(each) for each in heard}
    assert said == {
        *("auth_success", "subscription_result", "pong", "race_data_update", "teams_update"),
        *("feed_status", "gap_update", "alert", "alert_seen"),
        *(said & {"session_update", "race_data_reset"}),
    }


async def _watch(live: House, two: Two, otter: User, line: Line) -> list[dict[str, Any]]:
    race = await _race_of(live)
    async with AsyncExitStack() as stack:
        member = Listener(await stack.enter_async_context(a_socket(user=otter)))
        code = await sync_to_async(_display)(live, two)
        visitor = Listener(await stack.enter_async_context(a_socket(query=f"?display={code}")))
        for channel in (
            f"feed.{live.feed.pk}",
            f"race.{race}",
            f"team.{two.otters.pk}.race.{race}",
            "alerts",
            "race.nonsense",
        ):
            await member.socket.say({"type": "subscribe", "channel": channel})
        await visitor.socket.say({"type": "subscribe", "channel": f"display.{code}"})
        await member.socket.say({"type": "ping"})
        await member.until("feed_status", "race_data_update", "gap_update", "pong")
        line.said += STOPS + LAPS
        await member.until("alert", "teams_update")
        await visitor.until("feed_status", "race_data_update")
        async with asyncio.timeout(PATIENCE_S):
            while not await sync_to_async(_see_all)(two, otter):
                await asyncio.sleep(0.02)
        await member.until("alert_seen")
        await member.stop()
        await visitor.stop()
        return [*member.heard, *visitor.heard]


async def _race_of(live: House) -> str:
    async with asyncio.timeout(PATIENCE_S):
        while True:
            found = await live.stored(lambda feed: Race.objects.filter(feed=feed).first())
            if found is not None:
                return str(found.pk)
            await asyncio.sleep(0.02)


def _display(live: House, two: Two) -> str:
    with every_team("test"):
        return Display.objects.create(team=two.otters, name="TV", feed=live.feed).code


def _see_all(two: Two, otter: User) -> list[Any]:
    """Those that have rows by now."""
    with every_team("test"):
        alerts = list(Alert.objects.filter(team=two.otters).values_list("pk", flat=True))
        return acknowledge(team=two.otters, alerts=alerts, user=otter)


# -- the schemas themselves


def test_a_field_that_is_not_documented_is_noticed() -> None:
    pong = {"type": "pong", "at": 1}
    assert complaints(pong) == []
    assert complaints(pong | {"more": 1}) != []
    assert complaints({"type": "hello"}) == ["no message is called 'hello'"]


@pytest.mark.parametrize("side", ["server", "client"])
def test_every_object_of_the_schemas_is_closed(side: str) -> None:
    def open_objects(part: Any, path: str = "") -> list[str]:
        if isinstance(part, list):
            return [p for n, each in enumerate(part) for p in open_objects(each, f"{path}/{n}")]
        if not isinstance(part, dict):
            return []
        is_object = part.get("type") == "object" and "additionalProperties" not in part
        below = [p for key, each in part.items() for p in open_objects(each, f"{path}/{key}")]
        return ([path] if is_object else []) + below

    assert open_objects(schema(side)) == []


@pytest.mark.parametrize(
    "message",
    [
        {"type": "auth", "token": "x"},
        {"type": "subscribe", "channel": "dashboard"},
        {"type": "subscribe", "channel": "display.Abcdefg1", "epoch": 1, "seq": 2, "topic": "x"},
        {"type": "unsubscribe", "channel": "alerts"},
        {"type": "ping"},
    ],
)
def test_what_a_client_may_say_is_as_documented(message: dict[str, Any]) -> None:
    assert complaints(message, "client") == []
    assert complaints(message | {"more": 1}, "client") != []


def test_every_message_that_a_client_may_say_is_understood() -> None:
    assert {*messages("client")} == {*consumers.Connection.HANDLERS}


def test_the_schema_says_of_a_row_what_the_page_says() -> None:
    """docs/wire.md names every field of the schema."""
    text = (Path(__file__).parents[2] / "docs" / "wire.md").read_text()
    defs = copy.deepcopy(schema("server")["$defs"])
    shown = [*defs["row"]["properties"], *defs["session"]["properties"]]
    shown += [*defs["message"]["properties"], *defs["anAlert"]["properties"], *messages("server")]
    other = {"feed_status", "installation_status"}  # system.status, of two topics
    assert [name for name in shown if name not in other and name not in text] == []

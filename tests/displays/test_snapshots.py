from __future__ import annotations

import gzip
import json
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
from asgiref.sync import sync_to_async

from displays.hub import hub
from displays.models import Display
from displays.services import switch_display
from displays.snapshots import pollers
from lt_analyzer.asgi import application
from races.models import Race
from teams.scoping import every_team
from tests import factories as make
from tests.displays.frames import a_board
from tests.displays.paddock import Paddock, feed_status, ingesting
from tests.displays.sockets import publish

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("fresh_hub")]


@pytest.fixture
def paddock(transactional_db) -> Paddock:
    return Paddock()


@pytest.fixture
async def browser() -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(application), base_url="http://testserver"
    ) as made:
        yield made


def told(message: dict[str, Any]) -> dict[str, Any]:
    """What a board's frame says, without its envelope."""
    found: dict[str, Any] = json.loads(message["frame"])["data"]
    return found


async def a_display(paddock: Paddock, **bound: Any) -> Display:
    found: Display = await sync_to_async(paddock.display)(**bound)
    return found


async def test_a_board_is_told_as_sockets_have_it(
    paddock: Paddock, browser: httpx.AsyncClient
) -> None:
    display = await a_display(paddock, race=paddock.red_race)
    ingester = ingesting(paddock.red_race)
    await publish(whole := ingester.whole())
    address = f"/d/{display.code}/board.json"
    first, second = await browser.get(address), await browser.get(address)
    assert (first.json(), second.json()) == (told(whole), told(whole))
    assert first.headers["etag"] == second.headers["etag"]
    assert (await browser.head(address)).content == b""
    await publish(*ingester.laps(3))
    third = await browser.get(address)
    assert (third.json()["seq"], third.json()["board"]) == (4, ingester.board)


async def test_who_asks_again_gets_as_far_as_the_hub(
    monkeypatch: Any, paddock: Paddock, browser: httpx.AsyncClient
) -> None:
    display = await a_display(paddock, race=paddock.red_race)
    await publish(ingesting(paddock.red_race).whole())
    address = f"/d/{display.code}/board.json"
    first = await browser.get(address)
    monkeypatch.setattr("lt_analyzer.asgi.bounded", None)  # the way to Django
    assert (await browser.get(address)).json() == first.json()


async def test_what_has_not_changed_is_not_sent_again(
    paddock: Paddock, browser: httpx.AsyncClient
) -> None:
    display = await a_display(paddock, race=paddock.red_race)
    ingester = ingesting(paddock.red_race)
    await publish(ingester.whole())
    address = f"/d/{display.code}/board.json"
    tag = (await browser.get(address)).headers["etag"]
    known = {"If-None-Match": tag}
    assert (await browser.get(address, headers=known)).status_code == 304
    await publish(*ingester.laps(1))
    assert (await browser.get(address, headers=known)).status_code == 200


async def test_it_is_gzipped_for_those_who_take_that(
    paddock: Paddock, browser: httpx.AsyncClient
) -> None:
    display = await a_display(paddock, race=paddock.red_race)
    ingester = ingesting(paddock.red_race)
    ingester.board = a_board(1, race=str(paddock.red_race.pk), rows=30)
    await publish(ingester.whole())
    address = f"/d/{display.code}/board.json"
    await browser.get(address)
    plain = await browser.get(address, headers={"Accept-Encoding": "identity"})
    async with browser.stream("GET", address, headers={"Accept-Encoding": "gzip"}) as packed:
        raw = b"".join([part async for part in packed.aiter_raw()])
    assert gzip.decompress(raw) == plain.content
    assert "content-encoding" not in plain.headers


async def test_a_display_of_a_feed_shows_the_race_that_is_current(
    paddock: Paddock, browser: httpx.AsyncClient
) -> None:
    display = await a_display(paddock, feed=paddock.red_feed)
    other = await sync_to_async(make.race)(paddock.red_feed)
    first, second = ingesting(paddock.red_race), ingesting(other)
    address = f"/d/{display.code}/board.json"
    await publish(feed_status(paddock.red_feed, paddock.red_race, 1), first.whole())
    await publish(second.whole())
    for _ in range(2):
        assert (await browser.get(address)).status_code == 200
    poller = pollers._pollers[display.code]
    shown = poller.snapshot()
    assert shown is not None
    assert shown.topic == first.topic
    await publish(feed_status(paddock.red_feed, other, 2))
    assert (await browser.get(address)).json()["topic"] == second.topic


async def test_a_display_that_is_switched_off_tells_nothing_from_then_on(
    paddock: Paddock, browser: httpx.AsyncClient
) -> None:
    display = await a_display(paddock, race=paddock.red_race)
    await publish(ingesting(paddock.red_race).whole())
    address = f"/d/{display.code}/board.json"
    for _ in range(2):
        assert (await browser.get(address)).status_code == 200

    def off() -> None:
        with every_team("test"):
            switch_display(display=Display.objects.get(pk=display.pk), enabled=False)

    await sync_to_async(off)()
    await publish({"type": "hub.access", "displays": [display.code]})
    poller = pollers._pollers[display.code]
    while poller.grant is not None:
        await sync_to_async(lambda: None)()
    assert (await browser.get(address)).status_code == 404


async def test_a_race_that_nobody_tells_of_is_made_from_what_was_stored(
    paddock: Paddock, browser: httpx.AsyncClient
) -> None:
    display = await a_display(paddock, race=paddock.red_race)
    found = (await browser.get(f"/d/{display.code}/board.json")).json()
    assert (found["topic"], found["board"]["race"]) == (None, str(paddock.red_race.pk))


async def test_a_feed_without_a_race_has_no_board(
    paddock: Paddock, browser: httpx.AsyncClient
) -> None:
    def alone() -> Display:
        with every_team("test"):
            Race.objects.filter(feed=paddock.red_feed).delete()
        return paddock.display(feed=paddock.red_feed)

    display = await sync_to_async(alone)()
    found = await browser.get(f"/d/{display.code}/board.json")
    nothing = {"topic": None, "epoch": None, "seq": None, "at": None, "board": None}
    assert (found.status_code, found.json()) == (200, nothing)


@pytest.mark.parametrize("code", ["ABCDEFGH", "short", "ABCDEFGHI"])
async def test_a_wrong_code_finds_nothing(browser: httpx.AsyncClient, code: str) -> None:
    assert (await browser.get(f"/d/{code}/board.json")).status_code == 404
    assert code not in pollers._pollers


async def test_displays_that_nobody_asks_for_are_let_go(
    monkeypatch: Any, paddock: Paddock, browser: httpx.AsyncClient
) -> None:
    monkeypatch.setattr("displays.snapshots.KEEP_S", -1.0)
    displays = [await a_display(paddock, race=paddock.red_race) for _ in range(3)]
    await publish(ingesting(paddock.red_race).whole())
    for display in displays:
        await browser.get(f"/d/{display.code}/board.json")
    assert list(pollers._pollers) == [displays[-1].code]
    assert hub.stats()["subscriptions"] <= 2

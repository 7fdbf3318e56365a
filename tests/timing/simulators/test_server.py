from __future__ import annotations

import asyncio
import re
from contextlib import suppress

import httpx
import pytest
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidStatus

from timing.simulators.build import build_feed
from timing.simulators.plan import Trouble
from timing.simulators.server import FeedServer


def watch(server: FeedServer) -> connect:
    """A viewer that does not wait for a polite goodbye."""
    return connect(server.socket_url, close_timeout=0.2)


async def test_client_gets_the_full_state_then_changes() -> None:
    feed = build_feed(karts=5, minutes=10)
    async with FeedServer(feed, speed=50) as server, watch(server) as socket:
        first = await asyncio.wait_for(socket.recv(), 60)
        second = await asyncio.wait_for(socket.recv(), 60)

    assert str(first).startswith("init|r|\nbest|hide|\n")
    assert "\ngrid||<tbody>" in str(first)
    assert "init" not in str(second)
    assert server.heard == 0


async def test_several_clients_get_the_same_changes() -> None:
    feed = build_feed(karts=5, minutes=10)
    async with FeedServer(feed, speed=50) as server, watch(server) as one, watch(server) as two:
        await one.recv()
        await two.recv()
        ours = [await asyncio.wait_for(one.recv(), 60) for _ in range(14)]
        theirs = [await asyncio.wait_for(two.recv(), 60) for _ in range(10)]

    assert "\n".join(map(str, theirs)) in "\n".join(map(str, ours))


async def test_track_page_names_the_port_two_below_the_socket() -> None:
    feed = build_feed(karts=3, minutes=5)
    async with FeedServer(feed, slug="demo") as server, httpx.AsyncClient() as http:
        config = await http.get(f"{server.page_url}javascript/config.js")
        page = await http.get(server.page_url)
        missing = await http.get(f"{server.page_url}nothing")

    assert config.content.startswith(b"\xef\xbb\xbfvar configPort = ")
    found = re.search(r"configPort = (\d+);", config.text)
    assert found
    assert server.socket_url == f"ws://127.0.0.1:{int(found[1]) + 2}/"
    assert [page.status_code, missing.status_code] == [200, 404]


async def test_what_a_client_says_is_counted() -> None:
    async with FeedServer(build_feed(karts=3, minutes=5)) as server, watch(server) as socket:
        await socket.recv()
        await socket.send("init")
        await (await socket.ping())
        async with asyncio.timeout(60):
            while not server.heard:
                await asyncio.sleep(0.01)

    assert server.heard == 1


async def test_cut_closes_every_socket_and_refuses_new_ones() -> None:
    feed = build_feed(karts=3, minutes=5)
    async with FeedServer(feed) as server:
        async with watch(server) as socket:
            await socket.recv()
            feed.script.add(feed.now, Trouble(0, "drop", 4_000))
            with pytest.raises(ConnectionClosed):
                await drain(socket)
        with pytest.raises(InvalidStatus):
            await connect(server.socket_url)
        async with asyncio.timeout(60), await let_in(server) as socket:
            assert str(await socket.recv()).startswith("init|r|")


async def let_in(server: FeedServer) -> ClientConnection:
    while True:
        with suppress(InvalidStatus):
            return await watch(server)
        await asyncio.sleep(0.1)


async def drain(socket: ClientConnection) -> None:
    while True:
        await asyncio.wait_for(socket.recv(), 60)


async def test_garbage_goes_out_as_bytes_that_are_no_text() -> None:
    feed = build_feed(karts=3, minutes=5)
    async with FeedServer(feed) as server, watch(server) as socket:
        await socket.recv()
        feed.say(["\x16\x03\ufffd|x"])
        frame = await asyncio.wait_for(anext(f async for f in socket if isinstance(f, bytes)), 60)

    assert b"\x16\x03\xff|x" in frame

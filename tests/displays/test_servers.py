"""The same page, socket and frames from each ASGI server that we say works."""

from __future__ import annotations

import asyncio
import json
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

import httpx
import pytest
from asgiref.sync import sync_to_async
from websockets.asyncio.client import ClientConnection, connect

from displays import outlet
from displays.hub import hub
from displays.models import Display
from lt_analyzer.server import listen, serve
from teams.scoping import every_team
from tests import factories as make
from tests.displays.frames import Client, Ingester, a_board
from tests.displays.sockets import PATIENCE_S, publish
from tests.services import reserved_port


@dataclass
class Served:
    process: asyncio.subprocess.Process
    port: int
    code: str


@asynccontextmanager
async def serving(server: str) -> AsyncIterator[Served]:
    with reserved_port() as port:
        async with _serving(server, port) as served:
            yield served


@asynccontextmanager
async def _serving(server: str, port: int) -> AsyncIterator[Served]:
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "tests.displays.smoke_app",
        server,
        str(port),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        assert process.stdout is not None
        code = (await asyncio.wait_for(process.stdout.readline(), PATIENCE_S)).decode().strip()
        assert code, (await process.communicate())[1].decode()
        await answering(port)
        yield Served(process, port, code)
    finally:
        if process.returncode is None:
            process.kill()
        await process.communicate()


async def answering(port: int) -> None:
    async with asyncio.timeout(PATIENCE_S):
        while True:
            try:
                _reader, writer = await asyncio.open_connection("127.0.0.1", port)
            except OSError:
                await asyncio.sleep(0.1)
            else:
                writer.close()
                return


async def hear(socket: ClientConnection) -> dict:
    return json.loads(await asyncio.wait_for(socket.recv(), PATIENCE_S))


async def subscribe(socket: ClientConnection, code: str) -> None:
    assert (await hear(socket))["type"] == "auth_success"
    channel = f"display.{code}"
    await socket.send(json.dumps({"type": "subscribe", "channel": channel}))
    answer = await hear(socket)
    assert answer == {"type": "subscription_result", "channel": channel, "success": True}


@pytest.mark.parametrize("server", ["uvicorn", "daphne"])
async def test_a_server_serves_page_socket_and_frames(server: str) -> None:
    async with serving(server) as at:
        async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{at.port}") as browser:
            page = await browser.get(f"/d/{at.code}/", timeout=PATIENCE_S)
        assert (page.status_code, at.code in page.text) == (200, True)
        url = f"ws://127.0.0.1:{at.port}/ws/?display={at.code}"
        async with connect(url, origin=f"http://127.0.0.1:{at.port}") as socket:
            await subscribe(socket, at.code)
            client = Client()
            for _ in range(6):
                client.apply(json.dumps(await hear(socket)))
        assert client.board == a_board(
            client.board["session"]["leader_laps"], race=client.board["race"]
        )
        assert client.kinds == ["race_data_update", *["teams_update"] * 5]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
async def test_our_server_stops_when_asked_and_tells_the_sockets(number: signal.Signals) -> None:
    async with serving("uvicorn") as at:
        url = f"ws://127.0.0.1:{at.port}/ws/?display={at.code}"
        async with connect(url) as socket:
            await subscribe(socket, at.code)
            at.process.send_signal(number)
            await asyncio.wait_for(socket.wait_closed(), PATIENCE_S)
            assert socket.close_code == 1012
        out, err = await asyncio.wait_for(at.process.communicate(), PATIENCE_S)
        assert (at.process.returncode, out.decode().strip()) == (0, "stopped")
        assert "Traceback" not in err.decode()


async def test_a_phone_that_stops_reading_does_not_hold_up_the_end() -> None:
    async with serving("uvicorn") as at:
        reader, writer = await asyncio.open_connection("127.0.0.1", at.port)
        writer.write(
            b"GET /ws/?display=%b HTTP/1.1\r\nHost: 127.0.0.1:%d\r\nUpgrade: websocket\r\n"
            b"Connection: Upgrade\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
            b"Sec-WebSocket-Version: 13\r\n\r\n" % (at.code.encode(), at.port)
        )
        assert b"101" in await reader.readline()
        at.process.send_signal(signal.SIGTERM)
        await asyncio.wait_for(at.process.communicate(), PATIENCE_S)
        assert at.process.returncode == 0
        writer.close()


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("fresh_hub")
async def test_a_phone_that_stops_reading_is_dropped_and_costs_the_others_nothing(
    monkeypatch,
) -> None:
    monkeypatch.setattr(outlet, "SLOW_S", 1.0)
    display = await sync_to_async(a_display)()
    stop, ready = asyncio.Event(), asyncio.Event()
    sock = listen(port=0)
    url = f"ws://127.0.0.1:{sock.getsockname()[1]}/ws/?display={display.code}"
    running = asyncio.create_task(serve(sock, stop=stop, ready=ready))
    await asyncio.wait_for(ready.wait(), PATIENCE_S)
    ingester = Ingester(topic=f"race.{display.race_id}")
    reading = Client()
    plain = connect(url, max_queue=1, compression=None)  # deflated, it would never be full
    async with connect(url) as phone, plain as stuck:
        await subscribe(phone, display.code)
        of_the_phone = hub.stats()["subscriptions"]
        await subscribe(stuck, display.code)
        for number in range(300):
            board = a_board(number, name=f"{number}" + "x" * 50_000)
            await publish(ingester.change(board) if number else ingester.whole())
            reading.apply(json.dumps(await hear(phone)))
        assert (reading.board, len(reading.kinds)) == (ingester.board, 300)
        async with asyncio.timeout(PATIENCE_S):
            while hub.stats()["subscriptions"] > of_the_phone:
                await asyncio.sleep(0.05)
        stuck.transport.abort()
    stop.set()
    await asyncio.wait_for(running, PATIENCE_S)


def a_display() -> Display:
    team = make.team()
    race = make.race(make.followed_feed(team))
    with every_team("test"):
        return Display.objects.create(team=team, name="TV", race=race)

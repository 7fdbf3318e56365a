"""Feeds of our own on loopback, for transports to listen to."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass, field

from websockets.asyncio.server import ServerConnection, serve

from timing.transports import LinkReport, RawFrame, Transport, World

Script = Callable[[ServerConnection], Awaitable[None]]


@dataclass
class StillWorld:
    """A wall clock that stands still but for sleeps, which take no time and are written down."""

    at_ms: int = 1_000_000
    slept: list[float] = field(default_factory=list)

    def world(self) -> World:
        return World(now_ms=lambda: self.at_ms, sleep=self.sleep, chance=lambda: 1.0)

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.at_ms += round(seconds * 1000)
        await asyncio.sleep(0)


@dataclass
class Feed:
    url: str
    heard: list[str | bytes] = field(default_factory=list)
    origins: list[str | None] = field(default_factory=list)


@asynccontextmanager
async def feed(*scripts: Script) -> AsyncIterator[Feed]:
    """A server that plays one script a connection, and the last one for all that follow."""
    turn = iter(range(10**6))
    found = Feed("")

    async def handle(connection: ServerConnection) -> None:
        assert connection.request is not None
        found.origins.append(connection.request.headers.get("Origin"))
        listening = asyncio.create_task(listen(connection))
        await scripts[min(next(turn), len(scripts) - 1)](connection)
        listening.cancel()

    async def listen(connection: ServerConnection) -> None:
        async for message in connection:
            found.heard.append(message)

    async with serve(handle, "127.0.0.1", 0, max_size=None) as server:
        found.url = f"ws://127.0.0.1:{server.sockets[0].getsockname()[1]}/"
        yield found


def says(*messages: str | bytes) -> Script:
    async def script(connection: ServerConnection) -> None:
        for message in messages:
            await connection.send(message)

    return script


def says_and_holds(*messages: str | bytes) -> Script:
    async def script(connection: ServerConnection) -> None:
        await says(*messages)(connection)
        await connection.wait_closed()

    return script


async def cuts(connection: ServerConnection) -> None:
    connection.transport.abort()


async def take(transport: Transport, count: int) -> list[RawFrame]:
    got: list[RawFrame] = []
    async with asyncio.timeout(60), aclosing(transport.frames()) as frames:  # type: ignore[type-var]
        async for frame in frames:
            got.append(frame)
            if len(got) == count:
                break
    return got


def texts(frames: list[RawFrame]) -> list[tuple[int, str | bytes]]:
    return [(frame.connection, frame.msg) for frame in frames]


def states(reports: list[LinkReport]) -> list[str]:
    return [str(report.state) for report in reports]


async def first_reports(
    transport: Transport, reports: list[LinkReport], count: int
) -> list[LinkReport]:
    """What a transport that never delivers reports first; `reports` is where it reports to."""
    listening = asyncio.create_task(take(transport, 1))
    try:
        async with asyncio.timeout(60):
            while len(reports) < count and not listening.done():
                await asyncio.sleep(0.001)
    finally:
        listening.cancel()
        await asyncio.gather(listening, return_exceptions=True)
    return reports[:count]

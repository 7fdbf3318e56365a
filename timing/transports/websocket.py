"""A feed that speaks over a WebSocket: connects, listens, and never says anything.

An Apex server relays what it is sent to every viewer, so silence is a duty; pings of the
WebSocket layer are answered and sent, they reach nobody.
"""

from __future__ import annotations

import asyncio
import functools
import os
import socket
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from urllib.parse import urlsplit

from websockets.asyncio.client import ClientConnection
from websockets.asyncio.client import connect as handshake
from websockets.exceptions import ConnectionClosed, InvalidStatus, WebSocketException
from websockets.typing import Origin

from teams import outbound
from timing.enums import LinkState
from timing.transports.base import (
    Backoff,
    FeedLost,
    LinkReport,
    OnReport,
    RawFrame,
    World,
    ignore_report,
)

# What a connection can fail with that is the world's fault and not ours.
_LOST = (
    OSError,  # with TimeoutError and ssl.SSLError
    WebSocketException,
    outbound.OutboundRefused,
    outbound.OutboundFailed,
    FeedLost,
)


@dataclass(frozen=True, slots=True)
class Patience:
    """Seconds. An idle Apex feed says something every 60 s, so 90 is late and 150 is gone."""

    connect_s: float = 10.0
    first_frame_s: float = 20.0
    stale_s: float = 90.0
    gone_s: float = 150.0
    steady_s: float = 10.0  # a connection that lasted so long makes the next wait short again


@dataclass(frozen=True, slots=True)
class Bounds:
    """Bytes. A full grid of 100 karts is 100 KB; strangers can write into a feed."""

    message: int = 16 * 1024 * 1024
    line: int = 1024 * 1024


@dataclass(slots=True)
class Counters:
    connections: int = 0
    frames: int = 0
    cut_lines: int = 0
    undecodable: int = 0


class WebSocketTransport:
    """Frames of the first endpoint that delivers, for ever.

    `find_endpoints` is asked before every attempt, because a feed may move while it is down; the
    endpoints are tried in turn, beginning with the one after the last that stayed silent.
    `first_connection` continues the numbering of an earlier process.
    """

    def __init__(
        self,
        find_endpoints: Callable[[], Awaitable[Sequence[str]]],
        *,
        on_report: OnReport = ignore_report,
        origin: str | None = None,
        patience: Patience = Patience(),
        bounds: Bounds = Bounds(),
        world: World = World(),  # noqa: B008 - frozen
        allow_private: bool = False,
        first_connection: int = 0,
    ) -> None:
        self.counters = Counters()
        self._find_endpoints = find_endpoints
        self._on_report = on_report
        self._origin = Origin(origin) if origin else None
        self._patience, self._bounds, self._world = patience, bounds, world
        self._allow_private = allow_private
        self._connection = first_connection - 1
        self._skip = 0
        self._backoff = Backoff(chance=world.chance)

    async def frames(self) -> AsyncIterator[RawFrame]:
        while True:
            self._report(LinkState.CONNECTING)
            try:
                async with self._connected() as link:
                    while True:
                        yield await self._next(link)
            except _LOST as error:
                await self._wait(str(error) if isinstance(error, FeedLost) else _reason(error))

    async def _wait(self, error: str) -> None:
        delay = self._backoff.next_s()
        retry_at = self._world.now_ms() + round(delay * 1000)
        self._report(LinkState.DOWN, retry_at_ms=retry_at, error=error)
        await self._world.sleep(delay)

    @asynccontextmanager
    async def _connected(self) -> AsyncIterator[_Link]:
        raw = await self._open_one(await self._find_endpoints())
        self._connection += 1
        self.counters.connections += 1
        link = _Link(raw, self._connection, opened_at_ms=self._world.now_ms())
        try:
            yield link
        except ConnectionClosed as closed:
            raise FeedLost(f"{link.name}: {_reason(closed)}") from closed
        finally:
            if not link.delivered:
                self._skip += 1
            elif self._world.now_ms() - link.opened_at_ms >= self._patience.steady_s * 1000:
                self._backoff.reset()
            await raw.close()

    async def _open_one(self, urls: Sequence[str]) -> ClientConnection:
        if not urls:
            raise FeedLost("the page names no port")
        first = self._skip % len(urls)
        failures = []
        for url in [*urls[first:], *urls[:first]]:
            try:
                return await self._open(url)
            except _LOST as error:
                failures.append(f"{urlsplit(url).netloc}: {_reason(error)}")
        raise FeedLost("; ".join(failures))

    async def _open(self, url: str) -> ClientConnection:
        parts = outbound.check_url(url, schemes=("ws", "wss"), allow_private=self._allow_private)
        sock = await outbound.connect(
            parts.hostname or "",
            outbound.port_of(parts),
            timeout_s=self._patience.connect_s,
            allow_private=self._allow_private,
        )
        return await self._shake_hands(url, sock)

    async def _shake_hands(self, url: str, sock: socket.socket) -> ClientConnection:
        opening = handshake(
            url,
            sock=sock,
            ssl=_tls() if url.startswith("wss:") else None,
            origin=self._origin,
            user_agent_header="LT-Analyzer",
            proxy=None,  # it would resolve names unchecked
            compression=None,  # a few KB/s do not pay for inflating bombs
            open_timeout=self._patience.connect_s,
            ping_interval=30,
            ping_timeout=None,  # silence is judged by data, not by pongs
            close_timeout=1,  # a server that does not answer it must not hold us up
            max_size=self._bounds.message,
        )
        try:
            return await opening
        except ssl.SSLError:
            raise  # a certificate that does not verify is a ValueError too
        except ValueError:  # what websockets says of a redirect, which would pass by the guard
            raise FeedLost("answers with a redirect") from None

    async def _next(self, link: _Link) -> RawFrame:
        data = await self._receive(link)
        at_ms = self._world.now_ms()
        if not link.live:
            link.live = link.delivered = True
            self._report(LinkState.LIVE)
        self.counters.frames += 1
        return RawFrame(at_ms, self._bounded(self._decode(data)), link.connection)

    async def _receive(self, link: _Link) -> bytes:
        """The next message; on the way to giving up, the link is reported as stale."""
        patience = self._patience
        if not link.delivered:
            return await _receive_within(link, patience.first_frame_s)
        try:
            return await _receive_within(link, patience.stale_s)
        except FeedLost:
            link.live = False
            self._report(LinkState.STALE)
        left_s = patience.gone_s - patience.stale_s
        return await _receive_within(link, left_s, silent_s=patience.gone_s)

    def _decode(self, data: bytes) -> str:
        try:
            return data.decode()
        except UnicodeDecodeError:
            self.counters.undecodable += 1
            return data.decode(errors="replace")

    def _bounded(self, text: str) -> str:
        """Without its over-long lines; the others of the message are as good as any."""
        if len(text) <= self._bounds.line:
            return text
        lines = text.split("\n")
        kept = [line for line in lines if len(line) <= self._bounds.line]
        self.counters.cut_lines += len(lines) - len(kept)
        return "\n".join(kept)

    def _report(self, state: LinkState, *, retry_at_ms: int | None = None, error: str = "") -> None:
        self._on_report(LinkReport(state, self._world.now_ms(), retry_at_ms, error))


@dataclass(slots=True)
class _Link:
    raw: ClientConnection
    connection: int
    opened_at_ms: int
    delivered: bool = False
    live: bool = False

    @property
    def name(self) -> str:
        uri = self.raw.protocol.uri
        return f"{uri.host}:{uri.port}"


async def _receive_within(link: _Link, limit_s: float, *, silent_s: float | None = None) -> bytes:
    try:
        async with asyncio.timeout(limit_s):
            # decode=False: invalid UTF-8 in a text frame is ours to bear, not a reason to close.
            return await link.raw.recv(decode=False)
    except TimeoutError:
        raise FeedLost(f"{link.name}: silent for {silent_s or limit_s:g} s") from None


@functools.cache
def _tls() -> ssl.SSLContext:
    return ssl.create_default_context()


def _reason(error: BaseException) -> str:
    """A cause in few words that cannot hold a secret of the address."""
    if isinstance(error, InvalidStatus):
        return f"answers HTTP {error.response.status_code}"
    if isinstance(error, ConnectionClosed):
        code = error.rcvd.code if error.rcvd else error.sent.code if error.sent else None
        return f"connection closed ({code})" if code else "connection cut"
    if isinstance(error, outbound.OutboundRefused | outbound.OutboundFailed | FeedLost):
        return str(error)
    if isinstance(error, TimeoutError):
        return "no answer in time"
    if isinstance(error, ssl.SSLError):
        return f"TLS failed ({error.reason or 'no reason given'})"
    if isinstance(error, OSError) and error.errno:
        return os.strerror(error.errno).lower()
    return type(error).__name__

"""An Apex Timing host in small: a simulated feed for any number of WebSocket clients.

One port does both: a WebSocket upgrade gets the feed (the full state first, then what changes),
``GET /<slug>/javascript/config.js`` tells a client where that is, as a real track page does.
Virtual time runs at ``speed`` times real time from wherever the feed is when serving begins.
Loopback only, unless a host is given.
"""

from __future__ import annotations

import asyncio
import logging
from http import HTTPStatus
from types import TracebackType

from websockets.asyncio.server import Server, ServerConnection, broadcast, serve
from websockets.datastructures import Headers
from websockets.exceptions import ConnectionClosed
from websockets.http11 import Request, Response

from timing.simulators.apex import ApexFeed

LOG = logging.getLogger(__name__)
LOG.setLevel(logging.WARNING)  # each connection of a viewer is no news

BEAT_S = 0.05
PLAIN_OFFSET = 2  # a page's configPort is two below the port of its ws:// socket
KEEPALIVE_S = 60.0


class FeedServer:
    """``async with FeedServer(feed) as server: …``; also ``start()`` and ``stop()``.

    ``heard`` counts what clients said: a proper one says nothing.
    """

    def __init__(
        self,
        feed: ApexFeed,
        *,
        speed: float = 1.0,
        host: str = "127.0.0.1",
        port: int = 0,
        slug: str = "simulated",
    ) -> None:
        if speed <= 0:
            raise ValueError("speed must be above 0")
        self.feed = feed
        self.heard = 0
        self.clients: set[ServerConnection] = set()
        self._speed, self._host, self._port, self._slug = speed, host, port, slug
        self._server: Server | None = None
        self._clock: asyncio.Task[None] | None = None

    @property
    def port(self) -> int:
        """The port it listens on, once started."""
        return self._port

    @property
    def page_url(self) -> str:
        return f"http://{self._host}:{self.port}/{self._slug}/"

    @property
    def socket_url(self) -> str:
        return f"ws://{self._host}:{self.port}/"

    async def start(self) -> None:
        self._server = await serve(
            self._client,
            self._host,
            self._port,
            process_request=self._request,
            compression=None,
            ping_interval=20,
            logger=LOG,
        )
        self._port = int(next(iter(self._server.sockets)).getsockname()[1])
        self._clock = asyncio.create_task(self._run())

    async def stop(self) -> None:
        if self._clock is not None:
            self._clock.cancel()
            await asyncio.gather(self._clock, return_exceptions=True)
        if self._server is not None:
            self._server.close()
            await self._server.wait_closed()

    async def wait(self) -> None:
        """Until the feed fails or somebody stops the server."""
        assert self._clock is not None, "not started"
        await self._clock

    async def __aenter__(self) -> FeedServer:
        await self.start()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.stop()

    # -- time -------------------------------------------------------------------------------

    async def _run(self) -> None:
        loop = asyncio.get_running_loop()
        began, virtual = loop.time(), self.feed.now
        idle_since = began
        while True:
            await asyncio.sleep(BEAT_S)
            now = loop.time()
            if not self.feed.over:
                idle_since = now
                self._advance(virtual + round((now - began) * 1000 * self._speed))
            elif now - idle_since >= KEEPALIVE_S:
                idle_since = now
                self._send("\n")

    def _advance(self, until: int) -> None:
        """Step by step, so that a cut closes sockets at its own moment, whatever the speed."""
        while not self.feed.over and self.feed.next_at <= until:
            for _, text in self.feed.step():
                self._send(text)
            if self._is_cut():
                self._hang_up()
        self.feed.now = max(self.feed.now, until)

    def _is_cut(self) -> bool:
        return self.feed.blackout is not None and self.feed.blackout.cut

    def _hang_up(self) -> None:
        for client in self.clients:
            client.transport.abort()
        self.clients.clear()

    def _send(self, text: str) -> None:
        if self.clients:
            broadcast(self.clients, _on_the_wire(text))

    # -- clients ----------------------------------------------------------------------------

    async def _client(self, client: ServerConnection) -> None:
        """The others get what is pending first: the full state must not run ahead of them."""
        for _, text in self.feed.flush():
            self._send(text)
        broadcast([client], self.feed.opening())
        self.clients.add(client)
        try:
            async for _ in client:
                self.heard += 1
        except ConnectionClosed:
            pass
        finally:
            self.clients.discard(client)

    async def _request(self, client: ServerConnection, request: Request) -> Response | None:
        if request.headers.get("Upgrade", "").lower() == "websocket":
            return _answer(HTTPStatus.SERVICE_UNAVAILABLE, "") if self._is_cut() else None
        if request.path == f"/{self._slug}/javascript/config.js":
            return _answer(HTTPStatus.OK, self._config(), kind="application/javascript")
        if request.path in (f"/{self._slug}/", f"/{self._slug}/index.html"):
            return _answer(HTTPStatus.OK, "<!doctype html><title>Simulated track</title>")
        return _answer(HTTPStatus.NOT_FOUND, "")

    def _config(self) -> str:
        """With a byte-order mark and CRLF, as the real ones come."""
        lines = [
            f"var configPort = {self.port - PLAIN_OFFSET};",
            f'var configHost = "{self._host}";',
            "var configGMT = 0;",
            'var title = "Simulated track";',
        ]
        return "\ufeff" + "\r\n".join(lines) + "\r\n"


def _answer(status: HTTPStatus, body: str, *, kind: str = "text/html") -> Response:
    data = body.encode()
    headers = Headers(
        {
            "Content-Type": f"{kind}; charset=utf-8",
            "Content-Length": str(len(data)),
            "Connection": "close",
        }
    )
    return Response(status.value, status.phrase, headers, data)


def _on_the_wire(text: str) -> str | bytes:
    """Garbage goes out as the bytes it was: a binary frame that is no UTF-8."""
    if "\ufffd" not in text:
        return text
    return text.encode().replace("\ufffd".encode(), b"\xff")

"""uvicorn inside an event loop that is already running, for `manage.py live`.

`run` makes the loop (uvloop where there is one), `stop_signals` turns SIGINT and SIGTERM into an
event that everything in the process waits for, and `serve` listens until that event.
"""

from __future__ import annotations

import asyncio
import contextlib
import signal
import socket
from collections.abc import Coroutine, Iterator
from typing import Any

import uvicorn
from django.conf import settings
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol

APPLICATION = "lt_analyzer.asgi:application"
GRACE_S = 5
MAX_CLIENT_MESSAGE = 64 * 1024


class SocketProtocol(WebSocketsSansIOProtocol):
    """uvicorn's own, and a way to drop a peer that does not read: closing would wait for it."""

    async def run_asgi(self) -> None:
        extensions: dict[str, Any] = self.scope["extensions"]
        extensions["lt.abort"] = self.transport.abort
        await super().run_asgi()


class Server(uvicorn.Server):
    """Leaves signals to the process, which has more to stop than its web server."""

    ready: asyncio.Event | None = None

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self.ready is not None:
            self.ready.set()

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


def run(main: Coroutine[Any, Any, Any]) -> Any:
    """`asyncio.run` on uvloop, or on the standard loop where uvloop is not to be had."""
    try:
        from uvloop import new_event_loop  # not on every platform
    except ImportError:
        return asyncio.run(main)
    with asyncio.Runner(loop_factory=new_event_loop) as runner:
        return runner.run(main)


def stop_signals() -> asyncio.Event:
    """An event that SIGINT and SIGTERM set. A second signal ends the process at once."""
    loop, stop = asyncio.get_running_loop(), asyncio.Event()

    def asked() -> None:
        stop.set()
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.remove_signal_handler(number)

    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, asked)
    return stop


def listen(*, host: str = "127.0.0.1", port: int = 8000) -> socket.socket:
    """A bound socket (port 0: a free one). Raises OSError where the port is taken, before any
    race is touched."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    sock = socket.socket(family, socket.SOCK_STREAM)
    try:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        sock.bind((host, port))
    except BaseException:
        sock.close()
        raise
    return sock


async def serve(
    sock: socket.socket, *, stop: asyncio.Event, ready: asyncio.Event | None = None
) -> None:
    """Serve until `stop`; sets `ready` when requests are answered. Closes its sockets: open ones
    are told to reconnect (1012) and given GRACE_S to take it."""
    server = Server(_config())
    server.ready = ready
    stopping = asyncio.create_task(_stop(server, stop))
    try:
        await server.serve(sockets=[sock])
    finally:
        stopping.cancel()
        sock.close()


async def _stop(server: Server, stop: asyncio.Event) -> None:
    await stop.wait()
    server.should_exit = True


def _config() -> uvicorn.Config:
    return uvicorn.Config(
        APPLICATION,
        ws=SocketProtocol,
        ws_max_size=MAX_CLIENT_MESSAGE,
        ws_per_message_deflate=False,  # 8-17 µs a frame and socket, more than the delivery itself
        ws_ping_interval=settings.WEBSOCKET_PING_INTERVAL,
        ws_ping_timeout=settings.WEBSOCKET_PING_TIMEOUT,
        timeout_graceful_shutdown=GRACE_S,
        lifespan="on",
        access_log=False,
        server_header=False,
        log_config=None,  # Django's
        log_level="warning",
    )

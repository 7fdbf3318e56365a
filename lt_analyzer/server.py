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
from websockets.extensions.permessage_deflate import ServerPerMessageDeflateFactory

APPLICATION = "lt_analyzer.asgi:application"
GRACE_S = 5
MAX_CLIENT_MESSAGE = 64 * 1024
KERNEL_HOLDS = 128 * 1024  # bytes of a socket that are not on their way yet
DEFLATE = [
    ServerPerMessageDeflateFactory(server_no_context_takeover=True, client_no_context_takeover=True)
]


class SocketProtocol(WebSocketsSansIOProtocol):
    """uvicorn's own, which offers itself as the pipe of displays/outlet.py: frames that are ready
    go to the transport, and a peer that does not read can be dropped (closing would wait for it).

    permessage-deflate is negotiated without context takeover on both sides: a frame that was
    compressed once then fits every stream, and no socket keeps a window of its own.
    """

    deflates = False

    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        self.conn.available_extensions = DEFLATE

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(transport)
        _bound_the_kernel(transport)

    async def run_asgi(self) -> None:
        extensions: dict[str, Any] = self.scope["extensions"]
        extensions["lt.pipe"] = self
        self.deflates = bool(self.conn.extensions)
        await super().run_asgi()

    @property
    def has_room(self) -> bool:
        return (
            self.writable.is_set()
            and self.handshake_complete
            and not self.close_sent
            and not self.transport.is_closing()
        )

    def put(self, data: bytes) -> bool:
        if not self.has_room:
            return False
        self.transport.write(data)
        return True

    async def room(self) -> None:
        await self.writable.wait()
        if not self.has_room:
            raise ConnectionResetError

    def abort(self) -> None:
        self.transport.abort()


def _bound_the_kernel(transport: asyncio.BaseTransport) -> None:
    """Where it can be said, the kernel takes no megabytes for a peer that does not read: what it
    holds is old, and cannot be replaced by the newest board."""
    sock = transport.get_extra_info("socket")
    option = getattr(socket, "TCP_NOTSENT_LOWAT", None)
    if None not in (option, sock) and sock.family in (socket.AF_INET, socket.AF_INET6):
        sock.setsockopt(socket.IPPROTO_TCP, option, KERNEL_HOLDS)


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
        ws_per_message_deflate=False,  # SocketProtocol has a way of its own
        ws_ping_interval=settings.WEBSOCKET_PING_INTERVAL,
        ws_ping_timeout=settings.WEBSOCKET_PING_TIMEOUT,
        timeout_graceful_shutdown=GRACE_S,
        lifespan="on",
        access_log=False,
        server_header=False,
        log_config=None,  # Django's
        log_level="warning",
    )

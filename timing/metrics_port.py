"""`GET /metrics` of a process without a web server: a port of its own, for Prometheus alone.

It listens where METRICS_PORT and METRICS_HOST say, loopback by default. With METRICS_TOKEN set, it
asks for that as a bearer token; without, whoever reaches the port may read.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from hmac import compare_digest

from django.conf import settings

from timing.metrics import CONTENT_TYPE, ingester_families, process_families, rendered

logger = logging.getLogger(__name__)

WAIT_S = 5.0
MOST_BYTES = 8_192


def of_this_process() -> str:
    return rendered([*process_families(), *ingester_families()])


def may_read(authorization: bytes) -> bool:
    """Whether a header holds METRICS_TOKEN; never, where there is none."""
    wanted = settings.METRICS_TOKEN.encode()
    return bool(wanted) and compare_digest(authorization, b"Bearer " + wanted)


@asynccontextmanager
async def metrics_port(said: Callable[[], str] = of_this_process) -> AsyncIterator[int]:
    """Listens while it is open, if it shall; gives the port, or 0. A port that is taken is no
    reason to stop a race."""
    if settings.METRICS_PORT is None:
        yield 0
        return
    try:
        server = await asyncio.start_server(
            lambda reader, writer: _answer(reader, writer, said),
            settings.METRICS_HOST,
            settings.METRICS_PORT,
            limit=MOST_BYTES,
        )
    except OSError as error:
        logger.error(
            "no metrics at %s:%s: %s",
            settings.METRICS_HOST,
            settings.METRICS_PORT,
            error.strerror,
        )
        yield 0
        return
    try:
        yield int(server.sockets[0].getsockname()[1])
    finally:
        server.close()


async def _answer(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, said: Callable[[], str]
) -> None:
    with suppress(OSError, TimeoutError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
        async with asyncio.timeout(WAIT_S):
            head = await reader.readuntil(b"\r\n\r\n")
            status, body = _answer_to(head, said)
            kind = CONTENT_TYPE if status == "200 OK" else "text/plain"
            writer.write(
                f"HTTP/1.1 {status}\r\nContent-Type: {kind}\r\nContent-Length: {len(body)}\r\n"
                "Cache-Control: no-store\r\nConnection: close\r\n\r\n".encode()
            )
            writer.write(body)
            await writer.drain()
    writer.close()


def _answer_to(head: bytes, said: Callable[[], str]) -> tuple[str, bytes]:
    asked, *lines = head.split(b"\r\n")
    pairs = [line.partition(b":")[::2] for line in lines]
    headers = {name.strip().lower(): value.strip() for name, value in pairs}
    if settings.METRICS_TOKEN:
        if not may_read(headers.get(b"authorization", b"")):
            return "401 Unauthorized", b"METRICS_TOKEN is wanted.\n"
    elif b"origin" in headers or b"sec-fetch-site" in headers:
        return "403 Forbidden", b"Not for browsers.\n"  # a page elsewhere may call us by a name
    if asked.split(b" ")[:2] != [b"GET", b"/metrics"]:
        return "404 Not Found", b"There is /metrics.\n"
    return "200 OK", said().encode()

"""What probes ask, answered before Django: `/health`, `/health/ready` and `/metrics`.

A JSON view costs about a millisecond of middleware and threads; these cost a few microseconds. What
they tell is looked up in a thread of their own, which every request may start and none has to wait
for: it gets what was seen a moment ago. Only what was seen too long ago is waited for, and not for
long: a database that hangs makes the answer red, not late.

The name in the request's Host header does not matter here, as it does for pages: nothing in these
answers is made from it, and what they tell is public, or asks for a token.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Generic, Protocol, TypeVar

from django.db import close_old_connections, connections

from lt_analyzer import health, metrics, readiness
from timing.metrics import CONTENT_TYPE
from timing.metrics_port import may_read

logger = logging.getLogger(__name__)

FRESH_S = 2.0  # older than this, somebody looks again
TOO_OLD_S = 6.0  # older than this, the answer waits for the look
WAIT_S = 2.0

Message = dict[str, Any]
Send = Callable[[Message], Awaitable[None]]
Answer = tuple[int, bytes, bytes]  # status, type, body

_HEADERS = [
    (b"cache-control", b"max-age=0, no-cache, no-store, must-revalidate, private"),
    (b"x-content-type-options", b"nosniff"),
]
_JSON = b"application/json"


class _Aged(Protocol):
    @property
    def age_s(self) -> float: ...


T = TypeVar("T", bound=_Aged)
R = TypeVar("R")


class Watch(Generic[T]):
    """What `look` saw last. `blind`: what is said when it does not come back."""

    def __init__(self, look: Callable[[], T], blind: Callable[[], T]) -> None:
        self._look, self._blind = look, blind
        self._seen: T | None = None
        self._looking: asyncio.Future[T] | None = None

    async def seen(self) -> T:
        found = self._seen
        if found is None or found.age_s > FRESH_S:
            looking = self._begin()
            if found is None or found.age_s > TOO_OLD_S:
                await asyncio.wait([looking], timeout=WAIT_S)
                fresh = self._seen is not None and self._seen.age_s <= TOO_OLD_S
                return self._seen if fresh and self._seen is not None else self._blind()
        return found

    def _begin(self) -> asyncio.Future[T]:
        loop = asyncio.get_running_loop()
        if self._looking is None or self._looking.get_loop() is not loop:
            self._looking = loop.run_in_executor(_thread, _in_thread, self._look)
            self._looking.add_done_callback(self._took)
        return self._looking

    def _took(self, looking: asyncio.Future[T]) -> None:
        self._looking = None
        if looking.cancelled():
            return
        if error := looking.exception():  # a bug of ours: the answer turns red as it grows old
            logger.error("a probe failed", exc_info=error)
        else:
            self._seen = looking.result()


def _in_thread(look: Callable[[], R]) -> R:
    close_old_connections()
    try:
        return look()
    finally:
        connections.close_all()  # it is asked rarely enough to be no guest of the pool's


_thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="lt-probe")
_health: Watch[health.Seen] = Watch(health.look, health.down)
_ready: Watch[readiness.Parts] = Watch(readiness.look, readiness.nothing)


async def _answer_health() -> Answer:
    seen = await _health.seen()
    return seen.code, _JSON, health.body(seen)


async def _answer_ready() -> Answer:
    code, text = readiness.answer(await _ready.seen())
    return code, _JSON, text


async def health_now() -> health.Seen:
    return await _health.seen()


async def in_thread(work: Callable[[], R]) -> R:
    """Something for the database, where looks are."""
    return await asyncio.get_running_loop().run_in_executor(_thread, _in_thread, work)


PROBES: dict[str, Callable[[], Awaitable[Answer]]] = {
    "/health": _answer_health,
    "/api/health": _answer_health,
    "/health/ready": _answer_ready,
}


async def _answer_metrics() -> Answer:
    return 200, CONTENT_TYPE.encode(), metrics.of_this_process().encode()


async def answered(scope: Message, send: Send) -> bool:
    """Answer a request that is a probe's; False: it is for the pages."""
    probe = PROBES.get(scope["path"])
    if scope["path"] == "/metrics" and may_read(_header(scope, b"authorization")):
        probe = _answer_metrics  # who has no token is asked for a session, by the view
    if probe is None:
        return False
    if scope["method"] not in ("GET", "HEAD"):
        await _send(scope, send, (405, b"text/plain", b""), [(b"allow", b"GET, HEAD")])
    else:
        await _send(scope, send, await probe())
    return True


def _header(scope: Message, wanted: bytes) -> bytes:
    return next((bytes(value) for name, value in scope["headers"] if name == wanted), b"")


async def _send(
    scope: Message, send: Send, answer: Answer, more: list[tuple[bytes, bytes]] | None = None
) -> None:
    status, kind, body = answer
    headers = [
        (b"content-type", kind),
        (b"content-length", b"%d" % len(body)),
        *_HEADERS,
        *(more or ()),
    ]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    shown = b"" if scope["method"] == "HEAD" else body
    await send({"type": "http.response.body", "body": shown})


def forget() -> None:
    """As after a start."""
    global _health, _ready
    _health, _ready = Watch(health.look, health.down), Watch(readiness.look, readiness.nothing)

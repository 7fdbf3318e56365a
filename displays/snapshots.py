"""`GET /d/<code>/board.json` as the sockets have it: for pollers, answered before Django.

A view of that name (displays/views/boards.py) answers whoever comes first, with all its checks. A
code that it answered is remembered here as if a socket had opened it: it subscribes to what the
display shows, and hears at once when the display is switched off. Until nobody has asked for a
minute, the answer is the hub's board, made into bytes once.
"""

from __future__ import annotations

import asyncio
import gzip
import re
import time
from collections.abc import Awaitable, Callable, Iterable
from typing import Any

import orjson

from displays.access import DisplayViewer, Grant, Look
from displays.consumers import parties
from displays.frames import Batch
from displays.hub import Snapshot, hub
from displays.looks import Party
from displays.subscriptions import Subscriptions
from timing.topics import race_topic

KEEP_S = 60.0
MOST = 200  # displays that are polled; the others ask the view
WORTH_GZIPPING = 1_000

PATH = re.compile(r"/d/([A-Za-z0-9]{8})/board\.json")
HEADERS = [  # of the view's answer, too
    (b"content-type", b"application/json"),
    (b"cache-control", b"no-cache"),
    (b"vary", b"accept-encoding"),
    (b"access-control-allow-origin", b"*"),  # no cookie opens it, and overlays are other sites
    (b"x-robots-tag", b"noindex"),
    (b"x-content-type-options", b"nosniff"),
]

Message = dict[str, Any]
Send = Callable[[Message], Awaitable[None]]


def body_of(snapshot: Snapshot) -> bytes:
    """The `data` of the frame that a socket would get."""
    return orjson.dumps(snapshot.data())


def tag_of(snapshot: Snapshot) -> str:
    return f'"{snapshot.topic.rpartition(".")[2]}-{snapshot.epoch}-{snapshot.seq}"'


class Poller:
    """One display that is asked for. A socket to its party, a viewer to the hub."""

    def __init__(self, code: str) -> None:
        self.code = code
        self.asked_at = time.monotonic()
        self.grant: Grant | None = None
        self._channel = f"display.{code}"
        self._subscriptions = Subscriptions(hub, self)
        self._made: tuple[Snapshot, bytes, bytes] | None = None
        self.party: Party = parties.join(DisplayViewer(code), self)

    async def look(self) -> None:
        """Raises DatabaseError."""
        self.looked(await self.party.look([self._channel]))

    def channels(self) -> Iterable[str]:
        return [self._channel]

    def looked(self, look: Look | None) -> None:
        grant = look.grants.get(self._channel) if look else None
        if grant == self.grant:
            return
        self.grant = grant
        if grant is None:
            self._subscriptions.end_all()
        else:
            self._subscriptions.begin(self._channel, grant)

    def push(self, _batch: Batch) -> bool:
        return False

    def wake(self) -> None: ...

    def snapshot(self) -> Snapshot | None:
        """What the display shows now, if this process has it."""
        if self.grant is None:
            return None
        while self._subscriptions.next() is not None:
            pass  # a feed's topic may turn it to another race
        feed = self.grant.follow_feed
        race = hub.current_race(feed) if feed else None
        topic = race_topic(race) if race else None if feed else self.grant.topics[0]
        return hub.snapshot(topic) if topic else None

    def bodies(self, snapshot: Snapshot) -> tuple[bytes, bytes]:
        """Plain and gzipped."""
        if self._made is None or self._made[0] is not snapshot:
            plain = body_of(snapshot)
            packed = gzip.compress(plain, 5) if len(plain) > WORTH_GZIPPING else plain
            self._made = snapshot, plain, packed
        return self._made[1], self._made[2]

    def leave(self) -> None:
        self._subscriptions.end_all()
        parties.leave(self.party, self)


class Pollers:
    def __init__(self) -> None:
        self._pollers: dict[str, Poller] = {}
        self._loop: asyncio.AbstractEventLoop | None = None

    async def answered(self, scope: Message, send: Send) -> bool:
        """False: it is for the view, or for another page."""
        found = PATH.fullmatch(scope["path"])
        if found is None or scope["method"] not in ("GET", "HEAD"):
            return False
        self._of_this_loop()
        poller = self._pollers.get(found[1])
        snapshot = poller.snapshot() if poller is not None else None
        if poller is None or snapshot is None:
            return False
        poller.asked_at = time.monotonic()
        await _send(scope, send, poller, snapshot)
        return True

    def noting(self, scope: Message, send: Send) -> Send:
        """A `send` for the view: what it answers is remembered."""
        found = PATH.fullmatch(scope["path"])
        if found is None or scope["method"] != "GET":
            return send

        async def noted(message: Message) -> None:
            await send(message)
            if message["type"] == "http.response.start" and message["status"] == 200:
                await self._remember(found[1])

        return noted

    async def _remember(self, code: str) -> None:
        self._forget_idle()
        if code in self._pollers or len(self._pollers) >= MOST:
            return
        self._pollers[code] = poller = Poller(code)
        await poller.look()

    def _of_this_loop(self) -> None:
        loop = asyncio.get_running_loop()
        if self._loop is not loop:
            self._loop, self._pollers = loop, {}

    def _forget_idle(self) -> None:
        limit = time.monotonic() - KEEP_S
        for code, poller in list(self._pollers.items()):
            if poller.asked_at < limit or poller.grant is None:
                del self._pollers[code]
                poller.leave()


async def _send(scope: Message, send: Send, poller: Poller, snapshot: Snapshot) -> None:
    asked = dict(scope["headers"])
    tag = tag_of(snapshot).encode()
    headers = [*HEADERS, (b"etag", tag)]
    if asked.get(b"if-none-match") == tag:
        await send({"type": "http.response.start", "status": 304, "headers": headers})
        await send({"type": "http.response.body", "body": b""})
        return
    plain, packed = poller.bodies(snapshot)
    body = packed if b"gzip" in asked.get(b"accept-encoding", b"") else plain
    if body is not plain:
        headers.append((b"content-encoding", b"gzip"))
    headers.append((b"content-length", b"%d" % len(body)))
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": b"" if scope["method"] == "HEAD" else body})


pollers = Pollers()

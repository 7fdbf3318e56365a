"""A browser without a screen: it patches its board, comes back by cursor and never reloads."""

from __future__ import annotations

import asyncio
import contextlib
import json
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import WebSocketException

from timing.engine.diff import Board, patch

AGAIN_S = 0.5


@dataclass
class Viewer:
    """Watches a public display, now at one of `ports`, now at the next. `whole` counts boards that
    it was given whole, `resumed` connections that went on with the missed frames."""

    ports: Sequence[int]
    display: str
    board: Board | None = None
    topic: str = ""
    epoch: int = 0
    seq: int = 0
    state: str = ""  # of the link to the feed
    states: list[str] = field(default_factory=list)
    frames: int = 0
    whole: int = 0
    resumed: int = 0
    connections: int = 0
    holes: int = 0  # a number was missing: asked again by cursor
    heard_at: float = 0.0
    _task: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Viewer:
        self._task = asyncio.create_task(self._watch())
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._task is not None
        self._task.cancel()
        await asyncio.wait({self._task})

    @property
    def place(self) -> tuple[str, int, int]:
        return self.topic, self.epoch, self.seq

    async def _watch(self) -> None:
        turn = 0
        while True:
            port = self.ports[turn % len(self.ports)]
            turn += 1
            with contextlib.suppress(OSError, WebSocketException, TimeoutError):
                await self._connected(port)
            await asyncio.sleep(AGAIN_S)

    async def _connected(self, port: int) -> None:
        address = f"ws://127.0.0.1:{port}/ws/?display={self.display}"
        origin: Any = f"http://127.0.0.1:{port}"
        async with connect(address, origin=origin, open_timeout=5, close_timeout=1) as socket:
            self.connections += 1
            whole = self.whole
            await self._subscribe(socket)
            fresh = True
            async for text in socket:
                await self._take(socket, json.loads(text))
                if fresh and self.board is not None:
                    self.resumed += self.whole == whole and self.connections > 1
                    fresh = False

    async def _subscribe(self, socket: ClientConnection) -> None:
        wish: dict[str, Any] = {"type": "subscribe", "channel": f"display.{self.display}"}
        if self.board is not None:
            wish |= {"topic": self.topic, "epoch": self.epoch, "seq": self.seq}
        await socket.send(json.dumps(wish))

    async def _take(self, socket: ClientConnection, message: dict[str, Any]) -> None:
        if message["type"] != "dashboard_event":
            return
        data = message["data"]
        if message["event"] == "system.status":
            if data["state"] != self.state:
                self.states.append(data["state"])
            self.state = data["state"]
        if not data["topic"].startswith("race."):
            return
        self.heard_at = time.monotonic()
        self.frames += 1
        if "board" in data:
            if data["topic"] == self.topic and (data["epoch"], data["seq"]) <= (
                self.epoch,
                self.seq,
            ):
                return
            self.board, self.topic = data["board"], data["topic"]
            self.epoch, self.seq = data["epoch"], data["seq"]
            self.whole += 1
        elif data["topic"] == self.topic and data["epoch"] == self.epoch and self.board is not None:
            if data["seq"] <= self.seq:
                return
            if data["seq"] != self.seq + 1:
                self.holes += 1
                await self._subscribe(socket)
                return
            self.board, self.seq = patch(self.board, data["diff"]), data["seq"]

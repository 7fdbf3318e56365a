"""A recording as a transport."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from itertools import islice
from pathlib import Path

from timing.enums import LinkState
from timing.tape import TapeFrame, frames
from timing.transports.base import (
    LinkReport,
    OnReport,
    RawFrame,
    World,
    ignore_report,
)

_BATCH = 500  # frames read in one trip to a thread: a quarter of a second's work at most


class TapeTransport:
    """Plays a tape once, each frame when it is due: `origin_ms + t / speed`.

    What is due already comes at once, so an origin in the past is the history of a race that is
    under way. `origin_ms`: the wall time of the tape's beginning (default: now). `speed` 0: all
    at once. Frames carry the virtual time `origin_ms + t` at any speed.
    """

    def __init__(
        self,
        path: Path,
        *,
        speed: float = 1.0,
        origin_ms: int | None = None,
        on_report: OnReport = ignore_report,
        world: World = World(),  # noqa: B008 - frozen
    ) -> None:
        if speed < 0:
            raise ValueError("speed is a factor, or 0 for all at once")
        self.path, self._speed, self._origin_ms = path, speed, origin_ms
        self._on_report, self._world = on_report, world

    async def frames(self) -> AsyncIterator[RawFrame]:
        origin = self._world.now_ms() if self._origin_ms is None else self._origin_ms
        self._on_report(LinkReport(LinkState.LIVE, self._world.now_ms()))
        async for frame in self._read():
            await self._until_due(origin, frame.t_ms)
            yield RawFrame(origin + frame.t_ms, frame.msg, frame.connection)

    async def _until_due(self, origin: int, t_ms: int) -> None:
        if self._speed:
            wait_ms = origin + t_ms / self._speed - self._world.now_ms()
            if wait_ms > 0:
                await self._world.sleep(wait_ms / 1000)

    async def _read(self) -> AsyncIterator[TapeFrame]:
        source = await asyncio.to_thread(frames, self.path)
        while batch := await asyncio.to_thread(lambda: list(islice(source, _BATCH))):
            for frame in batch:
                yield frame

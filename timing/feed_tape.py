"""The recording of one feed as it runs: begun with its first frame, gone on with after a crash,
changed for a new one when it is old."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from timing import journal
from timing.recording import Recording, pack, tape_file
from timing.sources import Source, Surroundings
from timing.writer import AWAY

logger = logging.getLogger(__name__)

RETRY_S = 2.0


class FeedTape:
    """`row` is the id of the open tape's row; `offset` how far it is written, None: no tape."""

    def __init__(self, source: Source, around: Surroundings) -> None:
        self._source, self._around = source, around
        self._open: Recording | None = None
        self._old: tuple[Recording, int] | None = None
        self._registering: asyncio.Task[None] | None = None
        self.row = 0

    @property
    def offset(self) -> int | None:
        return self._open.offset if self._open is not None and self.row else None

    def go_on(self, resumed: journal.Resumed) -> None:
        if self._source.records:
            self.row = resumed.tape
            self._open = Recording.go_on(
                resumed.path, offset=resumed.offset, connection=resumed.connection
            )

    def record(self, at: int, msg: str, connection: int) -> bool:
        """Record one frame; True if it is the first of a tape that takes the place of another."""
        if not self._source.records:
            return False
        rotated = False
        if self._open is None:
            self._begin(at)
        elif self._open.is_older_than(self._around.rotate_s, at):
            self._old = (self._open, self.row)
            self._begin(at)
            rotated = self._open is not self._old[0]
        if self._open is not None:
            self._open.write(at, msg, connection)
        return rotated

    async def put_away(self) -> None:
        """Close and compress the tape before this one."""
        if self._old is None:
            return
        (old, row), self._old = self._old, None
        old.close()
        path = await asyncio.to_thread(pack, old.path)
        await self._insist(
            journal.tape_closed,
            tape=row,
            path=str(path.relative_to(self._around.tapes)),
            frames=old.frames,
            at=datetime.now(UTC),
        )

    def close(self) -> None:
        if self._registering is not None:
            self._registering.cancel()
        if self._open is not None:
            self._open.close()

    def _begin(self, at: int) -> None:
        path = tape_file(self._around.tapes, self._source.feed, at)
        try:
            self._open = Recording.begin(
                path, protocol=self._source.protocol, url=self._source.url, at_ms=at
            )
        except OSError as error:  # a full disk stops the recording, never the race
            logger.error("feed %s: cannot record: %s", self._source.feed, error.strerror)
            return
        self.row = 0
        self._registering = asyncio.create_task(self._register(self._open))

    async def _register(self, recording: Recording) -> None:
        """Its row; until there is one there are no resume points, and the race goes on."""
        path = str(recording.path.relative_to(self._around.tapes))
        self.row = await self._insist(
            journal.tape_begun, feed=self._source.feed, path=path, at=recording.started_at
        )

    async def _insist(self, work: Callable[..., Any], **arguments: Any) -> Any:
        while True:
            try:
                return await self._around.writer.call(work, **arguments)
            except AWAY as error:
                logger.warning("feed %s: database away: %s", self._source.feed, error)
                await asyncio.sleep(RETRY_S)

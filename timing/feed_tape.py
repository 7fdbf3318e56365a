"""The recording of one feed as it runs: begun with its first frame, gone on with after a crash,
changed for a new one when it is old."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from timing import journal
from timing.recording import Recording, pack, tape_file
from timing.sources import Source, Surroundings
from timing.writer import AWAY

logger = logging.getLogger(__name__)

RETRY_S = 2.0
FULL_MS = 60_000  # a recording that stopped is begun anew after so long


class FeedTape:
    """`row` is the id of the open tape's row; `offset` how far it is written, None: no tape."""

    def __init__(self, source: Source, around: Surroundings) -> None:
        self._source, self._around = source, around
        self._open: Recording | None = None
        self._registering: asyncio.Task[None] | None = None
        self._tidying: asyncio.Task[None] | None = None
        self._stopped_at: int | None = None  # since when the disk is full
        self.row = 0
        self.epoch: int | None = None  # under which tapes are begun

    @property
    def offset(self) -> int | None:
        return self._open.offset if self._open is not None and self.row else None

    @property
    def place(self) -> tuple[Path, int] | None:
        """The file that is written and how far, with a row or without; None: nothing is."""
        held = self._open
        return (held.path, held.offset) if held is not None and held.recording else None

    @property
    def size(self) -> int | None:
        """Of the open tape, in bytes."""
        return None if self._open is None else self._open.offset

    def go_on(self, resumed: journal.Resumed) -> None:
        if self._source.records:
            self.row = resumed.tape
            self._open = Recording.go_on(resumed.path, offset=resumed.offset)

    def is_due(self, at: int) -> bool:
        """Whether the tape is old enough to make room for another before the frame at `at`."""
        if self._open is None or not self._may_begin(at):
            return False
        return self._open.is_older_than(self._around.rotate_s, at)

    def change(self, at: int) -> bool:
        """Begin another tape; this one is closed and compressed in the background.

        False: there was no room for another, so this one goes on.
        """
        old, row = self._open, self.row
        self._begin(at)
        if old is None or self._open is old:
            return False
        self._tidying = asyncio.create_task(self._put_away(old, row))
        return True

    def record(self, at: int, msg: str, connection: int) -> None:
        """Record one frame, before anybody understands it."""
        if not self._source.records:
            return
        recording = self._open is not None and self._open.recording
        if not recording and self._may_begin(at):
            self._begin(at)
        if self._open is not None:
            self._open.write(at, msg, connection)
            if not self._open.recording and self._stopped_at is None:
                self._stopped_at = at

    def _may_begin(self, at: int) -> bool:
        """Not while the disk is full: after a while it may have room again."""
        return self._stopped_at is None or at - self._stopped_at >= FULL_MS

    async def _put_away(self, old: Recording, row: int) -> None:
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
        for task in (self._registering, self._tidying):
            if task is not None:
                task.cancel()
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
            self._stopped_at = at
            return
        self.row, self._stopped_at = 0, None
        self._registering = asyncio.create_task(self._register(self._open))

    async def _register(self, recording: Recording) -> None:
        """Its row; until there is one there are no resume points, and the race goes on."""
        path = str(recording.path.relative_to(self._around.tapes))
        self.row = await self._insist(
            journal.tape_begun,
            feed=self._source.feed,
            path=path,
            at=recording.started_at,
            epoch=self.epoch,
        )

    async def _insist(self, work: Callable[..., Any], **arguments: Any) -> Any:
        while True:
            try:
                return await self._around.writer.call(work, **arguments)
            except AWAY as error:
                logger.warning("feed %s: database away: %s", self._source.feed, error)
                await asyncio.sleep(RETRY_S)

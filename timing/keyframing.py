"""The key frames of a feed as it runs: when one is due, and that writing it holds nobody up.

How far apart they are is counted in bytes of tape, not in seconds: that bounds what has to be read
to reach any moment, and what the index takes, however quick or slow a feed talks.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from pathlib import Path

from timing.keyframes import KeyWriter, Reset, keys_path, moment_of
from timing.pipeline import Pipeline

logger = logging.getLogger(__name__)

KEY_BYTES = 256 * 1024  # about 1,000 frames of a grid of 60: 75 ms of decoding at most


class KeyFraming:
    """Called in the event loop after each frame; writes in a thread, one key frame at a time.

    Costs the loop the pickling of the decoder's memory (1.5 ms with 60 karts) once in so many
    bytes. A full disk ends the index of this tape for a while, never the race.
    """

    def __init__(self) -> None:
        self._tape: Path | None = None
        self._writer: KeyWriter | None = None
        self._due_at = 0
        self._writing: asyncio.Future[None] | None = None
        self._resets: list[Reset] = []  # wait for the next frame

    def passed(self, pipeline: Pipeline, tape: Path, offset: int, connection: int) -> None:
        """A frame was read, and the tape goes on behind it at `offset`."""
        if tape == self._tape and offset < self._due_at and not self._resets:
            return
        if self._writing is not None and not self._writing.done():
            return
        if tape != self._tape:
            self._tape, self._writer = tape, None
        self._due_at = offset + KEY_BYTES
        moment, resets = moment_of(pipeline, offset=offset, connection=connection), self._resets
        self._resets = []

        def write(writer: KeyWriter | None) -> KeyWriter:
            writer = writer or KeyWriter(keys_path(tape), up_to=offset)
            for reset in resets:
                writer.add_reset(reset)
            writer.add(moment)
            return writer

        self._writing = asyncio.ensure_future(self._write(write))

    def was_reset(self, race: str, offset: int) -> None:
        """Staff began a race again between two frames, which the tape does not tell."""
        self._resets.append(Reset(offset, race))

    async def _write(self, write: Callable[[KeyWriter | None], KeyWriter]) -> None:
        try:
            self._writer = await asyncio.to_thread(write, self._writer)
        except OSError as error:
            logger.warning("%s: no key frame: %s", self._tape, error.strerror)
        except Exception:
            logger.exception("%s: no key frame", self._tape)

    async def written(self) -> None:
        """For whoever wants what was begun to be on the disk: the end of a feed, a test."""
        if self._writing is not None:
            await asyncio.shield(self._writing)

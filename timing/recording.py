"""The tape files of a feed: one open at a time, gone on with after a crash, closed by gzip.

They lie under LT_DATA_DIR/tapes/<feed>/. A full disk stops the recording, never the race.
"""

from __future__ import annotations

import logging
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

from timing.tape import TapeWriter, compress, read_header

logger = logging.getLogger(__name__)


class Recording:
    """Appends what a feed says to its tape, before anybody parses it."""

    def __init__(self, writer: TapeWriter) -> None:
        self._writer: TapeWriter | None = writer
        self.path = writer.path
        self.offset = writer.offset
        self.frames = 0
        self.started_at = writer.header.started_at
        self._zero_ms = _ms(self.started_at)

    @classmethod
    def begin(cls, path: Path, *, protocol: str, url: str, at_ms: int) -> Recording:
        """A new tape that begins with the frame at `at_ms`."""
        started_at = datetime.fromtimestamp(at_ms / 1000, UTC)
        return cls(TapeWriter(path, protocol=protocol, url=url, started_at=started_at))

    @classmethod
    def go_on(cls, path: Path, *, offset: int) -> Recording:
        """The tape of a process that was killed; what is torn behind `offset` is cut off."""
        header = read_header(path)
        writer = TapeWriter.reopen(path, header=header, offset=offset)
        return cls(writer)

    @property
    def recording(self) -> bool:
        return self._writer is not None

    def write(self, at_ms: int, msg: str, connection: int) -> None:
        """Record one frame; it is with the operating system when this returns."""
        if self._writer is None:
            return
        try:
            offset = self._writer.write((at_ms - self._zero_ms) / 1000, msg, connection)
            self._writer.flush()
            self.offset = offset  # of what is written: a resume point relies on it
            self.frames += 1
        except OSError as error:
            logger.error("%s: recording stopped: %s", self.path, error.strerror)
            with suppress(OSError):  # what it holds cannot be written now either
                self._writer.close()
            self._writer = None

    def close(self) -> None:
        if self._writer is not None:
            self._writer.close()
            self._writer = None

    def is_older_than(self, seconds: float, now_ms: int) -> bool:
        return now_ms - self._zero_ms > seconds * 1000


def tape_file(root: Path, feed: object, at_ms: int) -> Path:
    """A free name for a tape that begins at `at_ms`."""
    stamp = datetime.fromtimestamp(at_ms / 1000, UTC).strftime("%Y%m%d-%H%M%S")
    folder = root / str(feed)
    number, path = 1, folder / f"{stamp}.jsonl"
    while path.exists() or path.with_name(path.name + ".gz").exists():
        number += 1
        path = folder / f"{stamp}-{number}.jsonl"
    return path


def pack(path: Path) -> Path:
    """Compress a closed tape; a failure leaves it as it is."""
    try:
        return compress(path)
    except OSError as error:
        logger.warning("%s: not compressed: %s", path, error.strerror)
        return path


def _ms(at: datetime) -> int:
    return round(at.timestamp() * 1000)

"""The raw recording of a feed: every frame, before anything parses it.

Format (version 1): JSON objects, one a line, split on ``\\n`` only; plain while open, gzip when
closed, in members that can be entered anywhere (`members`). The first line is the header
``{"v":1,"protocol","url","started_at"}``; every other line ``{"t":<seconds since
started_at>,"msg":<frame text>[,"c":<connection>]}``. ``c`` counts the connections of one recording
and is absent on the first. A torn last line is dropped on reading.
"""

from __future__ import annotations

import gzip
import os
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, cast

import orjson

from timing.members import open_at, write_members

MAX_LINE = 64 * 1024 * 1024  # a hostile frame is bounded by the transport; this guards the reader


# What reading a gzip raises that was cut (EOFError) or damaged on the disk.
_DAMAGED = (EOFError, gzip.BadGzipFile, zlib.error)


class TapeError(ValueError):
    """The file is not a tape of a version we read."""


@dataclass(frozen=True, slots=True)
class TapeHeader:
    protocol: str
    url: str
    started_at: datetime


@dataclass(frozen=True, slots=True)
class TapeFrame:
    """One recorded frame. ``next_offset`` is where reading goes on (bytes, uncompressed)."""

    t_ms: int
    msg: str
    connection: int
    next_offset: int


class TapeWriter:
    """Appends frames to one tape. Not thread-safe; a feed has one writer."""

    def __init__(self, path: Path, *, protocol: str, url: str, started_at: datetime) -> None:
        self.path = Path(path)
        self.header = TapeHeader(protocol, url, started_at)
        self.frames = 0
        self.path.parent.mkdir(parents=True, exist_ok=True)
        self._file: IO[bytes] = _open_for_writing(self.path)
        self.offset = self._put(
            {
                "v": 1,
                "protocol": protocol,
                "url": url or None,
                "started_at": started_at.astimezone(UTC).isoformat().replace("+00:00", "Z"),
            },
            at=0,
        )

    @classmethod
    def reopen(cls, path: Path, *, header: TapeHeader, offset: int) -> TapeWriter:
        """Go on with an open tape after a crash; whatever lies behind `offset` (torn) is cut.

        The header stays, and a file that is shorter than `offset` goes on behind its last whole
        line: it is not filled up with zeros, and no frame is written onto half of another.
        """
        writer = cls.__new__(cls)
        writer.path, writer.header, writer.frames = Path(path), header, 0
        writer._file = open(path, "r+b")  # noqa: SIM115 - lives as long as the writer
        size = os.fstat(writer._file.fileno()).st_size
        header_ends = len(writer._file.readline(MAX_LINE))
        offset = max(_end_of_line(writer._file, min(offset, size)), header_ends)
        writer._file.truncate(offset)
        writer._file.seek(offset)
        writer.offset = offset
        return writer

    def write(self, t: float, msg: str, connection: int = 0) -> int:
        """Record one frame at `t` seconds; returns the offset behind it."""
        line: dict[str, object] = {"t": round(t, 3), "msg": msg}
        if connection:
            line["c"] = connection
        self.offset = self._put(line, at=self.offset)
        self.frames += 1
        return self.offset

    def flush(self) -> None:
        self._file.flush()

    def close(self) -> None:
        self._file.close()

    def __enter__(self) -> TapeWriter:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _put(self, line: dict[str, object], *, at: int) -> int:
        data = _dumps(line) + b"\n"
        self._file.write(data)
        return at + len(data)


def _end_of_line(file: IO[bytes], offset: int) -> int:
    """Behind the last line that is whole at `offset`."""
    while offset:
        begin = max(0, offset - (1 << 16))
        file.seek(begin)
        found = file.read(offset - begin).rfind(b"\n")
        if found >= 0:
            return begin + found + 1
        offset = begin
    return 0


def _dumps(line: dict[str, object]) -> bytes:
    try:
        return orjson.dumps(line)
    except orjson.JSONEncodeError:  # lone surrogates: text that is not text
        clean = {k: _clean(v) if isinstance(v, str) else v for k, v in line.items()}
        return orjson.dumps(clean)


def _clean(text: str) -> str:
    return text.encode("utf-8", "replace").decode("utf-8")


def _open_for_writing(path: Path) -> IO[bytes]:
    if path.suffix == ".gz":
        return cast("IO[bytes]", gzip.open(path, "wb", compresslevel=6))
    return open(path, "wb")


def compress(path: Path) -> Path:
    """Turn a closed tape into ``<name>.gz``; the plain file goes once the new one is whole."""
    target = path.with_name(path.name + ".gz")
    part = path.with_name(path.name + ".gz.part")
    with open(path, "rb") as source, open(part, "wb") as sink:
        write_members(source, sink)
    os.replace(part, target)
    path.unlink()
    return target


def set_apart(path: Path, size: int) -> None:
    """Give the first `size` bytes of an open tape a file of their own under the same name.

    Whoever had it open goes on writing into the old file, which has no name any more.
    """
    part = path.with_name(path.name + ".part")
    with open(path, "rb") as source, open(part, "wb") as sink:
        left = size
        while left and (chunk := source.read(min(left, 1 << 20))):
            left -= sink.write(chunk)
    os.replace(part, path)


def repack(path: Path) -> None:
    """Make a packed tape one that can be entered anywhere. It holds the same text all the time.

    A damaged one is left as it is.
    """
    part = path.with_name(path.name + ".part")
    try:
        with gzip.open(path, "rb") as source, open(part, "wb") as sink:
            write_members(cast("IO[bytes]", source), sink)
        os.replace(part, path)
    except _DAMAGED:
        part.unlink(missing_ok=True)


@contextmanager
def _reading(path: Path, offset: int = 0) -> Iterator[IO[bytes]]:
    if is_packed(path):
        with open_at(path, offset) as unpacked:
            yield unpacked
    else:
        with open(path, "rb", buffering=1 << 18) as plain:
            plain.seek(offset)
            yield plain


def is_packed(path: Path) -> bool:
    with open(path, "rb") as probe:
        return probe.read(2) == b"\x1f\x8b"


def read_header(path: Path) -> TapeHeader:
    """The header of a tape; raises TapeError if the file is none."""
    with _reading(path) as file:
        try:
            line = file.readline(MAX_LINE)
        except _DAMAGED as error:
            raise TapeError(f"{path}: not a tape, or a damaged one") from error
        return _header(line, path)


def _header(line: bytes, path: Path) -> TapeHeader:
    try:
        data = orjson.loads(line)
        version, started = data["v"], datetime.fromisoformat(str(data["started_at"]))
    except (orjson.JSONDecodeError, KeyError, TypeError, ValueError) as error:
        raise TapeError(f"{path}: the first line is not a tape header") from error
    if version != 1:
        raise TapeError(f"{path}: tape version {version!r} is not known (1 is)")
    if started.tzinfo is None:
        started = started.replace(tzinfo=UTC)
    return TapeHeader(str(data.get("protocol") or ""), str(data.get("url") or ""), started)


def frames(path: Path, offset: int = 0) -> Iterator[TapeFrame]:
    """The frames of a tape from a byte offset on: one behind a frame, or 0 for the first frame.

    A torn last line ends the tape, and so does a damaged gzip; a damaged line elsewhere is skipped.
    """
    try:
        with _reading(path, offset) as file:
            at = offset or len(file.readline(MAX_LINE))
            for line in file:
                at += len(line)
                frame = _frame(line, at)
                if frame is not None:
                    yield frame
    except _DAMAGED:
        return


def _frame(line: bytes, next_offset: int) -> TapeFrame | None:
    if not line.endswith(b"\n"):
        return None
    try:
        data = orjson.loads(line)
        return TapeFrame(
            round(float(data["t"]) * 1000), str(data["msg"]), int(data.get("c", 0)), next_offset
        )
    except (orjson.JSONDecodeError, KeyError, TypeError, ValueError, AttributeError):
        return None

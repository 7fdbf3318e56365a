"""A gzip file that can be entered anywhere: many members of a megabyte each.

Any gzip reader reads it as one. The extra field of each member's header (subfield ``LT``) says how
long the member is and how much text stands before it, so that a reader hops from member to member
instead of unpacking what it does not want.
"""

from __future__ import annotations

import gzip
import struct
import zlib
from pathlib import Path
from typing import IO, Any, NamedTuple, cast

MEMBER = 1 << 20  # bytes of text in one
# Identification, deflate, a flag for the extra field, no time, no system; then that field.
_HEAD = struct.Struct("<4sIBBH2sHIQ")
_MAGIC, _FIELD = b"\x1f\x8b\x08\x04", b"LT"
_TAIL = struct.Struct("<II")


class Member(NamedTuple):
    """`at`: where it stands in the file; `offset`: of its text."""

    at: int
    offset: int


def write_members(source: IO[bytes], sink: IO[bytes], *, level: int = 6) -> None:
    offset = 0
    while chunk := source.read(MEMBER):
        packer = zlib.compressobj(level, zlib.DEFLATED, -zlib.MAX_WBITS)
        body = packer.compress(chunk) + packer.flush()
        length = _HEAD.size + len(body) + _TAIL.size
        sink.write(_HEAD.pack(_MAGIC, 0, 0, 255, 16, _FIELD, 12, length, offset))
        sink.write(body + _TAIL.pack(zlib.crc32(chunk), len(chunk)))
        offset += len(chunk)


def find_member(file: IO[bytes], offset: int) -> Member | None:
    """The member that holds the text at `offset`, or the last one; None: it has no such members."""
    found, at = None, 0
    while (next_one := _member(file, at)) is not None and next_one[1].offset <= offset:
        length, found = next_one
        at += length
    return found


def _member(file: IO[bytes], at: int) -> tuple[int, Member] | None:
    file.seek(at)
    head = file.read(_HEAD.size)
    if len(head) < _HEAD.size:
        return None
    magic, _time, _xfl, _system, _extra, name, _size, length, offset = _HEAD.unpack(head)
    if magic != _MAGIC or name != _FIELD or length < _HEAD.size:
        return None
    return length, Member(at, offset)


def text_length(path: Path) -> int | None:
    """Bytes of text in a packed file; None: it has no such members, so only reading it tells."""
    with open(path, "rb") as file:
        last = find_member(file, 1 << 62)
        if last is None:
            return None
        file.seek(-_TAIL.size, 2)
        _crc, size = _TAIL.unpack(file.read(_TAIL.size))
        return last.offset + int(size)


def open_at(path: Path, offset: int) -> IO[bytes]:
    """The unpacked text from `offset` on. Without members of ours it is read from its beginning."""
    file = open(path, "rb")  # noqa: SIM115 - closed with what is returned
    member = find_member(file, offset) or Member(0, 0)
    file.seek(member.at)
    unpacked = gzip.GzipFile(fileobj=file, mode="rb")
    unpacked.myfileobj = cast("Any", file)  # it closes this one with itself
    unpacked.seek(offset - member.offset)
    return cast("IO[bytes]", unpacked)

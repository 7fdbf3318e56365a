"""A message to many sockets: the bytes of its WebSocket frame are made once and written to each.

The deflated variant is for those who negotiated permessage-deflate without context takeover: then
a frame depends on no other, and one serves them all. It is made when the first of them is due, and
only where it pays.
"""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from functools import cached_property

TEXT, TEXT_DEFLATED = 0x81, 0xC1  # final frames; the second with RSV1 (RFC 7692)
WORTH_DEFLATING = 256  # bytes: below, what is saved is less than a packet's header
PAYS = 0.9
WINDOW_BITS, MEMORY = 13, 6  # of 8 KB: rows repeat each other within that


class Frame:
    """One text. Sockets without a pipe (portable servers) take `text`, others its bytes."""

    def __init__(self, text: str) -> None:
        self.text = text

    @cached_property
    def plain(self) -> bytes:
        return _framed(TEXT, self.text.encode())

    @cached_property
    def deflated(self) -> bytes:
        if len(self.text) < WORTH_DEFLATING:
            return self.plain
        packer = zlib.compressobj(wbits=-WINDOW_BITS, memLevel=MEMORY)
        packed = packer.compress(self.text.encode()) + packer.flush(zlib.Z_SYNC_FLUSH)
        framed = _framed(TEXT_DEFLATED, packed[:-4])  # without the empty block of a sync flush
        return framed if len(framed) < PAYS * len(self.plain) else self.plain


class Batch:
    """Frames that follow each other, as one write."""

    def __init__(self, frames: Sequence[Frame]) -> None:
        self._frames = frames

    @cached_property
    def plain(self) -> bytes:
        return b"".join([frame.plain for frame in self._frames])

    @cached_property
    def deflated(self) -> bytes:
        return b"".join([frame.deflated for frame in self._frames])


def _framed(first: int, payload: bytes) -> bytes:
    """RFC 6455 §5.2: a whole message from a server, thus without a mask."""
    length = len(payload)
    if length < 126:
        return bytes((first, length)) + payload
    if length < 1 << 16:
        return bytes((first, 126)) + length.to_bytes(2, "big") + payload
    return bytes((first, 127)) + length.to_bytes(8, "big") + payload

"""One topic as a hub remembers it: the last frames as ready strings, and the board they lead to.

A reader owns a cursor (epoch, seq) and asks for the frame after it. Inside the ring it gets that
frame, behind the ring (or with no cursor, or from another epoch) one snapshot. Law: whoever
applies what it is given, from any cursor, at any pace, ends with the board of the newest frame.

Pure but for the clock it is given. Invariants: the ring's frames follow each other without a gap,
and a frame that tells everything is the ring's first, since nothing before it is needed.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, NamedTuple

import orjson

from displays.frames import Frame
from timing.engine.diff import Board, patch

RING_FRAMES = 64
RING_CHARS = 1_000_000

SNAPSHOT = "race_data_update"
CHANGES = frozenset({"teams_update", "session_update"})
STATUS = "system.status"
OVERLAY = "gap_update"
# Each says everything there is to say, so one of them serves whoever comes late.
WHOLE = frozenset({SNAPSHOT, STATUS, OVERLAY})


class Cursor(NamedTuple):
    epoch: int
    seq: int


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A board and where it stands in its topic. An immutable value: threads may read it."""

    topic: str
    epoch: int
    seq: int
    at: int | None
    board: Board

    def data(self) -> dict[str, Any]:
        """Of the frame that tells it."""
        return {
            "topic": self.topic,
            "epoch": self.epoch,
            "seq": self.seq,
            "at": self.at,
            "board": self.board,
        }


@dataclass(frozen=True, slots=True)
class _Kept:
    cursor: Cursor
    frame: Frame
    whole: bool


def _wall_s() -> float:
    return time.time()


@dataclass(slots=True)
class TopicLog:
    topic: str
    now_s: Callable[[], float] = _wall_s
    epoch: int = -1
    seq: int = -1
    snapshot: Snapshot | None = None
    race: str | None = None  # of a feed's topic: its current race
    gaps: int = 0
    refused: int = 0
    _ring: deque[_Kept] = field(default_factory=deque)
    _chars: int = 0
    _rendered: _Kept | None = None

    @property
    def known(self) -> bool:
        return self.epoch >= 0

    @property
    def lacks_board(self) -> bool:
        """Only changes have been seen, which mean nothing to whoever comes new."""
        return self.snapshot is None and not (self._ring and self._ring[0].whole)

    def take(self, message: Mapping[str, Any]) -> bool:
        """Remember a `hub.frame` message; False if it brings nothing new."""
        epoch, seq, event = message["epoch"], message["seq"], message["event"]
        if epoch < self.epoch or (epoch == self.epoch and seq < self.seq):
            self.refused += 1
            return False
        if epoch == self.epoch and seq == self.seq and not (event == SNAPSHOT and self.lacks_board):
            return False
        follows = epoch == self.epoch and seq == self.seq + 1
        if not follows:
            self._forget(counts=epoch == self.epoch and seq > self.seq + 1)
        self.epoch, self.seq = epoch, seq
        self._understand(event, orjson.loads(message["frame"])["data"])
        kept = _Kept(Cursor(epoch, seq), Frame(message["frame"]), event in WHOLE)
        if event == SNAPSHOT:
            self._rendered = kept
        self._keep(kept)
        return True

    @property
    def head(self) -> Cursor | None:
        """Where a reader stands who has had everything: this object, no other that equals it."""
        return self._ring[-1].cursor if self._ring else None

    def newest(self) -> Frame:
        """The frame that was taken last."""
        return self._ring[-1].frame

    def latest(self) -> dict[str, Any] | None:
        """The `data` of the newest frame, where it says everything. Threads may ask."""
        try:
            kept = self._ring[-1]
        except IndexError:
            return None
        found: dict[str, Any] | None = orjson.loads(kept.frame.text)["data"] if kept.whole else None
        return found

    def after(self, cursor: Cursor | None) -> tuple[Frame, Cursor] | None:
        """The frame for a reader at `cursor` and where that takes it; None: nothing for now."""
        if not self.known or self._is_ahead(cursor):
            return None
        if cursor is not None and cursor.epoch == self.epoch and self._ring:
            index = cursor.seq + 1 - self._ring[0].cursor.seq
            if 0 <= index < len(self._ring):
                kept = self._ring[index]
                return kept.frame, kept.cursor
        if self.snapshot is not None:
            kept = self._render(self.snapshot)
            return kept.frame, kept.cursor
        if self._ring and self._ring[0].whole:
            return self._ring[0].frame, self._ring[0].cursor
        return None

    def _is_ahead(self, cursor: Cursor | None) -> bool:
        """Up to date, or served by another process a moment ago that had seen more than we have."""
        return (
            cursor is not None
            and cursor.epoch == self.epoch
            and self.seq <= cursor.seq <= self.seq + RING_FRAMES
        )

    def _forget(self, *, counts: bool) -> None:
        self.gaps += counts
        self._ring.clear()
        self._chars = 0
        self.snapshot = None

    def _understand(self, event: str, data: dict[str, Any]) -> None:
        at = data.get("at")
        if event == SNAPSHOT:
            self.snapshot = Snapshot(self.topic, self.epoch, self.seq, at, data["board"])
        elif event in CHANGES and self.snapshot is not None:
            board = patch(self.snapshot.board, data["diff"])
            self.snapshot = Snapshot(self.topic, self.epoch, self.seq, at, board)
        elif self.snapshot is not None:
            # An announcement on a race's topic changes no board, but takes a number.
            self.snapshot = Snapshot(self.topic, self.epoch, self.seq, at, self.snapshot.board)
        if "race" in data:
            self.race = data["race"]

    def _keep(self, kept: _Kept) -> None:
        if kept.whole:
            self._ring.clear()
            self._chars = 0
        self._ring.append(kept)
        self._chars += len(kept.frame.text)
        while len(self._ring) > RING_FRAMES or (self._chars > RING_CHARS and len(self._ring) > 1):
            self._chars -= len(self._ring.popleft().frame.text)

    def _render(self, snapshot: Snapshot) -> _Kept:
        at = Cursor(snapshot.epoch, snapshot.seq)
        if self._rendered is None or self._rendered.cursor != at:
            whole = Frame(snapshot_frame(snapshot, now_s=self.now_s()))
            head = self.head
            self._rendered = _Kept(head if head is not None and head == at else at, whole, True)
        return self._rendered


def snapshot_frame(snapshot: Snapshot, *, now_s: float) -> str:
    frame = {
        "type": "dashboard_event",
        "event": SNAPSHOT,
        "data": snapshot.data(),
        "timestamp": datetime.fromtimestamp(now_s, UTC).isoformat().replace("+00:00", "Z"),
    }
    return orjson.dumps(frame).decode()

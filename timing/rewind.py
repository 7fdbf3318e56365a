"""A feed as it stood at any instant that its tapes hold, and as it went on from there.

The nearest key frame before the instant, and what the tape tells from it on: what that costs is
bounded by the distance of key frames, however long the race. Law: the state at an instant is the
one that a straight run over all tapes has after the last frame up to it.

Where the wall clock was set back, a frame counts as of the latest instant before it.
"""

from __future__ import annotations

import sys
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from timing.engine.state import RaceState
from timing.engine.units import Ms
from timing.keyframes import Directories, KeyFrame, Reset, keys_path, load
from timing.members import text_length
from timing.pipeline import CODE, Pipeline, ResumeError
from timing.tape import TapeError, TapeFrame, frames, is_packed, read_header

STRETCH = 1 << 20  # bytes of tape that are read for one seek at most; beyond, an index is missing


class RewindError(Exception):
    """The instant cannot be shown: no tape holds it."""


class NotIndexed(RewindError):  # noqa: N818 - an answer: one is to be made
    """Key frames are too far away from the instant."""


@dataclass(frozen=True, slots=True)
class TapeFile:
    """A tape of a feed. `zero`: the instant it begins at, in ms."""

    path: Path
    zero: Ms
    protocol: str

    @property
    def name(self) -> str:
        """The same for the tape as it is written and as it is packed."""
        return self.path.name.removesuffix(".gz")

    def text_length(self) -> int:
        """Bytes of text, perhaps estimated."""
        size = self.path.stat().st_size
        if not is_packed(self.path):
            return size
        known = text_length(self.path)
        return size * 12 if known is None else known


def tapes_of(folder: Path) -> list[TapeFile]:
    """The tapes in a feed's folder, oldest first."""
    found: dict[str, TapeFile] = {}
    for path in sorted(folder.glob("*.jsonl*")):
        if path.suffix not in (".jsonl", ".gz"):
            continue
        try:
            zero, protocol = _header(path, path.stat().st_ino)
        except (OSError, TapeError):
            continue
        tape = TapeFile(path, zero, protocol)
        found.setdefault(tape.name, tape)  # plain before packed: it goes when the other is whole
    return sorted(found.values(), key=lambda tape: (tape.zero, tape.name))


@lru_cache(maxsize=1024)
def _header(path: Path, _inode: int) -> tuple[Ms, str]:
    header = read_header(path)
    return round(header.started_at.timestamp() * 1000), header.protocol


directories = Directories()


def key_frames(tape: TapeFile) -> list[KeyFrame]:
    """Those of this code, in the order of the tape."""
    both = (directories.of(keys_path(tape.path, kind)).keys for kind in ("live", "built"))
    return sorted((key for keys in both for key in keys if key.code == CODE), key=_offset)


def _offset(key: KeyFrame) -> int:
    return key.offset


def resets(tape: TapeFile) -> list[Reset]:
    """What staff began again while this tape ran; code does not matter for it."""
    return sorted(directories.of(keys_path(tape.path)).resets, key=lambda each: each.offset)


@dataclass(frozen=True, slots=True)
class Start:
    """Where reading begins: at a key frame of the tape number `tape`, or, without, at its beginning
    with nothing known. `before` as far as one must read to pass the instant (bytes)."""

    tape: int
    key: KeyFrame | None
    stretch: int


def nearest(
    tapes: list[TapeFile], at: Ms, *, since: Ms, without: Collection[KeyFrame] = ()
) -> Start:
    """The last place before `at` from which all is known that began at `since`.

    Raises RewindError where no tape reaches so far back.
    """
    base = max((n for n, tape in enumerate(tapes) if tape.zero <= since), default=None)
    last = max((n for n, tape in enumerate(tapes) if tape.zero <= at), default=None)
    if base is None or last is None:
        raise RewindError("no tape of it")
    stretch = 0
    for number in range(last, base - 1, -1):
        keys = [
            key for key in key_frames(tapes[number]) if key.born_at <= since and key not in without
        ]
        usable = [key for key in keys if key.at <= at]
        later = keys[len(usable)].offset if len(keys) > len(usable) else None
        end = tapes[number].text_length() if later is None else later
        if usable:
            return Start(number, usable[-1], stretch + end - usable[-1].offset)
        stretch += end
    return Start(base, None, stretch)


class Player:
    """A feed between two frames, which goes forward as far as it is told."""

    def __init__(self, tapes: list[TapeFile], start: Start, *, feed: str) -> None:
        """Raises ResumeError where the key frame cannot be read."""
        self._tapes = tapes
        first = tapes[start.tape]
        if start.key is None:
            self.pipeline = Pipeline(feed=feed, protocol=first.protocol)
            self.connection, self._next_offset = -1, 0
        else:
            self.pipeline = load(start.key)
            self.connection, self._next_offset = start.key.connection, start.key.offset
        self.pipeline.is_news = False
        self.tape = start.tape  # the number of the one that is read
        self.read = 0  # bytes since the start
        self._resets = self._resets_from(self._next_offset)
        self._frames = self._all()
        self._ahead = next(self._frames, None)

    @property
    def offset(self) -> int:
        """Of the tape that is read, behind the last frame that was played."""
        return self._next_offset

    @property
    def next_at(self) -> Ms | None:
        """The instant of the next frame; None at the end of what is recorded."""
        return None if self._ahead is None else max(self._ahead[0], self.pipeline.latest_at)

    def go(self, to: Ms) -> None:
        """Play every frame up to and with the instant `to`."""
        while (at := self.next_at) is not None and at <= to:
            self.step()

    def step(self) -> None:
        """Play one frame."""
        assert self._ahead is not None
        at, frame, tape = self._ahead
        if tape != self.tape:
            self.tape, self._next_offset = tape, 0
            self._resets = self._resets_from(0)
        pipeline = self.pipeline
        while self._resets and self._resets[0].offset <= self._next_offset:
            pipeline.forget(self._resets.pop(0).race)
        if frame.connection != self.connection:
            pipeline.closed(at)
            pipeline.opened(at)
            self.connection = frame.connection
        pipeline.frame(at, frame.msg)
        self.read += frame.next_offset - self._next_offset
        self._next_offset = frame.next_offset
        self._ahead = next(self._frames, None)

    def _resets_from(self, offset: int) -> list[Reset]:
        return [each for each in resets(self._tapes[self.tape]) if each.offset >= offset]

    def _all(self) -> Iterator[tuple[Ms, TapeFrame, int]]:
        offset = self._next_offset
        for number in range(self.tape, len(self._tapes)):
            tape = self._tapes[number]
            for frame in frames(tape.path, offset):
                yield tape.zero + frame.t_ms, frame, number
            offset = 0


def state_of(pipeline: Pipeline, race: str | None) -> RaceState | None:
    """Of this race, or, without one, of the race that the feed showed then."""
    return pipeline.current if race is None else pipeline.states.get(race)


def seek(tapes: list[TapeFile], at: Ms, *, since: Ms, feed: str) -> Player:
    """Stands after the last frame up to `at`. Raises RewindError, and NotIndexed where it would
    take too long."""
    player = begin(tapes, at, since=since, feed=feed, most=STRETCH)
    if player is None:
        raise NotIndexed("no key frame near")
    player.go(at)
    return player


def begin(
    tapes: list[TapeFile], at: Ms, *, since: Ms, feed: str, most: int = sys.maxsize
) -> Player | None:
    """Stands before `at`, as near as it can; damaged key frames are passed over. None where more
    than `most` bytes of tape were to be read. Raises RewindError."""
    damaged: list[KeyFrame] = []
    while (start := nearest(tapes, at, since=since, without=damaged)).stretch <= most:
        try:
            return Player(tapes, start, feed=feed)
        except ResumeError:
            assert start.key is not None
            damaged.append(start.key)
    return None


def indexed(tapes: list[TapeFile], at: Ms, *, since: Ms) -> float:
    """How much of what must be read to reach `at` key frames spare us, from 0 to 1."""
    stretch = nearest(tapes, at, since=since).stretch
    wanted = [tape for tape in tapes if tape.zero <= at]
    base = max(n for n, tape in enumerate(wanted) if tape.zero <= since)
    return 1 - stretch / max(1, stretch, sum(tape.text_length() for tape in wanted[base:]))

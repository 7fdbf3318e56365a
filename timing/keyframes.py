"""Key frames: how a feed's pipeline stood at places of its tape, in a file beside the tape.

``<tape>.keys`` is written by the ingester as the feed runs, ``<tape>.built.keys`` afterwards by
`keyframes_build` where the first is missing or of other code. Records are appended and never
changed; a torn last one is not read and is cut off by the next writer.

A record: kind (``S`` state of a race, ``K`` key frame, ``R`` race that staff began again), length,
CRC-32, body. A state is written when it is another object than at the last key frame, so races
that are over cost nothing.
"""

from __future__ import annotations

import errno
import io
import os
import struct
import threading
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any, Literal

import orjson

from timing.engine.state import RaceState
from timing.engine.units import Ms
from timing.pipeline import CODE, Pipeline, ResumeError, pack_state, unpack_state

_RECORD = struct.Struct(">cII")
_META = struct.Struct(">I")
_DAMAGED = (struct.error, orjson.JSONDecodeError, KeyError)
_STATE, _KEY, _RESET = b"S", b"K", b"R"
Written = Literal["live", "built"]


@dataclass(frozen=True, slots=True)
class Moment:
    """A pipeline between two frames of its tape; `offset` is behind the one before. Other threads
    may keep it: `head` is pickled, and states are values."""

    at: Ms
    offset: int
    connection: int
    born_at: Ms
    head: bytes
    states: Mapping[str, RaceState]


def moment_of(pipeline: Pipeline, *, offset: int, connection: int) -> Moment:
    return Moment(
        at=pipeline.latest_at,
        offset=offset,
        connection=connection,
        born_at=pipeline.born_at or 0,
        head=pipeline.head(),
        states=dict(pipeline.states),
    )


@dataclass(frozen=True, slots=True)
class KeyFrame:
    """Where a key frame stands (`path`, `place`), and of what. `at`: the latest instant, in ms, of
    all frames before it; `born_at`: of the first frame that its pipeline ever read."""

    path: Path
    place: int
    at: Ms
    offset: int
    connection: int
    born_at: Ms
    code: str


@dataclass(frozen=True, slots=True)
class Reset:
    """Before the frame at `offset`, staff began this race again."""

    offset: int
    race: str


def keys_path(tape: Path, written: Written = "live") -> Path:
    """Of a tape, packed or not."""
    stem = tape.name.removesuffix(".gz").removesuffix(".jsonl")
    return tape.with_name(f"{stem}.keys" if written == "live" else f"{stem}.built.keys")


# -- writing


class KeyWriter:
    """Appends to one index. Raises OSError; what was torn by it is cut off by the next record."""

    def __init__(self, path: Path, *, up_to: int | None = None) -> None:
        """`up_to`: key frames behind this offset of the tape are of frames that it lost."""
        self.path = path
        self._known: dict[str, tuple[RaceState, int]] = {}
        self._end = _sound_end(path, up_to)
        self._torn = True  # whatever stands behind the end is ours to cut off

    def add(self, moment: Moment) -> None:
        known = dict(self._known)
        try:
            self._add(moment)
        except OSError:
            self._known, self._torn = known, True  # states that may have been cut off
            raise

    def _add(self, moment: Moment) -> None:
        with self._open() as file:
            places = {race: self._state(file, state) for race, state in moment.states.items()}
            meta = {
                "at": moment.at,
                "offset": moment.offset,
                "c": moment.connection,
                "born_at": moment.born_at,
                "code": CODE,
                "states": places,
            }
            told = orjson.dumps(meta)
            self._put(file, _KEY, _META.pack(len(told)) + told + zlib.compress(moment.head, 1))
        self._known = {race: self._known[race] for race in moment.states}

    def add_reset(self, reset: Reset) -> None:
        with self._open() as file:
            self._put(file, _RESET, orjson.dumps({"offset": reset.offset, "race": reset.race}))

    def _open(self) -> IO[bytes]:
        file = open(self.path, "r+b" if self.path.exists() else "w+b")  # noqa: SIM115
        if not self._torn and _size(file) != self._end:
            file.close()
            raise OSError(errno.EBUSY, "another process writes this index")
        file.truncate(self._end)
        file.seek(self._end)
        self._torn = False
        return file

    def _state(self, file: IO[bytes], state: RaceState) -> int:
        known = self._known.get(state.id)
        if known is not None and known[0] is state:
            return known[1]
        place = self._put(file, _STATE, zlib.compress(pack_state(state), 1))
        self._known[state.id] = state, place
        return place

    def _put(self, file: IO[bytes], kind: bytes, body: bytes) -> int:
        place = file.tell()
        file.write(_RECORD.pack(kind, len(body), zlib.crc32(body)) + body)
        file.flush()
        if kind != _STATE:
            self._end = file.tell()
        return place


def _sound_end(path: Path, up_to: int | None) -> int:
    """Behind the last whole record that is of the tape as it is."""
    end = 0
    with _reading(path) as file, suppress(*_DAMAGED):
        for kind, place, length in _records(file, 0):
            if kind != _STATE and up_to is not None and _meta(file, place)["offset"] > up_to:
                break
            end = place + _RECORD.size + length
    return end


# -- reading


@dataclass(slots=True)
class Directory:
    """What an index holds, in the order of the tape."""

    path: Path
    keys: list[KeyFrame] = field(default_factory=list)
    resets: list[Reset] = field(default_factory=list)
    end: int = 0

    def read_on(self) -> None:
        """What was written since. Cheap: bodies are passed over, and judged when they are read."""
        with _reading(self.path) as file, suppress(*_DAMAGED):
            if _size(file) < self.end:
                self.keys, self.resets, self.end = [], [], 0
            for kind, place, length in _records(file, self.end):
                if kind != _STATE:
                    self._take(kind, place, _meta(file, place))
                self.end = place + _RECORD.size + length

    def _take(self, kind: bytes, place: int, meta: dict[str, Any]) -> None:
        if kind == _RESET:
            self.resets.append(Reset(meta["offset"], meta["race"]))
            return
        at, offset, connection = meta["at"], meta["offset"], meta["c"]
        found = KeyFrame(self.path, place, at, offset, connection, meta["born_at"], meta["code"])
        self.keys.append(found)


class Directories:
    """Those of the indexes asked for last, from any thread; a few kilobytes each."""

    def __init__(self, most: int = 64) -> None:
        self._most = most
        self._lock = threading.Lock()
        self._held: dict[Path, Directory] = {}

    def of(self, path: Path) -> Directory:
        """A copy, as the index is now; empty where there is none."""
        with self._lock:
            found = self._held.pop(path, None) or Directory(path)
            found.read_on()
            self._held[path] = found
            while len(self._held) > self._most:
                del self._held[next(iter(self._held))]
            return Directory(path, list(found.keys), list(found.resets), found.end)


def load(key: KeyFrame) -> Pipeline:
    """The pipeline of a key frame. Raises ResumeError where it is damaged or of other code."""
    try:
        with open(key.path, "rb") as file:
            body = _body(file, key.place, _KEY)
            (length,) = _META.unpack_from(body)
            meta = orjson.loads(body[_META.size : _META.size + length])
            states = {race: _load_state(file, place) for race, place in meta["states"].items()}
            head = zlib.decompress(body[_META.size + length :])
    except (OSError, zlib.error, *_DAMAGED) as error:
        raise ResumeError(f"{key.path}: damaged at {key.place}") from error
    return Pipeline.whole(head, states)


def _load_state(file: IO[bytes], place: int) -> RaceState:
    return unpack_state(zlib.decompress(_body(file, place, _STATE)))


@contextmanager
def _reading(path: Path) -> Iterator[IO[bytes]]:
    """One that is not there is empty."""
    try:
        file: IO[bytes] = open(path, "rb")  # noqa: SIM115 - closed below
    except FileNotFoundError:
        file = io.BytesIO()
    with file:
        yield file


def _size(file: IO[bytes]) -> int:
    return file.seek(0, os.SEEK_END)


def _body(file: IO[bytes], place: int, wanted: bytes) -> bytes:
    file.seek(place)
    kind, length, crc = _RECORD.unpack(file.read(_RECORD.size))
    body = file.read(length)
    if kind != wanted or zlib.crc32(body) != crc:
        raise ResumeError(f"damaged at {place}")
    return body


def _meta(file: IO[bytes], place: int) -> dict[str, Any]:
    file.seek(place)
    kind, length, _crc = _RECORD.unpack(file.read(_RECORD.size))
    if kind == _KEY:
        (length,) = _META.unpack(file.read(_META.size))
    found: dict[str, Any] = orjson.loads(file.read(length))
    return found


def _records(file: IO[bytes], place: int) -> Iterator[tuple[bytes, int, int]]:
    """(kind, place, length of the body) of the whole records from a place on."""
    size = _size(file)
    while True:
        file.seek(place)
        head = file.read(_RECORD.size)
        if len(head) < _RECORD.size:
            return
        kind, length, _crc = _RECORD.unpack(head)
        behind = place + _RECORD.size + length
        if kind not in (_STATE, _KEY, _RESET) or behind > size:
            return
        yield kind, place, length
        place = behind

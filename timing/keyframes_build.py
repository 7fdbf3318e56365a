"""``python -m timing.keyframes_build FOLDER SINCE AT``: key frames where a feed's tapes have none.

For tapes that were recorded without an index, or whose key frames are of other code. A process of
its own with the lowest priority: it reads in minutes what was recorded in days, and neither a page
nor a feed is to wait for that. One at a time works on a feed; what it has written so far is of use
at once, and whoever begins again after a kill goes on from there.
"""

from __future__ import annotations

import fcntl
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from timing.engine.units import Ms
from timing.keyframes import KeyWriter, keys_path, moment_of
from timing.keyframing import KEY_BYTES
from timing.members import text_length
from timing.pipeline import CODE
from timing.rewind import STRETCH, Player, TapeFile, begin, directories, key_frames, tapes_of
from timing.tape import is_packed, repack

LOCK = "keys.lock"
NICE = 19


def build(folder: Path, *, since: Ms, at: Ms) -> int:
    """Write what it takes to reach `at` in a race that began at `since`; the number of key frames.

    Raises RewindError where no tape holds it.
    """
    with _alone(folder) as mine:
        if not mine:
            return 0
        tapes = [_enterable(tape) for tape in tapes_of(folder)]
        if begin(tapes, at, since=since, feed=folder.name, most=STRETCH) is not None:
            return 0
        player = begin(tapes, at, since=since, feed=folder.name)
        assert player is not None
        return _write(player, tapes, since=since, at=at)


def _write(player: Player, tapes: list[TapeFile], *, since: Ms, at: Ms) -> int:
    """Up to the next key frame that will do behind the instant, or to its tape's end."""
    number, count, due = player.tape, 0, player.offset
    writer, end = _writer(tapes[number]), _end(tapes[number], at, since)
    while player.next_at is not None:
        player.step()
        if player.tape != number:
            if tapes[player.tape].zero > at:
                break
            number, due = player.tape, 0
            end = _end(tapes[number], at, since)
            writer = _writer(tapes[number])
        if player.offset >= end:
            break
        if player.offset >= due:
            due = player.offset + KEY_BYTES
            moment = moment_of(player.pipeline, offset=player.offset, connection=player.connection)
            writer.add(moment)
            count += 1
    return count


def _writer(tape: TapeFile) -> KeyWriter:
    """What was built by other code only is of no more use."""
    path = keys_path(tape.path, "built")
    if all(key.code != CODE for key in directories.of(path).keys):
        path.unlink(missing_ok=True)
    return KeyWriter(path)


def _end(tape: TapeFile, at: Ms, since: Ms) -> int:
    """The first key frame behind the instant from which on somebody else has written."""
    later = (key.offset for key in key_frames(tape) if key.at > at and key.born_at <= since)
    return next(later, sys.maxsize)


def _enterable(tape: TapeFile) -> TapeFile:
    """Packed by somebody else, a tape would be unpacked from its beginning for every look."""
    if is_packed(tape.path) and text_length(tape.path) is None:
        with suppress(OSError):
            repack(tape.path)
    return tape


@contextmanager
def _alone(folder: Path) -> Iterator[bool]:
    """False while another process works on this feed."""
    with open(folder / LOCK, "w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
            return
        yield True


def is_building(folder: Path) -> bool:
    """Whether a process works on this feed."""
    try:
        with _alone(folder) as mine:
            return not mine
    except OSError:
        return False


def main(folder: str, since: str, at: str) -> None:
    os.nice(NICE)
    build(Path(folder), since=int(since), at=int(at))


if __name__ == "__main__":
    main(*sys.argv[1:])

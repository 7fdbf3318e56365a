"""The past for many who ask: a bounded number of looks at a time, answers kept for those who ask
the same, and indexes made where they are missing.

Called from threads that serve pages, never in the event loop: a look takes about 70 ms.
"""

from __future__ import annotations

import logging
import subprocess
import sys
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import orjson

from timing.engine.units import Ms
from timing.engine.watch import TeamWatch
from timing.keyframes_build import is_building
from timing.rewind import NotIndexed, RewindError, TapeFile, indexed, seek, tapes_of
from timing.rewind_chunks import chunk

logger = logging.getLogger(__name__)

LOOKS = 2  # at a time in this process: each holds the interpreter for most of its time
WAIT_S = 5.0
KEPT_BYTES = 16 << 20
ROOT = Path(__file__).parents[1]


class Busy(RewindError):  # noqa: N818 - an answer
    """Too many look back at this moment."""


class Building(RewindError):  # noqa: N818 - an answer
    """An index is being made; `done` from 0 to 1."""

    def __init__(self, done: float) -> None:
        super().__init__(done)
        self.done = done


@dataclass(frozen=True, slots=True)
class Wish:
    """What of a feed's past is wanted. `race` None: whichever was shown. `since`: when that race
    was first seen, which its index must reach back to. Instants in ms."""

    feed: str
    race: str | None
    since: Ms
    at: Ms
    to: Ms
    step: Ms = 250
    watch: TeamWatch | None = None


class Builders:
    """At most one process of ours at a time that makes an index."""

    def __init__(self, start: Callable[[list[str]], subprocess.Popen[bytes]] | None = None) -> None:
        self._start = start or _start
        self._lock = threading.Lock()
        self._running: subprocess.Popen[bytes] | None = None
        self._over: set[tuple[str, ...]] = set()  # asked again, they would end as they did
        self._asked: tuple[str, ...] = ()

    def want(self, folder: Path, *, since: Ms, at: Ms) -> bool:
        """Have it made, unless somebody is at it. False: it could not be, and will not be."""
        asked = (str(folder), str(since), str(at))
        with self._lock:
            if self._running is not None:
                code = self._running.poll()
                if code is None:
                    return True
                self._running = None
                self._over.add(self._asked)
                if code:
                    logger.error("no index for %s: the process ended with %d", self._asked[0], code)
            if asked in self._over:
                return False
            if not is_building(folder):
                self._asked = asked
                self._running = self._start(
                    [sys.executable, "-m", "timing.keyframes_build", *asked]
                )
        return True

    def finish(self) -> None:
        """Wait for the one that runs."""
        if self._running is not None:
            self._running.wait()


def _start(command: list[str]) -> subprocess.Popen[bytes]:
    return subprocess.Popen(  # noqa: S603 - our own module, with numbers and a path of ours
        command, cwd=ROOT, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL
    )


class Rewinding:
    def __init__(self, builders: Builders | None = None) -> None:
        self.builders = builders or Builders()
        self._looks = threading.BoundedSemaphore(LOOKS)
        self._lock = threading.Lock()
        self._kept: dict[tuple[Path, Wish], bytes] = {}
        self._bytes = 0

    def look(self, root: Path, wish: Wish) -> bytes:
        """The chunk as JSON. `root` holds a folder for each feed.

        Raises RewindError where no tape holds it, Building, Busy.
        """
        if (known := self._known(root, wish)) is not None:
            return known
        if not self._looks.acquire(timeout=WAIT_S):
            raise Busy
        try:
            return self._known(root, wish) or self._look(root, wish)
        finally:
            self._looks.release()

    def first(self, root: Path, feed: str) -> Ms | None:
        """The instant at which the oldest tape of a feed begins."""
        tapes = tapes_of(root / feed)
        return tapes[0].zero if tapes else None

    def _look(self, root: Path, wish: Wish) -> bytes:
        tapes = tapes_of(root / wish.feed)
        try:
            player = seek(tapes, wish.at, since=wish.since, feed=wish.feed)
        except NotIndexed:
            raise self._not_yet(root / wish.feed, tapes, wish) from None
        found = chunk(player, wish.at, race=wish.race, to=wish.to, step=wish.step, watch=wish.watch)
        text = orjson.dumps(found)
        if found["whole"]:
            self._keep((root, wish), text)
        return text

    def _not_yet(self, folder: Path, tapes: list[TapeFile], wish: Wish) -> RewindError:
        if not self.builders.want(folder, since=wish.since, at=wish.at):
            return RewindError("no index of it can be made")
        return Building(indexed(tapes, wish.at, since=wish.since))

    def _known(self, root: Path, wish: Wish) -> bytes | None:
        with self._lock:
            found = self._kept.pop((root, wish), None)
            if found is not None:
                self._kept[root, wish] = found
            return found

    def _keep(self, key: tuple[Path, Wish], text: bytes) -> None:
        with self._lock:
            self._bytes += len(text) - len(self._kept.pop(key, b""))
            self._kept[key] = text
            while self._bytes > KEPT_BYTES:
                self._bytes -= len(self._kept.pop(next(iter(self._kept))))


rewinding = Rewinding()

"""Lines into frames: a push about every 200 ms, bursts now and then cut in two.

A group is what the timing computer says about one happening. Groups keep their order. A frame
never holds both a crossing and a later change of that same kart's place, so that the place a
frame ends with is the place of the crossing.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from random import Random

PUSH_MS = 200
SPLIT = 0.1  # share of frames whose last group is cut, the rest coming with the next frame


@dataclass(slots=True)
class Group:
    crosser: int | None = None
    moved: set[int] = field(default_factory=set)
    lines: list[str] = field(default_factory=list)
    whole: bool = False


class Batch:
    def __init__(self, rng: Random) -> None:
        self.due_at: int | None = None
        self._rng = rng
        self._groups: deque[Group] = deque()

    def add(self, at: int, group: Group) -> None:
        if not group.lines:
            return
        self._groups.append(group)
        if self.due_at is None:
            self.due_at = (at // PUSH_MS + 1) * PUSH_MS + self._rng.randrange(7)

    def frame(self) -> str:
        """The next frame; further groups stay for the push after it."""
        at, self.due_at = self.due_at, None
        taken = self._take()
        lines = [line for group in taken for line in group.lines]
        if self._groups and at is not None:
            self.due_at = (at // PUSH_MS + 1) * PUSH_MS + self._rng.randrange(7)
        return "\n".join(lines) + "\n"

    def drain(self) -> list[str]:
        """Everything that is waiting, as frames, at once."""
        frames = []
        while self._groups:
            frames.append(self.frame())
        self.due_at = None
        return frames

    def clear(self) -> None:
        self._groups.clear()
        self.due_at = None

    def _take(self) -> list[Group]:
        taken: list[Group] = []
        crossers: set[int] = set()
        while self._groups and not self._groups[0].moved & crossers:
            group = self._groups.popleft()
            taken.append(group)
            if group.crosser is not None:
                crossers.add(group.crosser)
        last = taken[-1]
        if not last.whole and len(last.lines) > 1 and self._rng.random() < SPLIT:
            cut = self._rng.randrange(1, len(last.lines))
            rest = Group(last.crosser, set(), last.lines[cut:])
            last.lines = last.lines[:cut]
            self._groups.appendleft(rest)
        return taken

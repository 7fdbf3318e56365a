"""Some seconds of a race's past for a browser to play: a whole board, and what changed after it.

Shape: ``docs/looking-back.md``. Times are those of the feed. Each step is told at the end of its
interval, so that a page never shows what had not happened yet.
"""

from __future__ import annotations

from typing import Any

from timing.engine.board import BoardMaker
from timing.engine.diff import Board, diff
from timing.engine.state import RaceState
from timing.engine.units import Ms
from timing.engine.watch import TeamWatch
from timing.engine.watcher import Watcher
from timing.rewind import Player, state_of

MOST_STEPS = 480
MOST_READ = 4 << 20  # bytes of tape in one chunk: 1.2 s of work

Chunk = dict[str, Any]


class _View:
    """What of a feed is shown: a board and, for a team that watches somebody, its overlay."""

    def __init__(self, race: str | None, watch: TeamWatch | None) -> None:
        self._race, self._watch = race, watch
        self._begin()
        self._state: RaceState | None = None
        self.board: Board | None = None
        self.overlay: dict[str, Any] | None = None

    def _begin(self) -> None:
        self._maker = BoardMaker()
        self._watcher = None if self._watch is None else Watcher(self._watch)

    def see(self, player: Player) -> dict[str, Any]:
        """What changed since the last time."""
        state = state_of(player.pipeline, self._race)
        if state is None or state is self._state:
            return {}
        known = self._state is not None and self._state.id == state.id
        if not known:
            self._begin()
        self._state = state
        return self._seen(state, known=known)

    def _seen(self, state: RaceState, *, known: bool) -> dict[str, Any]:
        before, self.board = self.board, self._maker.make(state)
        told: dict[str, Any] = {}
        if not known or before is None:
            told["board"] = self.board
        elif change := diff(before, self.board):
            told["diff"] = change
        overlay = None if self._watcher is None else self._watcher.overlay(state)
        if overlay is not self.overlay:
            self.overlay = told["overlay"] = overlay
        return told


def chunk(
    player: Player,
    at: Ms,
    *,
    race: str | None = None,
    to: Ms | None = None,
    step: Ms = 250,
    watch: TeamWatch | None = None,
) -> Chunk:
    """From `at`, where the player stands, up to `to` or as far as bounds allow.

    `race` None: whichever the feed showed. `whole`: the tape goes on behind it, so that asked again
    the answer will be the same.
    """
    view, steps = _View(race, watch), []
    view.see(player)
    first = {"board": view.board, "overlay": view.overlay}
    heard, end, now = player.pipeline.heard_at, at if to is None else to, at
    for _ in range(MOST_STEPS):
        if now >= end or player.read > MOST_READ:
            break
        now = min(now + step, end)
        player.go(now)
        if told := view.see(player):
            steps.append({"at": now, **told})
    return {
        "state": "ready",
        "at": at,
        "to": now,
        "heard_at": heard,
        "heard_to": player.pipeline.heard_at,
        **first,
        "steps": steps,
        "whole": player.next_at is not None,
    }

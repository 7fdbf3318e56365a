"""What a feed's runner counts as it goes: plain integers, which a scrape reads (`timing.metrics`).

Nothing here is called for each line of a feed, only for what came of a frame.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Sequence

from timing.engine.facts import LapFact
from timing.engine.units import Ms
from timing.pipeline import Change

LAGS_MS = (10, 25, 50, 100, 250, 500, 1_000, 2_500, 5_000)


class Lags:
    """How often it took how long: counts below each of LAGS_MS, and one for all above."""

    def __init__(self) -> None:
        self.counts = [0] * (len(LAGS_MS) + 1)
        self.sum_ms: Ms = 0

    def add(self, ms: Ms) -> None:
        self.counts[bisect_left(LAGS_MS, ms)] += 1
        self.sum_ms += ms


class FeedMeter:
    """`lags`: from the oldest frame that is not shown yet, as it was read, to the board with it."""

    def __init__(self) -> None:
        self.laps = 0
        self.boards = 0
        self.lags = Lags()
        self._waiting_since: Ms | None = None

    def took(self, changes: Sequence[Change], *, now: Callable[[], Ms]) -> None:
        if changes and self._waiting_since is None:
            self._waiting_since = now()
        for change in changes:
            for fact in change.facts:
                self.laps += isinstance(fact, LapFact)

    def published(self, now: Ms) -> None:
        self.boards += 1
        since, self._waiting_since = self._waiting_since, None
        if since is not None:
            self.lags.add(max(0, now - since))

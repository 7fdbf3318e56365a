"""Two clocks that nobody sets: one that only counts, and the time of day without its jumps."""

from __future__ import annotations

import time
from collections.abc import Callable

# How much faster or slower than real it runs until it agrees with the machine's clock again.
SLEW = 0.05
NEAR_MS = 500  # what a time server corrects all day is followed at once

_COUNTER = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)  # counts through a sleep, too


def counted_s() -> float:
    """Seconds since some moment. Nobody sets it, and it goes on while the machine sleeps."""
    return time.clock_gettime(_COUNTER)


def _wall_ms() -> int:
    return time.time_ns() // 1_000_000


class SteadyClock:
    """Milliseconds since 1970, for what is told of a race: when somebody sets the machine's clock
    by an hour, no lap becomes an hour longer. It never goes back and draws near slowly.
    """

    def __init__(
        self,
        *,
        wall_ms: Callable[[], int] = _wall_ms,
        counted: Callable[[], float] = counted_s,
    ) -> None:
        self._wall_ms, self._counted = wall_ms, counted
        self._told, self._at = float(wall_ms()), counted()

    def __call__(self) -> int:
        at = self._counted()
        passed = (at - self._at) * 1000
        straight = self._told + passed
        off = self._wall_ms() - straight
        most = NEAR_MS if abs(off) <= NEAR_MS else passed * SLEW
        self._told = max(self._told, straight + max(-most, min(most, off)))
        self._at = at
        return round(self._told)


now_ms = SteadyClock()

"""Positions, gaps and intervals of a session, kept up crossing by crossing.

A race ranks by laps (minus penalty laps), then by the time of the last crossing (plus penalty
time); a ranking by best lap ranks by it. Whoever has no lap yet keeps the grid order.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence

Key = tuple[int, int, int, int]


class Standings:
    def __init__(self, count: int, *, by_laps: bool) -> None:
        self.by_laps = by_laps
        self.order = list(range(count))
        self.laps = [0] * count
        self.best: list[int | None] = [None] * count
        self._best_at = [0] * count
        self.crossed: list[list[int]] = [[] for _ in range(count)]
        self.penalty_laps = [0] * count
        self.penalty_ms = [0] * count
        self.down = [0] * count
        self.leader_laps = 0
        self._keys: list[Key] = [self._key(car) for car in range(count)]

    def start(self, car: int, at: int) -> None:
        self.crossed[car].append(at)

    def lap(self, car: int, at: int, ms: int) -> bool:
        """Count one lap; True when it is the first crossing of a new leader lap."""
        self.laps[car] += 1
        self.crossed[car].append(at)
        best = self.best[car]
        if best is None or ms < best:
            self.best[car], self._best_at[car] = ms, at
        self.move(car)
        leads = self.by_laps and self.order[0] == car and self.scored(car) > self.leader_laps
        if leads:
            self.leader_laps = self.scored(car)
        self.down[car] = max(0, self.leader_laps - self.scored(car))
        return leads

    def penalise(self, car: int, *, laps: int, ms: int) -> None:
        """Add (or, negative, take back) a penalty; the order follows at once."""
        self.penalty_laps[car] += laps
        self.penalty_ms[car] += ms
        self.down[car] += laps
        if self.by_laps:
            self.move(car)

    def move(self, car: int) -> None:
        self.order.remove(car)
        self._keys[car] = self._key(car)
        keys = [self._keys[other] for other in self.order]
        self.order.insert(bisect_left(keys, self._keys[car]), car)

    def position(self, car: int) -> int:
        return self.order.index(car) + 1

    def scored(self, car: int) -> int:
        """Laps that count: completed minus penalty laps."""
        return self.laps[car] - self.penalty_laps[car]

    def laps_down(self, car: int) -> int:
        """Laps behind the leader. A kart that is merely due in this leader lap is not down yet."""
        due = self.leader_laps - self.scored(car) - 1
        return max(0, self.down[car], due)

    def behind(self, car: int, other: int) -> int | None:
        """Time from `other` to `car` over the last lap of `car`; None when it cannot be said."""
        mine, theirs = self.crossed[car], self.crossed[other]
        index = self.scored(car) + self.penalty_laps[other]
        if not self.laps[car] or not 0 <= index < len(theirs):
            return None
        apart = mine[-1] + self.penalty_ms[car] - theirs[index] - self.penalty_ms[other]
        return apart if apart >= 0 else None

    def leader(self) -> int:
        return self.order[0]

    def _key(self, car: int) -> Key:
        if not self.laps[car]:
            return (1, 0, 0, car)
        if self.by_laps:
            return (0, -self.scored(car), self.crossed[car][-1] + self.penalty_ms[car], car)
        return (0, self.best[car] or 0, self._best_at[car], car)


def close_packs(intervals: Sequence[int | None], *, within_ms: int) -> list[str]:
    """Pack marks of a ranked list: gs alone, gf first, gm middle, gl last of a close group."""
    near = [apart is not None and apart <= within_ms for apart in intervals]
    marks = []
    for index, joined in enumerate(near):
        follows = index + 1 < len(near) and near[index + 1]
        marks.append({(0, 0): "gs", (0, 1): "gf", (1, 1): "gm", (1, 0): "gl"}[joined, follows])
    return marks

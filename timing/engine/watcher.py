"""One team's eye on one race: its watch, what it has in mind, and its overlay."""

from __future__ import annotations

from collections.abc import Sequence

from timing.engine.alerts import Hit, Memory, step, tick
from timing.engine.facts import Fact
from timing.engine.overlay import Overlay, OverlayMaker
from timing.engine.state import RaceState
from timing.engine.units import Ms
from timing.engine.watch import (
    Cars,
    Changed,
    Resolved,
    TeamWatch,
    changed_cars,
    renamed,
    resolve,
)

LOOK_UP_MS = 2_000


class Watcher:
    """`memory` is all that there is to keep: a watcher made anew with it goes on as this one."""

    def __init__(self, watch: TeamWatch, memory: Memory | None = None) -> None:
        self.memory = memory or Memory()
        self.use(watch)
        self._overlays = OverlayMaker()

    def use(self, watch: TeamWatch) -> None:
        """From now on this is watched. What is new in it is told of from now on."""
        self.watch = watch
        self._by = frozenset(watched.by for watched in watch.watched)
        self._resolved: Resolved | None = None
        self._cars: Cars = {}  # that it was resolved for
        self._looked_up: tuple[Ms, frozenset[str]] = (-1, frozenset())

    def take(
        self,
        before: RaceState | None,
        after: RaceState,
        facts: Sequence[Fact],
        at: Ms,
        *,
        changed: Changed | None = None,
    ) -> list[Hit]:
        """See `alerts.step`."""
        resolved = self.resolved(after)
        self.memory, hits = step(
            self.memory, self.watch, resolved, before, after, facts, at, changed=changed
        )
        return hits

    def tick(self, state: RaceState, at: Ms, *, data_at: Ms | None) -> list[Hit]:
        """See `alerts.tick`."""
        resolved = self.resolved(state)
        self.memory, hits = tick(self.memory, self.watch, resolved, state, at, data_at=data_at)
        return hits

    def overlay(self, state: RaceState, *, shift: Ms = 0) -> Overlay:
        """The same object for as long as nothing in it changes."""
        return self._overlays.make(self.resolved(state), state, shift=shift)

    def resolved(self, state: RaceState) -> Resolved:
        """The same object for as long as the watch comes to the same.

        Names are looked at every two seconds of the feed's time, and after a snapshot.
        """
        known, now = self._resolved, state.last_seen_at // LOOK_UP_MS
        looked_up, columns = self._looked_up
        if known is not None and now == looked_up and columns is state.columns:
            return known
        self._looked_up = now, state.columns
        before, self._cars = self._cars, state.cars
        if known is None or renamed(changed_cars(before, state.cars), by=self._by):
            new = resolve(self.watch, state)
            if new != known:
                self._resolved = known = new
        assert known is not None
        return known

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
        self._cars: Cars | None = None  # that it was resolved for

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
        if changed is None:
            changed = changed_cars(before.cars if before is not None else {}, after.cars)
        resolved = self._follow(after, changed if before and before.cars is self._cars else None)
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
        """The same object for as long as the watch comes to the same."""
        return self._follow(state, None)

    def _follow(self, state: RaceState, changed: Changed | None) -> Resolved:
        """`changed`: since the last call, where it is known."""
        known, cars = self._resolved, self._cars
        if cars is state.cars and known is not None:
            return known
        self._cars = state.cars
        if known is not None and cars is not None:
            changed = changed_cars(cars, state.cars) if changed is None else changed
            if not renamed(changed, by=self._by):
                return known
        new = resolve(self.watch, state)
        if known is None or new != known:
            self._resolved = known = new
        return known

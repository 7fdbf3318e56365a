"""One team's eye on one race: its watch, what it has in mind, and its overlay."""

from __future__ import annotations

from collections.abc import Sequence
from operator import is_not

from timing.engine.alerts import Hit, Memory, step, tick
from timing.engine.alerts_cars import listens_anew
from timing.engine.alerts_facts import heard
from timing.engine.facts import Fact
from timing.engine.overlay import Overlay, OverlayMaker
from timing.engine.state import Car, RaceState
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
    """`memory` is all that there is to keep: a watcher made anew with it goes on as this one.

    Most changes of a race are of nobody that is watched; seeing that is what this is quick at.
    """

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
        self._watched: tuple[Car, ...] = ()  # as they were at the last look
        self._looked_at: Cars | None = None
        self._overlay: tuple[Ms, Overlay] | None = None  # as it is since then, with its shift

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
        idle = self._is_idle(resolved, before, after) and resolved.moving is not None
        self._looked_at = after.cars
        if idle and at < self.memory.due_at and not (facts and heard(resolved, before, facts)):
            return []
        self.memory, hits = step(
            self.memory, self.watch, resolved, before, after, facts, at, changed=changed
        )
        return hits

    def _is_idle(self, resolved: Resolved, before: RaceState | None, after: RaceState) -> bool:
        """None of those that are watched is another object than at the last look."""
        cars, known = resolved.pick(after.cars), self._watched
        goes_on = before is not None and before.cars is self._looked_at
        if goes_on and len(cars) == len(known) and not any(map(is_not, cars, known)):
            assert before is not None
            if not listens_anew(before, after):
                return True
        self._watched, self._overlay = cars, None
        return False

    def tick(self, state: RaceState, at: Ms, *, data_at: Ms | None) -> list[Hit]:
        """See `alerts.tick`."""
        resolved = self.resolved(state)
        self.memory, hits = tick(self.memory, self.watch, resolved, state, at, data_at=data_at)
        return hits

    def overlay(self, state: RaceState, *, shift: Ms = 0) -> Overlay:
        """The same object for as long as nothing in it changes."""
        known, looked_at = self._overlay, state.cars is self._looked_at
        if known is not None and looked_at and known[0] == shift:
            return known[1]
        made = self._overlays.make(self.resolved(state), state, shift=shift)
        self._overlay = (shift, made) if looked_at else None
        return made

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
                self._watched, self._overlay = (), None
        assert known is not None
        return known

"""One team's eye on one race: its watch, what it has in mind, and its overlay."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from timing.engine.alerts import Hit, Memory, step, tick
from timing.engine.chase import Chases
from timing.engine.facts import Fact
from timing.engine.overlay import Overlay, OverlayMaker
from timing.engine.state import RaceState
from timing.engine.units import Ms
from timing.engine.watch import Changed, Resolved, TeamWatch, resolve


class Watcher:
    """`memory` is all that there is to keep: a watcher made anew with it goes on as this one.

    `chases`: of the race, where other teams watch it, too.
    """

    def __init__(
        self, watch: TeamWatch, memory: Memory | None = None, chases: Chases | None = None
    ) -> None:
        self.memory = memory or Memory()
        self.use(watch)
        self._overlays = OverlayMaker(chases)

    def use(self, watch: TeamWatch) -> None:
        """From now on this is watched. What is new in it is told of from now on."""
        self.watch = watch
        self._resolved: Resolved | None = None
        self._names = -1  # that it was resolved for

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

    def overlay(
        self, state: RaceState, *, shift: Ms = 0, touched: Collection[str] | None = None
    ) -> Overlay:
        """See `OverlayMaker.make`."""
        return self._overlays.make(self.resolved(state), state, shift=shift, touched=touched)

    def resolved(self, state: RaceState) -> Resolved:
        """The same object for as long as the watch comes to the same."""
        known = self._resolved
        if known is None or state.names != self._names:
            self._names, new = state.names, resolve(self.watch, state)
            if new != known:
                self._resolved = known = new
        assert known is not None
        return known

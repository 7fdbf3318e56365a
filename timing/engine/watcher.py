"""One team's eye on one race: its watch, what it has in mind, and its overlay."""

from __future__ import annotations

from collections.abc import Sequence

from timing.engine.alerts import Hit, Memory, step, tick
from timing.engine.facts import Fact
from timing.engine.overlay import Overlay, OverlayMaker
from timing.engine.state import Car, RaceState
from timing.engine.units import Ms
from timing.engine.watch import Resolver, TeamWatch


class Watcher:
    """`memory` is all that there is to keep: a watcher made anew with it goes on as this one."""

    def __init__(self, watch: TeamWatch, memory: Memory | None = None) -> None:
        self.memory = memory or Memory()
        self.use(watch)
        self._overlays = OverlayMaker()

    def use(self, watch: TeamWatch) -> None:
        """From now on this is watched. What is new in it is told of from now on."""
        self.watch = watch
        self._resolver = Resolver(watch)

    def take(
        self,
        before: RaceState | None,
        after: RaceState,
        facts: Sequence[Fact],
        at: Ms,
        *,
        changed: list[Car] | None = None,
    ) -> list[Hit]:
        """See `alerts.step`."""
        resolved = self._resolver.of(after, changed)
        self.memory, hits = step(
            self.memory, self.watch, resolved, before, after, facts, at, changed=changed
        )
        return hits

    def tick(self, state: RaceState, at: Ms, *, data_at: Ms | None) -> list[Hit]:
        """See `alerts.tick`."""
        resolved = self._resolver.of(state)
        self.memory, hits = tick(self.memory, self.watch, resolved, state, at, data_at=data_at)
        return hits

    def overlay(self, state: RaceState, *, shift: Ms = 0) -> Overlay:
        """The same object for as long as nothing in it changes."""
        return self._overlays.make(self._resolver.of(state), state, shift=shift)

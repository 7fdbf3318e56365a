"""All who watch one race: each change is shown to those whom it may concern, and to nobody else."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from timing.engine.alerts import Hit, Memory
from timing.engine.chase import Chases
from timing.engine.facts import Fact
from timing.engine.listeners import Listeners, Stale
from timing.engine.overlay import Overlay
from timing.engine.state import RaceState
from timing.engine.units import Ms
from timing.engine.watch import TeamWatch
from timing.engine.watcher import Watcher


class Onlookers:
    """`state` is the race as it is now; `watchers` are by team.

    Whoever drives it asks `go_on` who is to look, and has each of them `look` before the next
    change. A team that fails at it is to `rest`.
    """

    def __init__(self, state: RaceState, *, is_new: bool = False) -> None:
        """`is_new`: it begins with the change that is to come."""
        self.state = state
        self._is_new = is_new
        self.watchers: dict[str, Watcher] = {}
        self._chases = Chases()
        self._listeners: Listeners | None = None
        self._asked: RaceState | None = None  # the state that everybody was to look at
        self._before: RaceState | None = None
        self._facts: Sequence[Fact] = ()
        self._stale: Stale = {}
        self._shift: Ms = 0

    # -- who they are

    def watch(self, team: str, watch: TeamWatch, memory: Memory | None = None) -> None:
        """From now on it watches this, going on from what it had in mind."""
        if team in self.watchers:
            self.watchers[team].use(watch)
        else:
            self.watchers[team] = Watcher(watch, memory, self._chases)
        self._ask_everybody()

    def rest(self, team: str) -> None:
        """It watches nothing and forgets everything, until it is told to watch again."""
        self.watchers[team] = Watcher(TeamWatch(team))
        self._ask_everybody()

    def leave(self, team: str) -> None:
        if self.watchers.pop(team, None) is not None:
            self._ask_everybody()

    def _ask_everybody(self) -> None:
        self._listeners = self._asked = None
        self._all_stale()

    def _all_stale(self) -> None:
        self._stale = {team: None for team, each in self.watchers.items() if each.watch.watched}

    # -- what happens

    def go_on(self, state: RaceState, facts: Sequence[Fact]) -> Iterable[str]:
        """The race after a change, with its facts. The teams that are to look at it."""
        before, listeners = self.state, self._listeners
        if listeners is None and self._asked is before:
            listeners = self._listeners = self._listening(before)
        self.state = state
        if listeners is not None:
            concerned = listeners.concerned(before, state, facts, self._stale)
            if concerned is not None:
                self._before, self._facts = before, facts
                return concerned
        self._ask_everybody()
        self._before, self._facts = None if self._is_new else before, facts
        self._asked, self._is_new = state, False
        return list(self.watchers)

    def _listening(self, state: RaceState) -> Listeners:
        """After everybody has looked."""
        watches = {team: each.resolved(state) for team, each in self.watchers.items()}
        dues = {team: each.memory.due_at for team, each in self.watchers.items()}
        return Listeners(watches, dues, state.cars)

    def look(self, team: str) -> list[Hit]:
        """What its rules make of the change that it was asked to look at."""
        watcher, state, listeners = self.watchers[team], self.state, self._listeners
        changed = None if listeners is None else listeners.changed
        at = state.last_seen_at
        hits = watcher.take(self._before, state, self._facts, at, changed=changed)
        if listeners is not None:
            listeners.looked(team, watcher.memory.due_at)
        return hits

    def look_first(self, team: str) -> list[Hit]:
        """Before the next change, at the race as it is."""
        return self.watchers[team].take(self.state, self.state, (), self.state.last_seen_at)

    def tick(self, team: str, at: Ms, *, data_at: Ms) -> list[Hit]:
        """See `alerts.tick`."""
        return self.watchers[team].tick(self.state, at, data_at=data_at)

    # -- what they are shown

    def stale(self, shift: Ms) -> Iterable[str]:
        """The teams whose overlay may be another than they were shown, by instants of `shift`."""
        if shift != self._shift:
            self._shift = shift
            self._all_stale()
        return list(self._stale) if self._stale else ()

    def overlay(self, team: str) -> Overlay:
        """As it is now, with which it is stale no more. `OverlayMaker.make` tells of `shift`."""
        touched = self._stale.pop(team, None)
        return self.watchers[team].overlay(self.state, shift=self._shift, touched=touched)

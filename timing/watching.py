"""What teams watch on one feed while it runs: their overlays, and alerts as they come about.

Stands beside the feed's runner in the event loop and waits for nothing: who watches what is brought
by the ingester, alerts are left at the desk. A fault of ours in what one team watches rests that
team and touches neither the race nor the others.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from uuid import UUID

from timing.alerting import raised
from timing.announcing import AlertDesk
from timing.engine.alerts import Hit, Memory
from timing.engine.alerts_memory import NEVER
from timing.engine.onlookers import Onlookers
from timing.engine.overlay import Overlay
from timing.engine.state import RaceState
from timing.engine.units import Ms
from timing.pipeline import Change
from timing.sinks.overlays import Overlays
from timing.watchlist import Teams, Watching

logger = logging.getLogger(__name__)

REST_MS = 60_000  # for a team whose evaluation failed
OLD_MS = 60_000  # what a resumed tape tells of is news for so long

Memories = dict[str, dict[str, Memory]]  # by team and race


@dataclass(slots=True)
class _Team:
    watching: Watching
    rests_until: Ms = 0


class TeamWatches:
    """`now_ms` is the wall clock; races are judged by their feed's own."""

    def __init__(self, feed: UUID, now_ms: Callable[[], Ms]) -> None:
        self._feed, self._now_ms = feed, now_ms
        self.desk = AlertDesk()
        self._resuming = True
        self._teams: dict[str, _Team] = {}
        self._edition = 0  # of the teams
        self._resting: set[str] = set()
        self._patience: Ms = NEVER  # the shortest silence that a rule waits for
        self._seen: dict[str, Onlookers] = {}  # by race; kept while somebody watches
        self._cleared: dict[str, int] = {}  # races, by the teams that are shown overlays

    # -- who watches

    def begin(
        self,
        teams: Teams,
        states: Mapping[str, RaceState],
        *,
        memories: Memories,
        known: Iterable[UUID],
    ) -> None:
        """Before a tape is read on: what is watched now, and what was known at its mark."""
        self.desk.know(known)
        self._seen = {race: Onlookers(state) for race, state in states.items()}
        for name in memories.keys() & teams.keys():
            self._teams[name] = _Team(teams[name])
            for race in memories[name].keys() & states.keys():
                self._seen[race].watch(name, teams[name].watch, memories[name][race])
        self._set(teams, states)

    def live(self) -> None:
        """What comes from now on is news."""
        self._resuming = False

    def use(self, teams: Teams, states: Mapping[str, RaceState]) -> bool:
        """These teams watch from now on. False if that is no news."""
        if teams == {name: team.watching for name, team in self._teams.items()}:
            return False
        self._set(teams, states)
        return True

    def _set(self, teams: Teams, states: Mapping[str, RaceState]) -> None:
        before, self._teams = self._teams, {}
        self._edition += 1
        self._patience = min((_patience(each) for each in teams.values()), default=NEVER)
        seen, self._seen = self._seen, {}
        for state in states.values() if teams else ():
            race = self._seen[state.id] = seen.get(state.id) or Onlookers(state)
            for name in before.keys() - teams.keys():
                race.leave(name)
        for name, watching in teams.items():
            known = before.get(name)
            self._teams[name] = _Team(watching, known.rests_until if known else 0)
            for race in self._seen.values():
                is_new = known is None or known.watching != watching
                if name not in self._resting and (is_new or name not in race.watchers):
                    self._watch(name, race)

    def _watch(self, name: str, race: Onlookers) -> None:
        """What is so already is no news; what comes next is."""
        race.watch(name, self._teams[name].watching.watch)
        self._look(name, race, race.look_first, 0)

    def keep(self, races: Collection[str]) -> None:
        """Nothing more will come of the others."""
        self._seen = {race: each for race, each in self._seen.items() if race in races}
        self._cleared = {race: each for race, each in self._cleared.items() if race in races}

    def forget(self, race: str) -> None:
        """It begins again."""
        self.keep(self._seen.keys() - {race})

    def memories(self) -> Memories:
        """For the resume point, so that the next process goes on where this one stood."""
        return {
            name: {
                race: each.watchers[name].memory
                for race, each in self._seen.items()
                if name in each.watchers and team.watching.watch.rules
            }
            for name, team in self._teams.items()
        }

    # -- what happens

    def take(self, changes: Iterable[Change], *, shift: Ms = 0) -> None:
        """`shift`: from the feed's clock to ours."""
        if not self._teams:
            return
        if self._resting:
            self._wake()
        for change in changes:
            race = self._seen.get(change.race) or self._begun(change.state)
            for name in race.go_on(change.state, change.facts):
                self._look(name, race, race.look, shift)

    def _begun(self, state: RaceState) -> Onlookers:
        self._seen[state.id] = begun = Onlookers(state, is_new=True)
        for name, team in self._teams.items():
            if name not in self._resting:
                begun.watch(name, team.watching.watch)
        return begun

    def silence(self, race: str, *, data_at: Ms | None) -> None:
        """Once a second, by the wall clock: a feed that says nothing lets no time pass itself."""
        seen, now = self._seen.get(race), self._now_ms()
        if seen is None or data_at is None or now - data_at < self._patience:
            return
        for name in list(seen.watchers):
            self._look(name, seen, lambda name: seen.tick(name, now, data_at=data_at), 0)

    def _look(
        self, name: str, race: Onlookers, look: Callable[[str], list[Hit]], shift: Ms
    ) -> None:
        """Nothing that goes wrong with one team gets any further."""
        try:
            for hit in look(name):
                self._raise(self._teams[name].watching, race.state, hit, shift)
        except Exception:
            logger.exception("feed %s: what team %s watches", self._feed, name)
            self._rest(name)

    def _raise(self, watching: Watching, race: RaceState, hit: Hit, shift: Ms) -> None:
        made = raised(hit, watching, feed=self._feed, race=race, shift=shift)
        if not self._resuming:
            self.desk.take(made)
        elif made.alert.at >= watching.since:
            is_news = self._now_ms() - hit.at <= OLD_MS
            self.desk.take(made if is_news else made.kept_in(), announce=is_news)

    def _rest(self, name: str) -> None:
        self._teams[name].rests_until = self._now_ms() + REST_MS
        self._resting.add(name)
        for race in self._seen.values():
            race.rest(name)

    def _wake(self) -> None:
        now = self._now_ms()
        for name in list(self._resting):
            team = self._teams.get(name)
            if team is None:
                self._resting.discard(name)
            elif now >= team.rests_until:
                self._resting.discard(name)
                for race in self._seen.values():
                    race.watch(name, team.watching.watch)

    # -- what teams are shown

    async def show(self, race: str, overlays: Overlays, *, at: Ms, shift: Ms = 0) -> None:
        """The overlays of a race whose board was published, where they changed.

        Of the newest state, also where the board is of one before: names found must fit it.
        """
        seen = self._seen.get(race)
        if seen is not None:
            for name in seen.stale(shift):
                overlay = self._overlay(name, seen)
                if overlay is not None:
                    await overlays.publish(name, overlay, at=at + shift)
        if self._cleared.get(race) != self._edition:
            self._cleared[race] = self._edition
            watched = [name for name, team in self._teams.items() if team.watching.watch.watched]
            await overlays.clear(race, watching=watched)

    def _overlay(self, name: str, race: Onlookers) -> Overlay | None:
        try:
            if name in race.watchers:  # it may have left while those before it were told
                return race.overlay(name)
        except Exception:
            logger.exception("feed %s: what team %s watches", self._feed, name)
            self._rest(name)
        return None


def _patience(watching: Watching) -> Ms:
    rules = (rule for rule in watching.watch.rules if rule.kind == "stale")
    return min((rule.threshold or 0 for rule in rules), default=NEVER)

"""What teams watch on one feed while it runs: their overlays, and alerts as they come about.

Stands beside the feed's runner in the event loop and waits for nothing: who watches what is brought
by the ingester, alerts are left at the desk. A fault of ours in what one team watches rests that
team and touches neither the race nor the others.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from uuid import UUID

from timing.alerting import raised
from timing.announcing import AlertDesk
from timing.engine.alerts import Hit, Memory
from timing.engine.overlay import Overlay
from timing.engine.state import RaceState
from timing.engine.units import Ms
from timing.engine.watch import Changed, changed_cars
from timing.engine.watcher import Watcher
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
    races: dict[str, Watcher] = field(default_factory=dict)
    rests_until: Ms = 0

    def race(self, race: str, memory: Memory | None = None) -> Watcher:
        found = self.races.get(race)
        if found is None:
            found = self.races[race] = Watcher(self.watching.watch, memory)
        return found

    def use(self, watching: Watching) -> None:
        """Another watch, which goes on from what was so under the one before."""
        self.watching = watching
        for watcher in self.races.values():
            watcher.use(watching.watch)


class TeamWatches:
    """`now_ms` is the wall clock; races are judged by their feed's own."""

    def __init__(self, feed: UUID, now_ms: Callable[[], Ms]) -> None:
        self._feed, self._now_ms = feed, now_ms
        self.desk = AlertDesk()
        self._resuming = True
        self._teams: dict[str, _Team] = {}
        self._seen: dict[str, RaceState] = {}  # kept while somebody watches

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
        for name, races in memories.items():
            if name in teams:
                team = self._teams[name] = _Team(teams[name])
                for race, memory in races.items():
                    team.race(race, memory)
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
        self._seen = dict(states) if teams else {}
        before, self._teams = self._teams, {}
        for name, watching in teams.items():
            team = before.get(name)
            if team is None or team.watching != watching:
                team = team or _Team(watching)
                team.use(watching)
                self._look_first(team, states)
            self._teams[name] = team

    def _look_first(self, team: _Team, states: Mapping[str, RaceState]) -> None:
        """What is so already is no news; what comes next is."""
        for state in states.values():
            self._look(team, state, Change(state.id, state, [], False), (), 0)

    def keep(self, races: Collection[str]) -> None:
        """Nothing more will come of the others."""
        self._seen = {race: state for race, state in self._seen.items() if race in races}
        for team in self._teams.values():
            team.races = {race: each for race, each in team.races.items() if race in races}

    def forget(self, race: str) -> None:
        """It begins again."""
        self.keep(self._seen.keys() - {race})

    def memories(self) -> Memories:
        """For the resume point, so that the next process goes on where this one stood."""
        return {
            name: {race: watcher.memory for race, watcher in team.races.items()}
            for name, team in self._teams.items()
        }

    # -- what happens

    def take(self, changes: Iterable[Change], *, shift: Ms = 0) -> None:
        """`shift`: from the feed's clock to ours."""
        if not self._teams:
            return
        for change in changes:
            before = self._seen.get(change.race)
            self._seen[change.race] = change.state
            cars = changed_cars(before.cars, change.state.cars) if before else None
            for team in self._awake():
                self._look(team, before, change, cars, shift)

    def silence(self, race: str, *, data_at: Ms | None) -> None:
        """Once a second, by the wall clock: a feed that says nothing lets no time pass itself."""
        state, now = self._seen.get(race), self._now_ms()
        if state is None:
            return
        for team in self._awake():
            with self._care(team):
                self._raise(team, state, team.race(race).tick(state, now, data_at=data_at), 0)

    def _look(
        self,
        team: _Team,
        before: RaceState | None,
        change: Change,
        cars: Changed | None,
        shift: Ms,
    ) -> None:
        state = change.state
        if not team.watching.watch.rules:
            return
        with self._care(team):
            watcher, at = team.race(change.race), state.last_seen_at
            hits = watcher.take(before, state, change.facts, at, changed=cars)
            self._raise(team, state, hits, shift)

    def _raise(self, team: _Team, state: RaceState, hits: Iterable[Hit], shift: Ms) -> None:
        for hit in hits:
            made = raised(hit, team.watching, feed=self._feed, race=state, shift=shift)
            if not self._resuming:
                self.desk.take(made)
            elif made.alert.at >= team.watching.since:
                is_news = self._now_ms() - hit.at <= OLD_MS
                self.desk.take(made if is_news else made.kept_in(), announce=is_news)

    def _awake(self) -> list[_Team]:
        now = self._now_ms()
        return [team for team in self._teams.values() if now >= team.rests_until]

    @contextmanager
    def _care(self, team: _Team) -> Iterator[None]:
        """Nothing that goes wrong with one team gets any further."""
        try:
            yield
        except Exception:
            logger.exception("feed %s: what team %s watches", self._feed, team.watching.slug)
            team.rests_until = self._now_ms() + REST_MS
            team.races.clear()

    # -- what teams are shown

    async def show(self, race: str, overlays: Overlays, *, at: Ms, shift: Ms = 0) -> None:
        """The overlays of a race whose board was published, where they changed."""
        for team in self._awake():
            overlay = self._overlay(team, race, shift) if team.watching.watch.watched else None
            if overlay is not None:
                await overlays.publish(str(team.watching.team), overlay, at=at + shift)
        watching = [name for name, team in self._teams.items() if team.watching.watch.watched]
        await overlays.clear(race, watching=watching)

    def _overlay(self, team: _Team, race: str, shift: Ms) -> Overlay | None:
        """Of the newest state, also where the board is of one before: names found must fit it."""
        state = self._seen.get(race)
        if state is None:
            return None
        with self._care(team):
            return team.race(race).overlay(state, shift=shift)
        return None

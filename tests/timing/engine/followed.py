"""A feed played to teams that watch it, a change at a time or several at once."""

from __future__ import annotations

import pickle
from collections.abc import Iterable, Iterator
from functools import cache

from tests.timing.apex_feed import FEED
from tests.timing.simulated import Simulated, simulated
from timing.engine.alerts import Hit, Memory
from timing.engine.facts import Fact
from timing.engine.overlay import Overlay
from timing.engine.state import RaceState
from timing.engine.watch import Rule, TeamWatch, Watched
from timing.engine.watcher import Watcher
from timing.pipeline import Change, Pipeline

# One rule of each kind that a simulated race can meet, all as soon as possible.
RULES = (
    Rule(1, "pit_in", cooldown_ms=0),
    Rule(2, "pit_out", cooldown_ms=0),
    Rule(3, "short_stop", threshold=90_000, cooldown_ms=0),
    Rule(4, "driver", cooldown_ms=0),
    Rule(5, "trouble", cooldown_ms=0),
    Rule(6, "best", cooldown_ms=0),
    Rule(7, "best", "any", cooldown_ms=0),
    Rule(8, "gap", threshold=8_000, cooldown_ms=0),
    Rule(9, "catch", threshold=20, cooldown_ms=0),
    Rule(10, "stint", threshold=420_000, cooldown_ms=0),
    Rule(11, "message", "any", cooldown_ms=0),
    Rule(12, "message", "ours", cooldown_ms=0),
    Rule(13, "flag", cooldown_ms=0),
    Rule(14, "pace", threshold=4, cooldown_ms=0),
    Rule(15, "gap", "any", threshold=2_000),
)


class Followed:
    """`hits` of each team, in the order they were found."""

    def __init__(self, *watches: TeamWatch) -> None:
        self.watches = {watch.team: watch for watch in watches}
        self.pipeline = Pipeline(feed=FEED, protocol="apex")
        self.seen: dict[str, RaceState] = {}
        self.watchers: dict[tuple[str, str], Watcher] = {}
        self.hits: dict[str, list[Hit]] = {team: [] for team in self.watches}
        self.overlays: list[Overlay] = []
        self._waiting: dict[str, tuple[RaceState, list[Fact], int]] = {}
        self._connection: int | None = None

    def frame(self, at: int, connection: int, msg: str) -> None:
        if connection != self._connection:
            self._connection = connection
            self._take(self.pipeline.closed(at), at)
            self._take(self.pipeline.opened(at), at)
        self._take(self.pipeline.frame(at, msg), at)

    def _take(self, changes: Iterable[Change], at: int) -> None:
        for change in changes:
            facts = self._waiting[change.race][1] if change.race in self._waiting else []
            self._waiting[change.race] = (change.state, [*facts, *change.facts], at)

    def look(self, *, again: bool = False) -> None:
        """Let the teams look at what came since the last time."""
        for race, (after, facts, at) in self.taken().items():
            before = self.seen.get(race)
            for team in self.watches:
                watcher = self.watcher(team, race)
                self.hits[team] += watcher.take(before, after, facts, at)
                if again:
                    assert watcher.take(before, after, facts, at) == []
                overlay = watcher.overlay(after)
                if not self.overlays or overlay is not self.overlays[-1]:
                    self.overlays.append(overlay)
            self.seen[race] = after

    def taken(self) -> dict[str, tuple[RaceState, list[Fact], int]]:
        """What came since the last time, by race."""
        waiting, self._waiting = self._waiting, {}
        return waiting

    def watcher(self, team: str, race: str) -> Watcher:
        found = self.watchers.get((team, race))
        if found is None:
            found = self.watchers[team, race] = Watcher(self.watches[team])
        return found

    def resumed(self) -> None:
        """As a process that starts anew from what was put down."""
        point = self.pipeline.resume_point()
        kept = pickle.dumps({name: each.memory for name, each in self.watchers.items()})
        self.pipeline = Pipeline.resume(point)
        self.seen = dict(self.pipeline.states)
        memories: dict[tuple[str, str], Memory] = pickle.loads(kept)
        self.watchers = {
            name: Watcher(self.watches[name[0]], memory) for name, memory in memories.items()
        }


def play(
    made: Simulated,
    *watches: TeamWatch,
    batches: Iterator[int] | None = None,
    again: bool = False,
    resume_every: int = 0,
) -> Followed:
    """`batches`: how many frames at a time; one if not said."""
    followed = Followed(*watches)
    left = next(batches) if batches else 1
    for count, (at, connection, msg) in enumerate(made.frames, start=1):
        followed.frame(at, connection, msg)
        left -= 1
        if left <= 0:
            followed.look(again=again)
            left = next(batches) if batches else 1
        if resume_every and count % resume_every == 0:
            followed.look()
            followed.resumed()
    followed.look()
    return followed


def watch(made: Simulated, team: str, ours: int, *, rivals: int = 4) -> TeamWatch:
    """Entry number `ours` of the race is theirs, the next ones are their rivals."""
    entries = [entry["competitor"] for entry in made.truth["races"][0]["entries"]]
    marks = (entries * 2)[ours : ours + rivals + 1]
    watched = tuple(
        Watched(place, "rival" if place else "ours", "name", name)
        for place, name in enumerate(marks)
    )
    return TeamWatch(team, f"Plan {team}", watched, RULES)


@cache
def straight(mishaps: str) -> tuple[Simulated, Followed]:
    """A race with everything in it, and what one team hears of it."""
    made = simulated(karts=12, minutes=60, seed=4, mishaps=mishaps)
    return made, play(made, watch(made, "a", 0))

"""Which of the teams that watch a race a change of it may concern.

Most changes are of nobody that is watched. So what rules and overlays rest on is looked at once for
all teams: the cars that somebody watches, and the facts that a rule waits for, by kind and entry. A
team that is not named would find nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import compress
from operator import attrgetter, is_not, itemgetter

from timing.engine.alerts_cars import DOINGS, listens_anew
from timing.engine.alerts_facts import beats
from timing.engine.alerts_memory import NEVER
from timing.engine.facts import Fact, LapFact
from timing.engine.overlay import SHOWN
from timing.engine.state import Car, RaceState
from timing.engine.units import Ms
from timing.engine.watch import Cars, Changed, Resolved

Teams = dict[str, None]  # in their order
Stale = dict[str, set[str] | None]  # entries that overlays of teams show otherwise; None: any

# What counts of a car: up to here to rules, and from there to overlays.
_FOR_RULES = [name for name in DOINGS if name not in SHOWN]
_FOR_BOTH = [name for name in DOINGS if name in SHOWN]
_FOR_OVERLAYS = [name for name in SHOWN if name not in DOINGS]
_what_counts = attrgetter(*_FOR_RULES, *_FOR_BOTH, *_FOR_OVERLAYS)
_to_rules, _to_overlays = slice(len(DOINGS)), slice(len(_FOR_RULES), None)
_NOBODY: Teams = {}


class Listeners:
    """The teams of one race, for as long as its entries are called the same.

    `changed`: at the last question, the cars that are other objects, where a team listens to all.
    """

    def __init__(self, watches: Mapping[str, Resolved], dues: Mapping[str, Ms], cars: Cars) -> None:
        """`dues`: when each of them looks in any case. `cars`: as at the last look."""
        self._dues = dict(dues)
        self._due_at = min(dues.values(), default=NEVER)
        self._of_facts, self._of_any_fact = _by_fact(watches)
        self._of_bests = dict.fromkeys(team for team, watch in watches.items() if watch.bests)
        moving = {team: watch.moving for team, watch in watches.items()}
        rules = _by_key((t, cars if keys is None else keys) for t, keys in moving.items())
        overlays = _by_key((team, watch.keys) for team, watch in watches.items())
        self._to_all = None in moving.values()
        self._keys = list(rules | overlays)
        self._of_cars = [(rules.get(key, {}), overlays.get(key, {})) for key in self._keys]
        self._pick = _picker(self._keys)
        self._cars = self._pick(cars)
        self._counts = list(map(_what_counts, self._cars))
        self.changed: Changed | None = None

    def looked(self, team: str, due_at: Ms) -> None:
        """It has, and will in any case at `due_at`."""
        if self._dues[team] != due_at:
            self._dues[team] = due_at
            self._due_at = min(self._dues.values())

    def concerned(
        self, before: RaceState, after: RaceState, facts: Sequence[Fact], stale: Stale
    ) -> Teams | None:
        """The teams whose rules may find something in this change; None: any of them may.

        Those whose overlay may be another now go to `stale`. To be asked about every change.
        """
        at = after.last_seen_at
        if after.names != before.names or listens_anew(before, after):
            return None
        seen, cars = self._cars, self._pick(after.cars)
        moved = any(map(is_not, cars, seen))
        if not (moved or facts or at >= self._due_at):
            return _NOBODY
        self._cars = cars
        found: Teams = {}
        self.changed = ()
        if moved:
            self._compare(seen, found, stale)
        if facts:
            self._hear(facts, before.best_ms, found)
        if at >= self._due_at:
            found.update((team, None) for team, due in self._dues.items() if due <= at)
        return found

    def _compare(self, seen: tuple[Car, ...], found: Teams, stale: Stale) -> None:
        cars, counts = self._cars, self._counts
        for place in compress(range(len(cars)), map(is_not, cars, seen)):
            was, now = counts[place], _what_counts(cars[place])
            if now != was:
                counts[place] = now
                rules, overlays = self._of_cars[place]
                if now[_to_rules] != was[_to_rules]:
                    found.update(rules)
                if now[_to_overlays] != was[_to_overlays]:
                    for team in overlays:
                        keys = stale.setdefault(team, set())
                        if keys is not None:
                            keys.add(self._keys[place])
        if self._to_all:
            both = zip(seen, cars, strict=True)
            self.changed = list(compress(both, map(is_not, cars, seen)))

    def _hear(self, facts: Iterable[Fact], best_ms: Ms | None, found: Teams) -> None:
        for fact in facts:
            kind = type(fact)
            if kind in self._of_any_fact:
                found.update(self._of_any_fact[kind])
            if kind in self._of_facts:
                found.update(self._of_facts[kind].get(getattr(fact, "entry", ""), _NOBODY))
            if self._of_bests and isinstance(fact, LapFact) and beats(fact, best_ms):
                found.update(self._of_bests)


def _by_key(watched: Iterable[tuple[str, Iterable[str]]]) -> dict[str, Teams]:
    found: dict[str, Teams] = {}
    for team, keys in watched:
        for key in keys:
            found.setdefault(key, {})[team] = None
    return found


def _by_fact(
    watches: Mapping[str, Resolved],
) -> tuple[dict[type, dict[str, Teams]], dict[type, Teams]]:
    """Of facts of some entries, and of all of a kind."""
    of_some: dict[type, dict[str, Teams]] = {}
    of_any: dict[type, Teams] = {}
    for team, watch in watches.items():
        for kind, keys in watch.hears.items():
            if keys is None:
                of_any.setdefault(kind, {})[team] = None
            for key in keys or ():
                of_some.setdefault(kind, {}).setdefault(key, {})[team] = None
    return of_some, of_any


def _picker(keys: Sequence[str]) -> Callable[[Cars], tuple[Car, ...]]:
    """The cars of these keys, several of them in one look-up."""
    if len(keys) > 1:
        return itemgetter(*keys)
    return lambda cars: tuple(cars[key] for key in keys)

"""What a team watches in a race: its own entries, its rivals, and the rules about them.

Configuration is of the team (`TeamWatch`), what it comes to in one race is `Resolved`. A team's
watch never knows of another's.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import astuple, dataclass, field
from itertools import chain, compress
from operator import is_not
from typing import Any

from timing.engine.facts import (
    FlagFact,
    LapFact,
    MessageFact,
    PenaltyFact,
    PitStopFact,
    StintFact,
)
from timing.engine.state import Car, RaceState

Cars = Mapping[str, Car]
Duties = Mapping[str, "tuple[Duty, ...]"]  # by the kind of the rule
OF_THE_RACE = frozenset(("flag", "pace", "stale"))  # kinds; as in `timing.enums`


@dataclass(frozen=True, slots=True)
class Watched:
    """An entry that a team marked. `kind`: ours, rival. `by`: entry, number, name.

    By entry it is `entry_key` in the race `race` and nowhere else; else `value` is looked for.
    """

    monitor: int
    kind: str
    by: str
    value: str
    entry_key: str = ""
    race: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class Rule:
    """When to tell. `kind`, `subject` and `threshold` as in `timing.enums`."""

    id: int
    kind: str
    subject: str = "watched"
    monitor: int | None = None
    threshold: int | None = None
    cooldown_ms: int = 30_000


@dataclass(frozen=True, slots=True)
class TeamWatch:
    """`watched` in the team's order: ours first. `rules`: those that are switched on.

    `terms`: the rules as plain values, which a resume point holds quickly.
    """

    team: str
    plan: str = ""
    watched: tuple[Watched, ...] = ()
    rules: tuple[Rule, ...] = ()
    terms: tuple[tuple[Any, ...], ...] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "terms", tuple(map(astuple, self.rules)))


@dataclass(frozen=True, slots=True)
class Found:
    """A listed car that a team watches; a car that two marks find is of the first of them."""

    key: str
    monitor: int
    kind: str
    note: str


@dataclass(frozen=True, slots=True)
class Duty:
    """A rule and the entries it looks at here; `keys` None: at every one."""

    rule: Rule
    keys: frozenset[str] | None

    def about(self, key: str) -> bool:
        return self.keys is None or key in self.keys

    def pair(self, key: str) -> tuple[int, int | None, str]:
        """What is remembered of this rule and an entry; another threshold is another rule."""
        return self.rule.id, self.rule.threshold, key


@dataclass(frozen=True, slots=True)
class Resolved:
    """A team's watch in one race. `own`: the first of ours, which gaps are measured from."""

    race: str
    plan: str
    found: tuple[Found, ...]
    own: str | None
    keys: frozenset[str]
    duties: Duties = field(hash=False)
    bests: bool  # a rule waits for the best of the session
    moving: frozenset[str] | None  # entries whose own doings a rule looks at; None: every one
    chased: frozenset[str] | None  # entries that rules measure gaps to
    hears: Mapping[type, frozenset[str] | None] = field(hash=False)  # entries of facts, likewise

    @property
    def ours(self) -> tuple[Found, ...]:
        return tuple(found for found in self.found if found.kind == "ours")

    @property
    def rivals(self) -> tuple[Found, ...]:
        return tuple(found for found in self.found if found.kind != "ours")


def resolve(watch: TeamWatch, state: RaceState) -> Resolved:
    """What the watch comes to among the listed cars of a race.

    A number is the same text but for spaces around it; of names `same_name` tells. A number that
    two cars carry finds both.
    """
    marks: dict[int, list[str]] = {}
    found: dict[str, Found] = {}
    index = _Index(state)
    for each in watch.watched:
        keys = index.find(each)
        marks[each.monitor] = keys
        for key in keys:
            found.setdefault(key, Found(key, each.monitor, each.kind, each.note))
    ordered = tuple(sorted(found.values(), key=lambda one: one.kind != "ours"))
    own = ordered[0].key if ordered and ordered[0].kind == "ours" else None
    duties: dict[str, list[Duty]] = {}
    for rule in watch.rules:
        keys_of = _keys_of(rule, ordered, marks)
        if keys_of is None or keys_of or rule.kind in OF_THE_RACE:
            duties.setdefault(rule.kind, []).append(Duty(rule, keys_of))
    by_kind = {kind: tuple(of_kind) for kind, of_kind in duties.items()}
    return Resolved(
        race=state.id,
        plan=watch.plan,
        found=ordered,
        own=own,
        keys=frozenset(found),
        duties=by_kind,
        bests=any(duty.keys is None for duty in by_kind.get("best", ())),
        moving=_about(by_kind, *_OF_CARS),
        chased=_about(by_kind, "gap", "catch"),
        hears=_heard(by_kind, own),
    )


_OF_CARS = ("driver", "trouble", "stint")
_OF_FACTS: dict[type, tuple[str, ...]] = {
    PitStopFact: ("pit_in", "pit_out", "short_stop"),
    StintFact: ("stint",),
    PenaltyFact: ("message",),
}
_OF_ALL: dict[type, str] = {FlagFact: "flag", MessageFact: "message"}


def _about(duties: Duties, *kinds: str) -> frozenset[str] | None:
    """The entries that rules of these kinds look at."""
    keys: frozenset[str] = frozenset()
    for duty in chain.from_iterable(duties.get(kind, ()) for kind in kinds):
        if duty.keys is None:
            return None
        keys |= duty.keys
    return keys


def _heard(duties: Duties, own: str | None) -> dict[type, frozenset[str] | None]:
    heard = {fact: _about(duties, *kinds) for fact, kinds in _OF_FACTS.items()}
    heard[LapFact] = _laps_heard(duties, own)
    heard.update((fact, None) for fact, kind in _OF_ALL.items() if kind in duties)
    return {fact: keys for fact, keys in heard.items() if keys is None or keys}


def _laps_heard(duties: Duties, own: str | None) -> frozenset[str] | None:
    """Laps of anybody that are a best of the session are heard besides."""
    chased = _about(duties, "gap", "catch")
    if chased is None:
        return None
    best = (duty.keys for duty in duties.get("best", ()) if duty.keys is not None)
    ours = {own} if chased and own is not None else ()
    return chased.union(ours, *best)


def _keys_of(
    rule: Rule, found: tuple[Found, ...], marks: Mapping[int, list[str]]
) -> frozenset[str] | None:
    if rule.kind in OF_THE_RACE:
        return None
    if rule.monitor is not None:
        return frozenset(marks.get(rule.monitor, ()))
    if rule.subject == "any":
        return None
    kinds = {"ours": ("ours",), "rivals": ("rival",)}.get(rule.subject, ("ours", "rival"))
    return frozenset(one.key for one in found if one.kind in kinds)


class _Index:
    """The listed cars of a race by number and by name, each made when it is asked for."""

    def __init__(self, state: RaceState) -> None:
        self._state = state
        self._keys: dict[str, dict[str, list[str]]] = {}

    def find(self, watched: Watched) -> list[str]:
        if watched.by == "entry":
            car = self._state.cars.get(watched.entry_key)
            here = car is not None and car.listed and watched.race == self._state.id
            return [watched.entry_key] if here else []
        wanted = same_name(watched.value) if watched.by == "name" else watched.value.strip()
        if watched.by not in self._keys:
            self._keys[watched.by] = self._made(watched.by)
        return self._keys[watched.by].get(wanted, []) if wanted else []

    def _made(self, by: str) -> dict[str, list[str]]:
        keys: dict[str, list[str]] = {}
        for car in self._state.cars.values():
            if car.listed:
                called = same_name(car.shown_name) if by == "name" else car.number.strip()
                keys.setdefault(called, []).append(car.key)
        return keys


def same_name(name: str) -> str:
    """What names come out as that are the same but for their case and their runs of spaces."""
    return " ".join(name.casefold().split())


Changed = Sequence[tuple[Car | None, Car]]  # as it was, as it is


def changed_cars(before: Cars, after: Cars) -> Changed:
    """The cars that are other objects than they were, in about 1 µs for 30 cars.

    Cars keep their order while a race lasts and none is taken out, so the two sides are compared;
    where that does not hold, the answer is the same and takes longer.
    """
    old, new = before.values(), after.values()
    other = new if len(old) != len(new) else compress(new, map(is_not, new, old))
    get = before.get
    return [(was, car) for car in other if (was := get(car.key)) is not car]

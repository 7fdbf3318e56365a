"""What is remembered between two looks at a race, and what a look found.

A memory is of one team in one race: plain values, bounded by the number of its rules and entries,
so it can be pickled with a resume point. It is a value: a look returns another one.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from timing.engine.facts import Fact
from timing.engine.state import Car, RaceState, evolve
from timing.engine.units import Ms
from timing.engine.watch import Duty, Resolved, Rule

MAX_SAID = 256  # hits that are known to have been said; older ones are not told twice by a feed
NEVER = 1 << 62

Pair = tuple[int, int | None, str]  # a rule, its threshold, an entry: another threshold starts anew


@dataclass(frozen=True, slots=True)
class Hit:
    """Something that a rule waited for.

    `key` is the row, "" where it is about the race. `natural` names the fact: the same fact found
    again has the same one. `values`: raw numbers and text for the words, by kind:
    pit_in: stop, lap · pit_out: stop, lap, duration_ms? · short_stop: stop, lap, duration_ms,
    threshold_ms · driver: driver, before, stint · trouble: what (stopped, slow, missing),
    silent_ms?, lap · best: ms, before_ms, lap, session (bool) · gap: own, own_number, gap_ms,
    ahead, direction (closer, wider), threshold_ms, lap · catch: own, own_number, laps, chaser (we,
    they), gap_ms, closing_ms, lap · stint: stint, driver, threshold_ms · message: type (as race
    control marks it: penalty, …), text, time, laps?, ms? · flag: flag, before · pace: percent,
    now_ms, then_ms, entries · stale: silent_ms, data_at. (?: may be None.)
    """

    rule: int
    kind: str
    key: str
    number: str
    natural: str
    at: Ms
    values: Mapping[str, Any]


@dataclass(frozen=True)
class Memory:
    terms: tuple[tuple[Any, ...], ...] | None = None  # of the rules; None: nothing looked at yet
    keys: frozenset[str] = frozenset()
    own: str | None = None
    since: Mapping[tuple[int, int | None] | str, Ms] = field(default_factory=dict)
    heard_at: Ms = 0  # nothing was missed since then
    dues: Mapping[Pair, Ms] = field(default_factory=dict)  # when to look again
    due_at: Ms = NEVER  # the first of them
    sides: Mapping[Pair, Any] = field(default_factory=dict)  # of a threshold
    drivers: Mapping[str, str] = field(default_factory=dict)  # the last name shown
    bests: Mapping[str, Ms] = field(default_factory=dict)
    said: Mapping[tuple[int, str], None] = field(default_factory=dict)
    calm: Mapping[tuple[int, str], Ms] = field(default_factory=dict)  # when last said


class Look:
    """One look at a race: what it starts from, and what it finds. Copies what it changes."""

    __slots__ = (
        "memory",
        "resolved",
        "before",
        "after",
        "facts",
        "all_facts",
        "at",
        "hits",
        "_changes",
    )

    def __init__(
        self,
        memory: Memory,
        resolved: Resolved,
        before: RaceState | None,
        after: RaceState,
        facts: Sequence[Fact],
        at: Ms,
        all_facts: Sequence[Fact] = (),
    ) -> None:
        self.memory, self.resolved = memory, resolved
        self.before, self.after, self.facts, self.at = before, after, facts, at
        self.all_facts = all_facts  # `facts` are those that rules listen for
        self.hits: list[Hit] = []
        self._changes: dict[str, Any] = {}

    @property
    def due_at(self) -> Ms:
        dues = self._changes.get("dues")
        return self.memory.due_at if dues is None else min(dues.values(), default=NEVER)

    def duties(self, kind: str) -> tuple[Duty, ...]:
        return self.resolved.duties.get(kind, ())

    def car_before(self, key: str) -> Car | None:
        return None if self.before is None else self.before.cars.get(key)

    def recall(self, name: str) -> Mapping[Any, Any]:
        found: Mapping[Any, Any] | None = self._changes.get(name)
        return getattr(self.memory, name) if found is None else found

    @property
    def heard_at(self) -> Ms:
        found: Ms = self._changes.get("heard_at", self.memory.heard_at)
        return found

    @heard_at.setter
    def heard_at(self, at: Ms) -> None:
        self._changes["heard_at"] = at

    def remember(self, name: str) -> dict[Any, Any]:
        """A part of the memory to write to."""
        changed = self._changes.get(name)
        if changed is None:
            changed = self._changes[name] = dict(getattr(self.memory, name))
        found: dict[Any, Any] = changed
        return found

    def is_old(self, rule: Rule, key: str, at: Ms) -> bool:
        """It was so before we looked for it: before the race, the rule or the entry was ours."""
        since = self.memory.since
        return at <= max(since.get((rule.id, rule.threshold), 0), since.get(key, 0))

    def hit(
        self,
        rule: Rule,
        natural: str,
        *,
        at: Ms,
        values: Mapping[str, Any],
        key: str = "",
        number: str = "",
        topic: str | None = None,
    ) -> None:
        """Unless it was said before, or something of the same `topic` was just now."""
        name = (rule.id, natural)
        if name in self.recall("said"):
            return
        pause = (rule.id, key if topic is None else topic)
        last = self.recall("calm").get(pause)
        if last is not None and abs(at - last) < rule.cooldown_ms:
            return
        self.remember("said")[name] = None
        calm = self.remember("calm")
        calm.pop(pause, None)  # the newest last
        calm[pause] = at
        car = self.after.cars.get(key)
        number = number or (car.number if car is not None else "")
        self.hits.append(Hit(rule.id, rule.kind, key, number, natural, at, values))

    def done(self) -> Memory:
        changes = self._changes
        if not changes:
            return self.memory
        if "dues" in changes:
            changes["due_at"] = min(changes["dues"].values(), default=NEVER)
        for name in ("said", "calm"):
            if len(changes.get(name, ())) > MAX_SAID:
                changes[name] = dict(list(changes[name].items())[-MAX_SAID // 2 :])
        return evolve(self.memory, **changes)

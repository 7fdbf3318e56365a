"""The race-control log by difference: the feed resends the whole history at every change."""

from __future__ import annotations

import hashlib
from collections import Counter

from timing.engine.events import Message
from timing.engine.facts import Fact, MessageFact, PenaltyFact
from timing.engine.state import Car, Logged, RaceState, evolve
from timing.engine.units import Ms

MAX_LINES = 2_000  # kept of a race; who writes more than that is no race director

_Key = tuple[Message, int]  # the same line twice is the second of its kind


def set_log(
    state: RaceState, log: tuple[Message, ...], at: Ms, *, joined: bool = False
) -> tuple[RaceState, list[Fact]]:
    """Take the log as it is now. A line that went is withdrawn, never forgotten.

    A new line comes after all there ever were; one that is edited takes its old place.
    `joined`: the lines were there before we came, so their instants are unknown.
    """
    known = dict(_numbered(state.log))
    lines = [(message, known.pop(key, None)) for key, message in _keyed(log)]
    kept = max((n for n, (_, line) in enumerate(lines) if _stands(line)), default=-1)
    edited = len(known) < len(state.log)  # a log that kept no line is a new one, not an edited one
    newest = max((line.order for line in state.log), default=-1)
    taken = {line.key for line in state.log}
    now: list[Logged] = []
    facts: list[Fact] = []
    cars = dict(state.cars)
    rewritten = _by_words(known)
    order = -1
    for n, (message, line) in enumerate(lines):
        if line is None:
            line = _renumbered(state, known, rewritten, message)
        elif not line.withdrawn:
            now.append(line)
            order = max(order, line.order)
            continue
        if line is not None:  # the same under its entry's new number, or back again
            order = max(order, line.order)
            line = evolve(line, message=message, withdrawn=False)
        elif len(taken) >= MAX_LINES:
            continue
        else:
            order = order + 1 if n < kept else max(order, newest) + 1
            line = _new(state, message, order, at, joined, taken)
            if message.lifts and line.entry:
                _lift(now, line.entry, at, facts)
        if message.kind == "penalty" and line.entry:
            line = _counted(cars, line)
            facts.append(_penalty(line, at, at if line.lifted else None))
        facts.append(MessageFact(line.key, line.order, message, line.at, None))
        now.append(line)
    for line in known.values():
        if line.withdrawn or not edited:
            now.append(line)
            continue
        facts.append(MessageFact(line.key, line.order, line.message, line.at, at))
        if line.penalty_n:
            facts.append(_penalty(line, at, at))
        now.append(evolve(line, withdrawn=True))
    now.sort(key=lambda line: line.withdrawn)
    return evolve(state, log=tuple(now), cars=cars), facts


def _stands(line: Logged | None) -> bool:
    return line is not None and not line.withdrawn


def _keyed(log: tuple[Message, ...]) -> list[tuple[_Key, Message]]:
    """Oldest first, each with a key of its own: the same line twice is the second of its kind."""
    seen: Counter[Message] = Counter()
    keyed = []
    for message in reversed(log):
        seen[message] += 1
        keyed.append(((message, seen[message]), message))
    return keyed


def _numbered(log: tuple[Logged, ...]) -> list[tuple[_Key, Logged]]:
    """The lines we know, keyed as `_keyed` keys them: those that stand count first."""
    seen: Counter[Message] = Counter()
    numbered = []
    for line in log:
        seen[line.message] += 1
        numbered.append(((line.message, seen[line.message]), line))
    return numbered


def _by_words(known: dict[_Key, Logged]) -> dict[tuple[str, str, str], list[_Key]]:
    found: dict[tuple[str, str, str], list[_Key]] = {}
    for key, line in known.items():
        if line.entry and not line.withdrawn:
            found.setdefault(_words(line.message), []).append(key)
    return found


def _words(message: Message) -> tuple[str, str, str]:
    return message.time, message.kind, message.text


def _renumbered(
    state: RaceState,
    known: dict[_Key, Logged],
    rewritten: dict[tuple[str, str, str], list[_Key]],
    message: Message,
) -> Logged | None:
    """The line that this one was before its entry changed its number: feeds rewrite old lines."""
    for key in rewritten.get(_words(message), ()):
        line = known.get(key)
        if line is not None and state.cars[line.entry].number == message.number:
            return known.pop(key)
    return None


def _new(
    state: RaceState, message: Message, order: int, at: Ms, joined: bool, taken: set[str]
) -> Logged:
    words = f"{message.time}|{message.kind}|{message.number}|{message.text}|"
    number = 1
    while (key := _digest(f"{words}{number}")) in taken:
        number += 1
    taken.add(key)
    return Logged(key, order, message, _entry(state, message.number), None if joined else at)


def _digest(words: str) -> str:
    return hashlib.sha1(words.encode(), usedforsecurity=False).hexdigest()[:16]


def _counted(cars: dict[str, Car], line: Logged) -> Logged:
    """A penalty with a number of its own among those of its entry."""
    if line.penalty_n:
        return line
    car = evolve(cars[line.entry], penalties=cars[line.entry].penalties + 1)
    cars[line.entry] = car
    return evolve(line, penalty_n=car.penalties)


def _lift(now: list[Logged], entry: str, at: Ms, facts: list[Fact]) -> None:
    """Race control says that it takes a penalty back: the last one given to that entry."""
    for place in reversed(range(len(now))):
        line = now[place]
        if line.entry == entry and line.penalty_n and not line.lifted:
            now[place] = evolve(line, lifted=True)
            facts.append(_penalty(line, at, at))
            return


def _entry(state: RaceState, number: str) -> str:
    if not number:
        return ""
    found = [car.key for car in state.cars.values() if car.number == number and car.listed]
    return found[0] if len(found) == 1 else ""


def _penalty(line: Logged, at: Ms, withdrawn_at: Ms | None) -> PenaltyFact:
    message = line.message
    return PenaltyFact(
        line.entry,
        line.penalty_n,
        message.text,
        message.laps,
        message.ms,
        message.lap,
        line.at if line.at is not None else at,
        withdrawn_at,
    )

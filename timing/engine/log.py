"""The race-control log by difference: the feed resends the whole history at every change."""

from __future__ import annotations

import hashlib
from collections import Counter

from timing.engine.events import Message
from timing.engine.facts import Fact, MessageFact, PenaltyFact
from timing.engine.state import Logged, RaceState, evolve
from timing.engine.units import Ms


def set_log(
    state: RaceState, log: tuple[Message, ...], at: Ms, *, joined: bool = False
) -> tuple[RaceState, list[Fact]]:
    """Take the log as it is now. A line that went is withdrawn, never forgotten.

    A new line comes after all there ever were; one that is edited takes its old place.
    `joined`: the lines were there before we came, so their instants are unknown.
    """
    known = {line.key: line for line in state.log}
    now: list[Logged] = []
    facts: list[Fact] = []
    cars = dict(state.cars)
    lines = _keyed(log)
    kept = max((n for n, (key, _) in enumerate(lines) if _stands(known.get(key))), default=-1)
    newest = max((line.order for line in state.log), default=-1)
    order = -1
    for n, (key, message) in enumerate(lines):
        line = known.pop(key, None)
        if line is not None and not line.withdrawn:
            now.append(line)
            order = max(order, line.order)
            continue
        order = order + 1 if n < kept else max(order, newest) + 1
        entry = _entry(state, message.number)
        line = Logged(key, order, message, entry, None if joined else at)
        if message.kind == "penalty" and entry:
            car = evolve(cars[entry], penalties=cars[entry].penalties + 1)
            cars[entry] = car
            line = evolve(line, penalty_n=car.penalties)
            facts.append(_penalty(line, at, None))
        facts.append(MessageFact(key, order, message, line.at, None))
        now.append(line)
    edited = len(known) < len(state.log)  # a log that kept no line is a new one, not an edited one
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


def _keyed(log: tuple[Message, ...]) -> list[tuple[str, Message]]:
    """Oldest first, each with a key of its own: the same line twice is the second of its kind."""
    seen: Counter[Message] = Counter()
    keyed = []
    for message in reversed(log):
        seen[message] += 1
        words = f"{message.time}|{message.kind}|{message.number}|{message.text}|{seen[message]}"
        keyed.append(
            (hashlib.sha1(words.encode(), usedforsecurity=False).hexdigest()[:16], message)
        )
    return keyed


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

"""What facts say to rules: stops, messages, penalties, flags, bests. In the order they happened."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import takewhile
from typing import Any

from timing.engine.alerts_cars import stint_ended
from timing.engine.alerts_chase import look_at_chase
from timing.engine.alerts_memory import Look
from timing.engine.facts import (
    Fact,
    FlagFact,
    LapFact,
    MessageFact,
    PenaltyFact,
    PitStopFact,
    StintFact,
)
from timing.engine.state import RaceState
from timing.engine.units import Ms
from timing.engine.watch import Resolved

NOBODY: frozenset[str] = frozenset()
WARM_UP = 3  # laps of an entry that are no best yet: in the first ones everybody improves


def heard(resolved: Resolved, before: RaceState | None, facts: Sequence[Fact]) -> list[Fact]:
    """The facts that a rule listens for."""
    hears, bests = resolved.hears, resolved.bests
    best_ms = None if before is None else before.best_ms
    return [
        fact
        for fact in facts
        if (keys := hears.get(type(fact), NOBODY)) is None
        or (keys and getattr(fact, "entry", "") in keys)
        or (bests and isinstance(fact, LapFact) and beats(fact, best_ms))
    ]


def beats(lap: LapFact, best_ms: Ms | None) -> bool:
    """Whether it may be a best lap of the session, which was this."""
    return best_ms is None or lap.ms <= best_ms


def look_at_facts(look: Look) -> None:
    for place, fact in enumerate(look.facts):
        _HANDLERS[type(fact)](look, fact, place)


# -- stops ---------------------------------------------------------------------------------------


def _stop(look: Look, fact: PitStopFact, place: int) -> None:
    duties, key = look.resolved.duties, fact.entry
    values = {"stop": fact.number, "lap": fact.lap}
    stop = f"{key}:{fact.number}:{fact.lap}"  # a feed that takes a stop back gives its number again
    if fact.out_at is None:
        if "pit_in" in duties and (at := _entered(look, fact)) is not None:
            for duty in duties["pit_in"]:
                if duty.about(key):
                    look.hit(duty.rule, f"pit_in:{stop}", at=at, key=key, values=values)
        return
    if fact.out_at <= look.after.first_seen_at:
        return
    lasted = fact.duration_ms
    for duty in duties.get("pit_out", ()):
        if duty.about(key):
            told = {**values, "duration_ms": lasted}
            natural = f"pit_out:{stop}"
            look.hit(duty.rule, natural, at=fact.out_at, key=key, values=told)
    for duty in duties.get("short_stop", ()):
        least = duty.rule.threshold or 0
        if lasted is not None and lasted < least and duty.about(key):
            told = {**values, "duration_ms": lasted, "threshold_ms": least}
            natural = f"short_stop:{stop}"
            look.hit(duty.rule, natural, at=fact.out_at, key=key, values=told)


def _entered(look: Look, fact: PitStopFact) -> Ms | None:
    """When the stop began, if that is news.

    A stop whose exit was missed is told again as it began; one that only a count tells of is over.
    One that a snapshot shows under way without a clock begins now, as far as we know.
    """
    before = look.car_before(fact.entry)
    if before is not None and before.in_pit and before.stop_n >= fact.number:
        return None
    if fact.in_at is not None:
        return fact.in_at if fact.in_at > look.after.first_seen_at else None
    car = look.after.cars[fact.entry]
    here = car.in_pit and car.stop_n == fact.number and car.pit_at is None
    return look.at if here and look.before is not None else None


# -- race control --------------------------------------------------------------------------------


def _message(look: Look, fact: MessageFact, place: int) -> None:
    duties = look.duties("message")
    if not duties or fact.at is None or fact.withdrawn_at is not None:
        return
    if look.before is not None and any(line.key == fact.key for line in look.before.log):
        return  # under its entry's new number, or back again
    message = fact.message
    entry = next((line.entry for line in look.after.log if line.key == fact.key), "")
    values = {
        "type": message.kind,
        "text": message.text,
        "time": message.time,
        "laps": message.laps,
        "ms": message.ms,
    }
    for duty in duties:
        if duty.keys is None or entry in duty.keys:
            look.hit(
                duty.rule,
                f"message:{fact.key}",
                at=fact.at,
                key=entry,
                number=message.number,
                values=values,
                topic=f"{message.number}|{message.text}",
            )


def _penalty(look: Look, fact: PenaltyFact, place: int) -> None:
    """One that only the column tells; those of race control's log come as its messages."""
    duties, key = look.duties("message"), fact.entry
    if not duties or fact.withdrawn_at is not None or fact.at <= look.after.first_seen_at:
        return
    if look.after.cars[key].penalties:
        return
    values = {
        "type": "penalty",
        "text": fact.text,
        "time": "",
        "laps": fact.laps,
        "ms": fact.ms,
    }
    natural = f"penalty:{key}:{fact.number}:{fact.text}"
    for duty in duties:
        if duty.about(key):
            look.hit(duty.rule, natural, at=fact.at, key=key, values=values, topic=natural)


def _flag(look: Look, fact: FlagFact, place: int) -> None:
    at = fact.started_at
    if fact.ended_at is not None or at <= look.after.first_seen_at:
        return
    last = look.facts[place - 1] if place else None
    was = last.flag if isinstance(last, FlagFact) and last.ended_at == at else "none"
    values = {"flag": fact.flag, "before": was}
    natural = f"flag:{fact.number}:{fact.flag}"
    for duty in look.duties("flag"):
        look.hit(duty.rule, natural, at=at, values=values, topic=fact.flag)


# -- laps ----------------------------------------------------------------------------------------


def _lap(look: Look, fact: LapFact, place: int) -> None:
    duties = look.resolved.duties
    if "best" in duties:
        _best(look, fact, place)
    if "gap" in duties or "catch" in duties:
        look_at_chase(look, fact)


def _best(look: Look, fact: LapFact, place: int) -> None:
    """A best of the session, for rules about any entry; for others a best of the entry itself."""
    key, state, before = fact.entry, look.after, look.before
    car, old = state.cars[key], look.car_before(key)
    session = own = None
    for duty in look.duties("best"):
        if duty.keys is None and session is None:
            session = _beaten(look, place, "", before.best_ms if before else None, state.best_ms)
        elif duty.keys is not None and key in duty.keys and own is None:
            own = _beaten(look, place, key, old.best_ms if old else None, car.best_ms)
    if fact.number <= WARM_UP or (session is None and own is None):
        return
    for duty in look.duties("best"):
        beaten = session if duty.keys is None else own if key in duty.keys else None
        if beaten is not None:
            leads = duty.keys is None or _leads(look, fact)
            values = {"ms": fact.ms, "before_ms": beaten, "lap": fact.number, "session": leads}
            look.hit(duty.rule, f"best:{key}:{fact.number}", at=fact.at, key=key, values=values)


def _leads(look: Look, fact: LapFact) -> bool:
    """Whether a best of an entry is one of the session, too. Its column may have come before it."""
    if look.before is not None and fact.ms > (look.before.best_ms or fact.ms):
        return False
    earlier = takewhile(lambda other: other is not fact, look.all_facts)
    return not any(isinstance(other, LapFact) and other.ms < fact.ms for other in earlier)


def _beaten(look: Look, place: int, slot: str, known: Ms | None, now: Ms | None) -> Ms | None:
    """The best that the lap beats, of an entry or ("") of the session; None if it beats none.

    What counts is what was best at the last lap: a best column may be told before its lap. And it
    may know of better laps that we missed: then `now` is better, and no later lap here explains it.
    """
    fact: LapFact = look.facts[place]  # type: ignore[assignment]
    bests = look.recall("bests")
    best: Ms | None = bests.get(slot, known)
    if best is None or fact.ms < best or slot not in bests:
        look.remember("bests")[slot] = fact.ms if best is None else min(fact.ms, best)
    if best is None or fact.ms >= best:
        return None
    if now is not None and now < fact.ms:
        later = look.facts[place + 1 :]
        if not any(
            isinstance(lap, LapFact) and lap.ms == now and slot in ("", lap.entry) for lap in later
        ):
            return None
    return best


def _stint(look: Look, fact: StintFact, place: int) -> None:
    if fact.ended_at is not None and fact.started_at is not None:
        stint_ended(look, fact)


_Handler = Callable[[Look, Any, int], None]
_HANDLERS: dict[type, _Handler] = {
    PitStopFact: _stop,
    MessageFact: _message,
    PenaltyFact: _penalty,
    FlagFact: _flag,
    LapFact: _lap,
    StintFact: _stint,
}

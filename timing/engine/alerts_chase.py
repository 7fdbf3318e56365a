"""Gaps that cross a value and catches that come near, told at the laps that both have ended."""

from __future__ import annotations

from collections.abc import Iterable
from operator import sub

from timing.engine.alerts_memory import Look
from timing.engine.chase import ENOUGH, is_counted, points, prospect
from timing.engine.facts import LapFact
from timing.engine.state import Car
from timing.engine.units import Ms
from timing.engine.watch import Duty

BAND = 0.05  # a gap must leave its threshold by so much, or so many ms, before it is wider again
BAND_MS = 300
FAR = ("", 0)  # side of a catch that is not near
AGAIN = 1.5  # times its laps a catch must be away before it can come near again


def look_at_chase(look: Look, fact: LapFact) -> None:
    """At a lap of ours: everybody who has ended it already. At a lap of another: that one."""
    state, own_key = look.after, look.resolved.own
    if own_key is None or state.ranking != "laps" or fact.at <= state.first_seen_at:
        return
    own = state.cars[own_key]
    ours = fact.entry == own_key
    lap = fact.number - (state.cars[fact.entry].offset or 0)
    for other in _others(look, own) if ours else [state.cars[fact.entry]]:
        if lap <= min(own.official, other.official) and is_counted(state, own, other):
            _look(look, own, other, lap, fact)


def _others(look: Look, own: Car) -> Iterable[Car]:
    cars, keys = look.after.cars, look.resolved.chased
    if keys is None:
        return [car for car in cars.values() if car.listed and car is not own]
    return [cars[key] for key in keys if key != own.key]


def _look(look: Look, own: Car, other: Car, lap: int, fact: LapFact) -> None:
    since = _stint_lap(look, own, lap), _stint_lap(look, other, lap)
    trend, useful = points(own, other, upto=lap, since=since)
    apart = trend[-1] if trend else None  # more laps may be taken off than were driven
    if apart is None:
        return
    for duty in look.duties("gap"):
        if duty.about(other.key):
            _gap(look, duty, own, other, lap, fact, apart)
    for duty in look.duties("catch"):
        if duty.about(other.key):
            _catch(look, duty, own, other, lap, fact, () if fact.pit else useful)


def _gap(look: Look, duty: Duty, own: Car, other: Car, lap: int, fact: LapFact, apart: Ms) -> None:
    pair, limit = duty.pair(other.key), duty.rule.threshold or 0
    was = look.recall("sides").get(pair)
    near = abs(apart) <= limit + (max(BAND_MS, limit * BAND) if was else 0)
    if near == was:
        return
    look.remember("sides")[pair] = near
    if was is None:
        return
    direction = "closer" if near else "wider"
    look.hit(
        duty.rule,
        f"gap:{other.key}:{own.key}:{lap}:{direction}",
        at=fact.at,
        key=other.key,
        topic=f"{other.key}|{direction}",
        values={
            "own": own.key,
            "own_number": own.number,
            "gap_ms": abs(apart),
            "ahead": apart < 0,
            "direction": direction,
            "threshold_ms": limit,
            "lap": lap,
        },
    )


def _catch(
    look: Look,
    duty: Duty,
    own: Car,
    other: Car,
    lap: int,
    fact: LapFact,
    useful: tuple[Ms, ...],
) -> None:
    """Once, until it is half as far again: another chase, or the gap is wider than it was then."""
    pair, limit = duty.pair(other.key), duty.rule.threshold or 0
    was: tuple[str, Ms] | None = look.recall("sides").get(pair)
    if was == FAR and _is_far(useful, limit):
        return
    closing, laps, chaser = prospect(useful)
    if laps is not None and laps <= limit:
        if was is not None and was[0] == chaser:
            return
        look.remember("sides")[pair] = (chaser, abs(useful[-1]))
        if was is None:
            return
        look.hit(
            duty.rule,
            f"catch:{other.key}:{own.key}:{lap}:{chaser}",
            at=fact.at,
            key=other.key,
            values={
                "own": own.key,
                "own_number": own.number,
                "laps": laps,
                "chaser": chaser,
                "gap_ms": abs(useful[-1]),
                "closing_ms": closing,
                "lap": lap,
            },
        )
    elif was is None:
        if closing is not None:
            look.remember("sides")[pair] = FAR
    elif was[0] and _is_over(was, useful, laps, limit):
        look.remember("sides")[pair] = FAR


def _is_over(was: tuple[str, Ms], useful: tuple[Ms, ...], laps: int | None, limit: int) -> bool:
    if not useful:
        return True  # a stop of either
    if laps is not None:
        return laps > AGAIN * limit
    return abs(useful[-1]) > was[1]


def _is_far(useful: tuple[Ms, ...], limit: int) -> bool:
    """So far that no slope of these laps reaches it: none is steeper than the steepest step."""
    if len(useful) < ENOUGH:
        return True
    steps: list[Ms] = list(map(sub, useful[1:], useful))
    return abs(useful[-1]) > limit * max(*steps, -min(steps))


def _stint_lap(look: Look, car: Car, lap: int) -> int:
    """The first lap of the stint that `lap` belongs to; a stop after it may be known already."""
    old = look.car_before(car.key)
    if old is not None and car.stint_lap > lap + (car.offset or 0):
        return old.stint_lap
    return car.stint_lap

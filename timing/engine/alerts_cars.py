"""What only the cars themselves tell: drivers, trouble, and what comes due as time passes.

A clock is not watched: when something will be due is worked out where its car changes, and looked
at then. So most looks at a race cost one comparison.
"""

from __future__ import annotations

from collections.abc import Callable
from operator import attrgetter

from timing.engine.alerts_memory import Look, Pair
from timing.engine.alerts_pace import pace_due
from timing.engine.chase import usual_ms
from timing.engine.facts import StintFact
from timing.engine.flags import RACING
from timing.engine.state import Car, RaceState
from timing.engine.units import Ms
from timing.engine.watch import Changed, Duty, Resolved, changed_cars

LONG = 2.5  # usual laps without crossing the line
KNOWN = 4  # line times that tell what is usual
DEAF_MS = 30_000  # nothing heard for so long: who did not cross may have, unseen
AGAIN_MS = 10_000  # until the next look at a car that nothing can be said of now

# All of a car that rules of this file look at.
DOINGS = tuple("driver crossed_at lap_at in_pit status stint_at stint listed".split())
_doings = attrgetter(*DOINGS)


def moved(
    resolved: Resolved, before: RaceState | None, after: RaceState, changed: Changed | None
) -> Changed:
    """The cars that a rule looks at, and whose own doings changed."""
    keys = resolved.moving
    if before is None or (keys is not None and not keys):
        return ()
    old, new = before.cars, after.cars
    if keys is not None:
        changed = [(was, new[key]) for key in keys if (was := old.get(key)) is not new[key]]
    elif changed is None:
        changed = changed_cars(old, new)
    return [(was, car) for was, car in changed if was is None or _doings(was) != _doings(car)]


def listens_anew(before: RaceState, after: RaceState) -> bool:
    """After a silence, or where a snapshot (which alone brings columns) shows how things stand."""
    silence = after.last_seen_at - before.last_seen_at
    return silence > DEAF_MS or before.columns is not after.columns


def look_at_car(look: Look, old: Car | None, car: Car) -> None:
    if old is not None:
        if car.driver != old.driver:
            _driver(look, old, car)
        if car.status != old.status and car.status in ("stopped", "slow") and car.laps:
            _stopped(look, car)
    schedule(look, car)


# -- drivers -------------------------------------------------------------------------------------


def _driver(look: Look, old: Car, car: Car) -> None:
    """Another name than the last one shown; a name is blank while nobody knows who got in."""
    last = look.recall("drivers").get(car.key) or old.driver
    if last:
        look.remember("drivers")[car.key] = car.driver or last
    if not car.driver or not last or car.driver == last:
        return
    stint = car.stint + car.in_pit  # in the pit it is the one that follows
    values = {"driver": car.driver, "before": last, "stint": stint}
    for duty in look.duties("driver"):
        if duty.about(car.key):
            natural = f"driver:{car.key}:{stint}"
            look.hit(duty.rule, natural, at=look.at, key=car.key, values=values)


# -- trouble -------------------------------------------------------------------------------------


def _stopped(look: Look, car: Car) -> None:
    """The feed says so of who is overdue by a quarter of a lap or a half. What a snapshot says is
    no news: servers that start anew show everybody as stopped."""
    if look.after.flag == "red" or look.after.ended_at is not None or look.heard_at == look.at:
        return
    for duty in look.duties("trouble"):
        if duty.about(car.key):
            _in_trouble(look, duty, car, car.status, None, look.at)


def _in_trouble(look: Look, duty: Duty, car: Car, what: str, silent_ms: Ms | None, at: Ms) -> None:
    values = {"what": what, "silent_ms": silent_ms, "lap": car.laps}
    natural = f"trouble:{car.key}:{car.laps}"
    look.hit(duty.rule, natural, at=at, key=car.key, values=values)


def _crossing_due(look: Look, car: Car) -> Ms | None:
    """When it has been away for too long at the earliest: by its best lap, which bounds the usual.

    Counted from what was last seen of it, and not across a time in which we heard nothing.
    """
    if car.in_pit or car.status in ("finished", "grid") or look.after.ended_at is not None:
        return None
    if len(car.line_times) < KNOWN or car.best_ms is None:
        return None
    return _last_seen(look, car) + int(LONG * car.best_ms)


def _last_seen(look: Look, car: Car) -> Ms:
    state = look.after
    seen = (car.crossed_at, car.lap_at, car.stint_at, state.flag_at, look.heard_at)
    return max(at or 0 for at in seen)


def _missing(look: Look, duty: Duty, key: str) -> Ms | None:
    """It is due: say so if it was away for too long by its own measure. Else: when to look again.

    Where it is stopped with everybody, that is no trouble.
    """
    car = look.after.cars[key]
    earliest, usual = _crossing_due(look, car), usual_ms(car)
    if earliest is None or usual is None:
        return None
    if look.after.flag not in RACING:
        return look.at + AGAIN_MS
    last = _last_seen(look, car)
    due = max(earliest, last + int(LONG * usual))
    if due > look.at:
        return due
    if not look.is_old(duty.rule, key, due):
        _in_trouble(look, duty, car, "missing", due - last, due)
    return None


# -- stints --------------------------------------------------------------------------------------


def _stint_due(look: Look, duty: Duty, car: Car) -> Ms | None:
    if car.in_pit or car.stint_at is None or car.status == "finished":
        return None
    due = car.stint_at + (duty.rule.threshold or 0)
    said = (duty.rule.id, f"stint:{car.key}:{car.stint}") in look.recall("said")
    return None if said or look.is_old(duty.rule, car.key, due) else due


def _stint_long(look: Look, duty: Duty, key: str) -> Ms | None:
    car = look.after.cars[key]
    due = _stint_due(look, duty, car)
    if due is not None and look.after.ended_at is None:
        _say_stint(look, duty, key, car.stint, car.driver, due)
    return None


def stint_ended(look: Look, fact: StintFact) -> None:
    """A stint that came due and ended between two looks."""
    assert fact.started_at is not None
    assert fact.ended_at is not None
    for duty in look.duties("stint"):
        due = fact.started_at + (duty.rule.threshold or 0)
        news = duty.about(fact.entry) and not look.is_old(duty.rule, fact.entry, due)
        if news and due <= fact.ended_at:
            _say_stint(look, duty, fact.entry, fact.number, fact.driver, due)


def _say_stint(look: Look, duty: Duty, key: str, stint: int, driver: str, due: Ms) -> None:
    values = {"stint": stint, "driver": driver, "threshold_ms": duty.rule.threshold}
    look.hit(duty.rule, f"stint:{key}:{stint}", at=due, key=key, values=values)


# -- dues ----------------------------------------------------------------------------------------


def schedule(look: Look, car: Car) -> None:
    """When to look at this car next."""
    wanted: dict[Pair, Ms | None] = {}
    for duty in look.duties("stint"):
        if duty.about(car.key):
            wanted[duty.pair(car.key)] = _stint_due(look, duty, car)
    if look.duties("trouble"):
        due = _crossing_due(look, car)
        for duty in look.duties("trouble"):
            if duty.about(car.key):
                wanted[duty.pair(car.key)] = due
    _plan(look, wanted)


def _plan(look: Look, wanted: dict[Pair, Ms | None]) -> None:
    known = look.recall("dues")
    for pair, due in wanted.items():
        if known.get(pair) == due:
            continue
        if due is None:
            look.remember("dues").pop(pair, None)
        else:
            look.remember("dues")[pair] = due


def look_at_dues(look: Look) -> None:
    duties = {
        (duty.rule.id, duty.rule.threshold): duty for kind in _DUES for duty in look.duties(kind)
    }
    for pair, due in list(look.recall("dues").items()):
        if due > look.at:
            continue
        duty = duties.get(pair[:2])
        then = None
        if duty is not None and (not pair[2] or pair[2] in look.after.cars):
            then = _DUES[duty.rule.kind](look, duty, pair[2])
        _plan(look, {pair: then})


_DUES: dict[str, Callable[[Look, Duty, str], Ms | None]] = {
    "stint": _stint_long,
    "trouble": _missing,
    "pace": pace_due,
}

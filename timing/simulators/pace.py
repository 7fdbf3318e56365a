"""How fast, how long and when: every random choice of the race model about driving."""

from __future__ import annotations

from collections.abc import Sequence
from random import Random

from timing.simulators.car import Car, Waypoint
from timing.simulators.plan import MINUTE, SessionPlan

REPEATED_LAP = 1 / 200  # share of laps forced to equal the one before; chance adds about as many
MISTAKE = 0.012


def first_metres(plan: SessionPlan, grid: int, at: int, rng: Random) -> list[Waypoint]:
    """From the green flag to the first crossing of the line."""
    if plan.is_race:
        return [Waypoint(at + 400 + 430 * grid + rng.randrange(350), "start")]
    leaves = at + rng.randrange(500, 25_000)
    return [Waypoint(leaves, "garage"), Waypoint(leaves + rng.randrange(9_000, 15_000), "start")]


def wetness(plan: SessionPlan, since_green: int) -> float:
    """Slowdown factor by rain: comes up and dries within a fifth of the shower each."""
    factor = 1.0
    for rain in plan.rain:
        through = (since_green - rain.at) / rain.duration
        if 0 < through < 1:
            factor += (rain.slowdown - 1) * min(1.0, 5 * through, 5 * (1 - through))
    return factor


def lap_ms(car: Car, plan: SessionPlan, rng: Random, *, wet: float, slow: float) -> int:
    driver, laps = car.who, car.laps
    repeat = rng.random() < REPEATED_LAP
    if repeat and laps and not laps[-1].pit and slow == wet == 1.0 and laps[-1].ms < 90_000:
        return laps[-1].ms
    base = plan.track.lap_ms * driver.pace * car.plan.kart_pace * wet
    cold = 0.012 * base if car.pits_this_lap or not laps else 0.0
    noise = rng.gauss(0, driver.spread_ms * (1 + 4 * (wet - 1)))
    mistake = rng.uniform(900, 6_000) if rng.random() < MISTAKE else 0.0
    return round(max(base * 0.982, base + cold + noise + mistake) * slow)


def in_traffic(ms: int, at: int, ahead: Car | None, car: Car, rng: Random) -> int:
    """Catching the kart ahead on track: pass it at a small cost, or stay behind it."""
    if ahead is None or ahead is car or ahead.pits_this_lap or ahead.done or not ahead.path:
        return ms
    arrives, theirs = at + ms, ahead.line_at
    if arrives > theirs + 250 or theirs < at:
        return ms
    eager = 0.35 + min(0.5, (theirs + 250 - arrives) / 2_000)
    if len(ahead.laps) < len(car.laps) or rng.random() < eager:
        return ms + rng.randrange(80, 380)
    return theirs + rng.randrange(180, 600) - at


def unrepeated(ms: int, at: int, car: Car, quiet: Sequence[tuple[int, int]]) -> int:
    """In and around a quiet span no lap time may equal a recent one."""
    crossing = at + ms
    if any(start - MINUTE < crossing < end + MINUTE for start, end in quiet):
        while ms in car.recent_ms():
            ms += 1
    return ms


def waypoints(plan: SessionPlan, at: int, ms: int, stop: int | None, rng: Random) -> list[Waypoint]:
    """One lap: sector lines, perhaps the pit lane, the finish line.

    Drivers change at least 16 s before pit-out: with the way to the line that is more than the
    20 s in which a board shows teams only, so the lap is completed under the new driver's name.
    """
    path, done = [], 0.0
    for index, share in enumerate(plan.track.sector_shares[:-1], start=1):
        done += share * rng.uniform(0.994, 1.006)
        path.append(Waypoint(at + round(ms * done), f"s{index}"))
    if stop is not None:
        enters = at + round(ms * plan.track.pit_in)
        path.append(Waypoint(enters, "in"))
        path.append(Waypoint(enters + max(2_000, min(stop * 6 // 10, stop - 16_000)), "change"))
        path.append(Waypoint(enters + stop, "out"))
    return [*path, Waypoint(at + ms + (stop or 0), "line")]


def stint_target(plan: SessionPlan, rng: Random) -> int:
    """How long this stint is meant to be; a few teams misjudge the longest one allowed."""
    if rng.random() < 0.015:
        return round(plan.max_stint_ms * 1.04)
    return round(plan.max_stint_ms * rng.uniform(0.5, 0.93))


def stop_ms(plan: SessionPlan, rng: Random) -> int:
    """Time from pit entry to exit; a few are too short."""
    if rng.random() < 0.04:
        return round(plan.min_pit_ms * rng.uniform(0.62, 0.97))
    return plan.min_pit_ms + round(rng.expovariate(1 / 9_000)) + rng.randrange(800, 4_000)


def next_driver(car: Car, rng: Random) -> int:
    if rng.random() < 0.08:
        return car.driver
    return (car.driver + 1) % len(car.plan.drivers)


def retires(plan: SessionPlan, rng: Random) -> bool:
    return plan.kind == "endurance" and plan.incidents and rng.random() < 0.0025

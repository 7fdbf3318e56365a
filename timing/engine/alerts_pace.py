"""Whether the whole field got slower than it was a quarter of an hour ago: rain, most likely.

Worked out from line times every half minute of the feed's time. Each entry is compared with itself,
so it does not matter who is on track; the middle one of the entries speaks for the field.
"""

from __future__ import annotations

from bisect import bisect_right
from statistics import median

from timing.engine.alerts_memory import Look
from timing.engine.state import Car, RaceState
from timing.engine.units import Ms
from timing.engine.watch import Duty

GRID_MS = 30_000  # how often it is looked at
WINDOW_MS = 180_000
AGO_MS = 900_000
MIN_ENTRIES = 4
LATE_MS = 300_000  # of time that passed unseen, no more is looked back on
LAP = (0.8, 2.0)  # of the best lap: what is shorter or longer is no lap that tells a pace


def next_look(at: Ms) -> Ms:
    return (at // GRID_MS + 1) * GRID_MS


def pace_due(look: Look, duty: Duty, key: str) -> Ms:
    first = max(look.recall("dues")[duty.pair("")], look.at - LATE_MS) // GRID_MS * GRID_MS
    for at in range(first, look.at + 1, GRID_MS):
        _look(look, duty, at)
    return next_look(look.at)


def _look(look: Look, duty: Duty, at: Ms) -> None:
    """Over the threshold is said once, until the pace is back halfway."""
    told = field_pace(look.after, at)
    if told is None:
        return
    now, then, entries = told
    percent = (now - then) * 100 / then
    over, limit = look.recall("sides").get(duty.pair("")), duty.rule.threshold or 0
    if percent >= limit and not over:
        look.remember("sides")[duty.pair("")] = True
        if over is not None:
            values = {
                "percent": round(percent),
                "now_ms": round(now),
                "then_ms": round(then),
                "entries": entries,
            }
            look.hit(duty.rule, f"pace:{at // 1000}", at=at, values=values)
    elif over is None or (over and percent < limit / 2):
        look.remember("sides")[duty.pair("")] = False


def field_pace(state: RaceState, at: Ms) -> tuple[float, float, int] | None:
    """ms of a usual lap now and then, and of how many entries; None where too few tell it.

    Under a flag that slows everybody, or has just done so, the pace is nobody's news.
    """
    if state.flag != "green" or state.flag_at is None or state.flag_at > at - WINDOW_MS:
        return None
    ratios, laps = [], []
    for car in state.cars.values():
        if car.best_ms is not None and len(car.line_times) > 2:
            now = _lap_until(car, at)
            then = None if now is None else _lap_until(car, at - AGO_MS)
            if now is not None and then is not None:
                ratios.append(now / then)
                laps.append(then)
    if len(ratios) < MIN_ENTRIES:
        return None
    usual = median(laps)
    return usual * median(ratios), usual, len(ratios)


def _lap_until(car: Car, until: Ms) -> Ms | None:
    """The middle one of the laps that the car ended in the window up to `until`."""
    times = car.line_times
    first = max(bisect_right(times, until - WINDOW_MS), 1)
    last = bisect_right(times, until)
    if first >= last:
        return None
    assert car.best_ms is not None
    least, most = LAP[0] * car.best_ms, LAP[1] * car.best_ms
    spans = [
        span
        for place in range(first, last)
        if least <= (span := times[place] - times[place - 1]) <= most
    ]
    spans.sort()
    return spans[len(spans) // 2] if spans else None

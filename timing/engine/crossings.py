"""When an entry crossed the line, as exactly as what is told of it allows.

Frames come late: by up to 200 ms as a rule, by seconds where a network stalls, and never early. Lap
times are exact. So laps that follow each other hang together like links of a chain, and the one
that was told the soonest after its end says when all of them ended.
"""

from __future__ import annotations

from timing.engine.state import LINE_TIMES, Car
from timing.engine.units import Ms

SOONEST_OF = 16  # laps; one lap time that is wrong misleads no longer than that

Ends = tuple[tuple[Ms, ...], tuple[Ms, ...]]  # as `Car.line_times` and `Car.lates`


def begun(at: Ms) -> Ends:
    """Nothing is known of the laps before."""
    return (at,), (0,)


def ended(car: Car, ms: Ms, at: Ms) -> Ends:
    """The ends of its laps with that of one that took `ms`, told at `at`.

    What comes later than half a lap is no delay: the lap does not cover the time that passed, so a
    chain begins.
    """
    if not car.line_times:
        return begun(at)
    exact = car.line_times[-1] + ms
    late = at - exact
    if late > (car.best_ms or ms) // 2:
        return (*car.line_times, at)[-LINE_TIMES:], (0,)
    times, lates = (*car.line_times, exact), (*car.lates, late)
    soonest = min(lates[-SOONEST_OF:])
    if soonest < 0 or (soonest and len(lates) >= SOONEST_OF):
        times = times[: -len(lates)] + tuple(time + soonest for time in times[-len(lates) :])
        lates = tuple(each - soonest for each in lates)
    return times[-LINE_TIMES:], lates[-LINE_TIMES:]

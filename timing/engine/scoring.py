"""Who is ahead, and by how much: one order and one gap for every page.

Ranked by laps (races): more laps first, then who ended the last of them earlier. Ranked by best
lap (practice, qualifying): the quicker best first. The feed's own ranks win where it gives them;
they know of penalties and rules that we do not.
"""

from __future__ import annotations

from bisect import bisect_right

from timing.engine.events import Gap, Ranking
from timing.engine.state import Car, RaceState
from timing.engine.units import Ms

LAST = 1 << 30


def order(state: RaceState) -> list[Car]:
    """Listed cars from first to last."""
    cars = [car for car in state.cars.values() if car.listed]
    return sorted(cars, key=lambda car: (car.position or LAST, *_merit(car, state.ranking)))


def _merit(car: Car, ranking: Ranking) -> tuple[int, int, str]:
    if ranking == "best":
        return car.best_ms or LAST, 0, car.key
    return -car.official, last_end(car) or 0, car.key


def last_end(car: Car) -> Ms | None:
    """When it ended its last lap, by what counts: with the seconds of its penalties."""
    return car.line_times[-1] + car.penalty_ms if car.line_times else None


def gap(ahead: Car, behind: Car, ranking: Ranking) -> Gap:
    """How far `behind` is behind `ahead`: (laps, ms), ms None where it cannot be told.

    By best laps: the difference of the two. By laps: counted at the end of the last lap of the car
    behind, so it holds whether it is on the same lap, lapped, or has not yet ended the lap that
    the car ahead just did. Laps are what the other had completed more by then; ms is how long ago
    it had completed the last of them, and what the penalties of the two differ by: feeds add those
    to their gaps.
    """
    if ranking == "best":
        if ahead.best_ms is None or behind.best_ms is None:
            return None
        return 0, max(0, behind.best_ms - ahead.best_ms)
    if not behind.line_times or not ahead.line_times or not behind.laps:
        down = ahead.official - behind.official
        return (down, None) if down > 0 else None
    now = behind.line_times[-1] + behind.penalty_ms - ahead.penalty_ms
    done = bisect_right(ahead.line_times, now)  # lap ends of the car ahead up to then
    if done == 0:
        down = ahead.official - behind.official
        return (down, None) if down > 1 else None  # one it may have ended since
    down = ahead.official - (len(ahead.line_times) - done) - behind.official
    if down < 0:
        return None  # it was behind at that moment: the order has just changed
    return down, now - ahead.line_times[done - 1]


def shown(asserted: Gap, derived: Gap, group: int) -> Gap:
    """The gap to show: what the feed says, completed by what we know.

    A feed gives laps to the first car of each group that many laps down, and to the others of the
    group seconds to that car; `group` is the laps of the group (0: the leader's). Laps are the
    feed's, milliseconds are the feed's within the leader's group and ours beyond.
    """
    if asserted is None:
        return derived
    laps, _ = asserted
    if laps == 0 and group == 0:
        return asserted
    laps = laps or group
    return laps, derived[1] if derived is not None and derived[0] == laps else None

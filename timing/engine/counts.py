"""How many laps an entry has done by the feed's own count.

Most race layouts have no lap column. What they have is the leader's lap in the leader's gap cell
(``Lap 14``), and ``2 Laps`` in the cell of the first car of each group that many laps down; cars
behind it in the same group show seconds to that car. So an entry's count is the leader's lap less
the laps of its group, found by walking up the ranking.
"""

from __future__ import annotations

from timing.engine.state import Car, RaceState, evolve
from timing.engine.units import Ms

QUICKEST = 0.8  # of the best lap: nobody laps faster, so it bounds how many fit into a silence
SLACK_MS = 2_000


def feed_count(state: RaceState, car: Car) -> int | None:
    """Laps of `car` as the feed counts them, or None where it does not tell."""
    if car.lap_count is not None and "tlp" in state.columns:
        return car.lap_count
    if state.ranking != "laps" or not state.leader_lap or "gap" not in state.columns:
        return None
    if car.gap is not None and car.gap[0]:
        return state.leader_lap - car.gap[0]
    if car.position is None:
        return None
    ahead = _group_head(state, car.position)
    return None if ahead is None else state.leader_lap - ahead


def _group_head(state: RaceState, position: int) -> int | None:
    """Laps down of the group that the car at `position` is in."""
    best: tuple[int, int] | None = None
    for other in state.cars.values():
        place, gap = other.position, other.gap
        if place is None or place > position or not other.listed:
            continue
        down = 0 if place == 1 else gap[0] if gap is not None else 0
        if (place == 1 or down) and (best is None or place > best[0]):
            best = (place, down)
    return best[1] if best else None


def settled(car: Car, count: int | None) -> Car | None:
    """The car with its offset brought up to date by a lap, or None where nothing changed."""
    if count is None:
        return None
    offset = car.laps - count
    if offset == car.offset:
        return evolve(car, offset_seen=offset) if car.offset_seen != offset else None
    if car.offset is None or offset == car.offset_seen:
        return evolve(car, offset=offset, offset_seen=offset)
    return evolve(car, offset_seen=offset)


def calmed(car: Car, count: int | None, at: Ms) -> Car | None:
    """The car without the doubt about its offset, where the count agrees with it after all.

    Lap and count of one crossing may come in two frames, lap after lap.
    """
    if car.offset_seen == car.offset or count is None or car.laps - count != car.offset:
        return None
    return evolve(car, offset_seen=car.offset, calmed_at=at, doubted=car.offset_seen)


def doubted(car: Car, at: Ms) -> Car:
    """The car as before it was calmed, if that was by the count of the very lap that ends now."""
    if car.calmed_at is None or at > car.calmed_at:
        return car
    return evolve(car, offset_seen=car.doubted, calmed_at=None)


def missed_laps(state: RaceState, car: Car, last_ms: Ms, now: Ms) -> int:
    """Laps lost in the stream before the one of `last_ms` that ended at `now`.

    Only the feed's count can say so: time alone may have been spent standing.
    """
    fit = _fit(state, car, last_ms, now)
    count = feed_count(state, car) if fit else None
    if count is None or car.offset is None:
        return 0
    return min(max(count + car.offset - car.laps - 1, 0), fit)


def unseen_laps(state: RaceState, car: Car, last_ms: Ms, now: Ms, crossed: bool | None) -> int:
    """Laps between the last one we counted and the one that a snapshot shows.

    The feed's count decides: without a lap column it is of the leader's lap only for who has
    `crossed` in it. Where the feed does not count, or does not tell who has crossed, time does.
    """
    fit = _fit(state, car, last_ms, now)
    if not fit:
        return 0
    count = feed_count(state, car)
    by_time = _usual(state, car, last_ms, now)
    if count is None:
        return min(by_time, fit)
    missed = count + (car.offset or 0) - car.laps - 1
    if "tlp" not in state.columns and (crossed is False or (crossed is None and missed > by_time)):
        missed -= 1
    return min(max(missed, 0), fit)


def _usual(state: RaceState, car: Car, last_ms: Ms, now: Ms) -> int:
    """How many laps of the car's best pace fit into the time that no lap of ours covers."""
    pace = state.best_ms or last_ms
    usual = max(car.best_ms or pace, pace)
    return max(round(_uncovered(state, car, last_ms, now) / usual - 0.5), 0)


def _fit(state: RaceState, car: Car, last_ms: Ms, now: Ms) -> int:
    """How many laps at most fit into the time that no lap of ours covers."""
    pace = state.best_ms or last_ms
    return max(0, int((_uncovered(state, car, last_ms, now) + SLACK_MS) / (QUICKEST * pace)))


def _uncovered(state: RaceState, car: Car, last_ms: Ms, now: Ms) -> Ms:
    """A lap time runs from line to line, so what it does not cover is laps nobody told us of."""
    since = max(car.lap_at or 0, car.crossed_at or 0) or state.started_at
    return 0 if since is None else now - since - last_ms

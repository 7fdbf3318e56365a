"""Two entries and the time between them, lap by lap: who follows whom, and does it come nearer.

Nothing is remembered: it is read off the line times of the two, so a resumed race says the same.
The time between them at a lap is when the one behind ended it less when the one ahead did. It
agrees with `scoring.gap` where both are on the same lap; for an entry that is laps down it goes on
counting (a lap and five seconds are some 65 s), so that it can be followed through a lapping.

Where laps are missing there is no number: line times before a hole are not used.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from operator import attrgetter, sub
from typing import Literal, NamedTuple

from timing.engine.events import Gap
from timing.engine.scoring import gap, last_end, shown
from timing.engine.state import Car, RaceState
from timing.engine.units import Ms

TREND = 10  # laps
ENOUGH = 4  # laps since the last stop of either before a trend says where it leads
MAX_LAPS = 999  # to the catch; what takes longer is none
QUICKEST = 0.8  # of the best lap: a shorter time between two line times is not one lap
SLOWEST = 1.6  # of the usual lap: a longer one that is no stop may hide laps that were not seen
USUAL = 12  # laps that the usual one is taken from, at least

Chaser = Literal["we", "they"]
Prospect = tuple[Ms | None, int | None, Chaser | None]  # as in `Chase`, from closing_ms on


class Chase(NamedTuple):
    """How `other` stands to `own`. `gap` is unsigned, `ahead`: the other one is ahead.

    `trend`: ms at our last laps that both have ended, the oldest first, positive: it is behind us.
    `closing_ms`: ms a lap by which the gap shrinks. `laps` until `chaser` reaches the other.
    """

    gap: Gap = None
    ahead: bool | None = None
    trend: tuple[Ms | None, ...] = ()
    closing_ms: Ms | None = None
    laps: int | None = None
    chaser: Chaser | None = None


def chase(state: RaceState, own: Car, other: Car) -> Chase:
    return Chases().of(state, own, other)


class Chases:
    """The chases of a race. What laps say of two entries is worked out once, whoever asks."""

    def __init__(self) -> None:
        self._laps: dict[tuple[str, str], _Laps] = {}

    def of(self, state: RaceState, own: Car, other: Car) -> Chase:
        ahead = _is_ahead(state, other, own)
        front, behind = (other, own) if ahead else (own, other)
        if state.ranking == "best":
            return Chase(None if ahead is None else gap(front, behind, "best"), ahead)
        told = behind.interval if _are_neighbours(front, behind) else None
        if not is_counted(state, own, other):
            return Chase(told, ahead)
        laps = self._of_laps(own, other)
        trend, useful = laps.trend, laps.useful
        sound = bool(trend) and trend[-1] is not None
        apart = None if ahead is None else shown(told, _gap(front, behind, sound=sound), 0)
        passed = bool(useful) and ahead is not (
            useful[-1] < 0
        )  # in the lap that one has yet to end
        if passed or own.in_pit or other.in_pit or "finished" in (own.status, other.status):
            return Chase(apart, ahead, trend)
        return Chase(apart, ahead, trend, *laps.prospect)

    def _of_laps(self, own: Car, other: Car) -> _Laps:
        driven, known = (_driven(own), _driven(other)), self._laps.get((own.key, other.key))
        if known is None or known.driven != driven:
            known = self._laps[own.key, other.key] = _Laps(driven, *points(own, other))
        return known


class _Laps:
    """What the laps of two entries say, and what of them it rests on."""

    def __init__(
        self, driven: object, trend: tuple[Ms | None, ...], useful: tuple[Ms, ...]
    ) -> None:
        self.driven, self.trend, self.useful = driven, trend, useful

    @cached_property
    def prospect(self) -> Prospect:
        return prospect(self.useful)


# Line times that are equal are the same object nearly always, so it is quick to compare them.
_driven = attrgetter(*"line_times laps offset best_ms stint_lap pit_lap stop_n penalty_ms".split())


def _is_ahead(state: RaceState, other: Car, own: Car) -> bool | None:
    """As on the board: by the feed's ranks; else by bests, or laps and who ended the last earlier.

    Ranks come a moment before or after the laps that they are of; nobody is to see the two differ.
    """
    if own.position and other.position and own.position != other.position:
        return other.position < own.position
    if state.ranking == "best":
        mine, theirs = own.best_ms, other.best_ms
        return theirs < mine if mine is not None and theirs is not None else None
    if not is_counted(state, own, other):
        return None
    if other.official != own.official:
        return other.official > own.official
    mine, theirs = last_end(own), last_end(other)
    return theirs < mine if own.laps and mine is not None and theirs is not None else None


def _are_neighbours(front: Car, behind: Car) -> bool:
    """Then the feed's interval is of these two."""
    return bool(front.position and behind.position == front.position + 1)


def is_counted(state: RaceState, *cars: Car) -> bool:
    """Whether laps can be compared: of a race that we joined late, only by the feed's count."""
    return not state.joined_late or all(car.offset is not None for car in cars)


def _gap(front: Car, behind: Car, *, sound: bool) -> Gap:
    """`scoring.gap` of the two; its ms only where every line time that it rests on is sound.

    It is (`sound`) where the last lap that both have ended can be told.
    """
    apart = gap(front, behind, "laps")
    if apart is None or apart[1] is None or sound:
        return apart
    # The lap of the one in front that was the last it had ended when the other ended its own.
    lap = behind.official + apart[0] + (front.offset or 0)
    sound = is_sound(behind, behind.laps) and is_sound(front, lap)
    return apart if sound else (apart[0], None)


# -- lap by lap ----------------------------------------------------------------------------------


def sound_from(car: Car, lap: int) -> int:
    """The first lap from `lap` on since which every line time is of one lap: past any hole.

    The first line time of all is the start, or the moment of a snapshot that showed a lap done
    some time before. More than `laps` if there is none.
    """
    times = car.line_times
    first = car.laps - len(times) + 1
    lap = max(lap, first if first == 0 else first + 1)
    if lap >= car.laps:
        return lap
    times = times[lap - first :]
    spans = list(map(sub, times[1:], times))
    least, quick, slow = QUICKEST * (car.best_ms or 0), min(spans), max(spans)
    if 0 < quick >= least and slow <= SLOWEST * quick:
        return lap
    most = SLOWEST * sorted(spans)[len(spans) // 2]
    for back, span in enumerate(reversed(spans)):
        ended = car.laps - back
        if span < least or span <= 0 or (span > most and not _is_stop(car, ended)):
            return ended
    return lap


def is_sound(car: Car, lap: int) -> bool:
    return sound_from(car, max(0, min(lap, car.laps - USUAL))) <= lap <= car.laps


def _is_stop(car: Car, lap: int) -> bool:
    return car.stop_n > 0 and lap in (car.stint_lap, car.pit_lap + 1)


def usual_ms(car: Car) -> Ms | None:
    """The middle one of the last laps, by line times."""
    times = car.line_times[-USUAL - 1 :]
    spans = sorted(map(sub, times[1:], times))
    return spans[len(spans) // 2] if spans else None


def points(
    own: Car, other: Car, *, upto: int | None = None, since: tuple[int, int] | None = None
) -> tuple[tuple[Ms | None, ...], tuple[Ms, ...]]:
    """The time between the two at the last laps up to `upto`, and those of them that tell a pace.

    Laps are counted as the feed does; positive: `other` is behind. What tells a pace are the laps
    since the last stop of either: what a stop costs or brings is no closing. `since`: the laps that
    the stints began with, where they are not the ones under way.
    """
    last = min(own.official, other.official) if upto is None else upto
    shift, other_shift = own.offset or 0, other.offset or 0
    first = max(last - TREND + 1, 0)
    sound = max(
        sound_from(own, first + shift) - shift,
        sound_from(other, first + other_shift) - other_shift,
    )
    if sound > last:
        return (None,) * (last - first + 1), ()
    mine = _between(own, sound + shift, last + shift)
    theirs = _between(other, sound + other_shift, last + other_shift)
    apart = tuple(map(sub, theirs, mine))
    if fined := other.penalty_ms - own.penalty_ms:
        apart = tuple(each + fined for each in apart)
    own_since, other_since = since or (own.stint_lap, other.stint_lap)
    useful = max(own_since - shift, other_since - other_shift, sound) - sound
    return (None,) * (sound - first) + apart, apart[useful:]


def _between(car: Car, first: int, last: int) -> tuple[Ms, ...]:
    start = len(car.line_times) - 1 - car.laps + first
    return car.line_times[start : start + last - first + 1]


# -- where it leads ------------------------------------------------------------------------------


def prospect(apart: Sequence[Ms]) -> Prospect:
    """`closing_ms`, laps to the catch, and who would do it."""
    if len(apart) < ENOUGH or not apart[-1]:
        return None, None, None
    now = apart[-1]
    each_lap = slope(apart)
    closing = round(-each_lap if now > 0 else each_lap)
    if closing <= 0:
        return closing, None, None
    laps = -(-abs(now) // closing)
    if laps > MAX_LAPS:
        return closing, None, None
    return closing, laps, "they" if now > 0 else "we"


def slope(values: Sequence[Ms]) -> float:
    """Theil-Sen: the middle one of the slopes of all pairs; two odd laps of ten do not move it."""
    slopes = [
        (values[later] - values[earlier]) / (later - earlier)
        for later in range(1, len(values))
        for earlier in range(later)
    ]
    slopes.sort()
    middle = len(slopes) // 2
    return slopes[middle] if len(slopes) % 2 else (slopes[middle - 1] + slopes[middle]) / 2

from __future__ import annotations

from typing import Any

import pytest

from timing.engine.chase import Chase, chase, points, prospect, slope, sound_from
from timing.engine.events import Gap
from timing.engine.scoring import gap
from timing.engine.state import Car, RaceState, evolve

RACE = RaceState("x", 0, 0)


def car(key: str, start: int, *laps: int, **fields: Any) -> Car:
    """A car that started so many ms after the green light, and its laps."""
    ends = [start]
    for ms in laps:
        ends.append(ends[-1] + ms)
    return Car(
        key,
        **{
            "laps": len(laps),
            "line_times": tuple(ends),
            "best_ms": min(laps, default=None),
            "status": "run",
            "stint": 1,
            **fields,
        },
    )


OURS = car("r1", 0, *[60_000] * 12)


def test_level_at_the_line_nobody_has_to_catch_anybody() -> None:
    other = car("r2", 6_000, *[59_500] * 12)

    assert chase(RACE, OURS, other) == Chase((0, 0), False, tuple(range(4_500, -1, -500)))


@pytest.mark.parametrize(
    ("start", "lap", "expected"),
    [
        # They are 1 s behind after twelve laps and win half a second a lap.
        (7_000, 59_500, ((0, 1_000), False, 500, 2, "they")),
        (7_250, 59_500, ((0, 1_250), False, 500, 3, "they")),
        # They fall back.
        (1_000, 60_200, ((0, 3_400), False, -200, None, None)),
        # They are ahead, and we reach them.
        (-9_000, 60_500, ((0, 3_000), True, 500, 6, "we")),
        (-1_000, 59_800, ((0, 3_400), True, -200, None, None)),
        # So slowly that nobody waits for it.
        (30_000, 59_999, ((0, 29_988), False, 1, None, None)),
        (3_000, 60_000, ((0, 3_000), False, 0, None, None)),
    ],
)
def test_a_chase_has_a_gap_a_rate_and_an_end(start: int, lap: int, expected: Any) -> None:
    found = chase(RACE, OURS, car("r2", start, *[lap] * 12))

    assert (found.gap, found.ahead, found.closing_ms, found.laps, found.chaser) == expected


def test_a_trend_ends_with_the_gap_and_has_ten_laps_at_most() -> None:
    found = chase(RACE, OURS, car("r2", 7_000, *[59_500] * 12))

    assert found.trend == tuple(range(5_500, 999, -500))
    assert chase(RACE, car("r1", 0, 60_000), car("r2", 900, 60_000)).trend == (900, 900)
    assert chase(RACE, car("r1", 0), car("r2", 900)).trend == (900,)


def test_who_is_on_the_way_is_compared_at_the_last_lap_that_both_ended() -> None:
    found = chase(RACE, OURS, car("r2", 12_000, *[59_000] * 11))

    assert (found.gap, found.trend[-1], found.laps) == ((0, 1_000), 1_000, 1)


def test_who_has_just_been_passed_is_caught_no_more() -> None:
    ours, theirs = car("r1", 1_000, *[59_000] * 9), car("r2", 0, *[59_100] * 8)

    found = chase(RACE, ours, theirs)

    assert (found.trend[-1], found.ahead) == (-200, False)
    assert (found.gap, found.closing_ms, found.laps, found.chaser) == (None, None, None, None)


def test_a_lapped_one_is_laps_and_ms_behind_and_its_trend_goes_on_counting() -> None:
    found = chase(RACE, OURS, car("r2", 0, *[66_000] * 10))  # just lapped: 660 s, we 660 s at 11

    assert found.gap == (1, 0)
    assert found.trend == tuple(6_000 * lap for lap in range(1, 11))
    assert (found.closing_ms, found.ahead) == (-6_000, False)


def test_the_catch_of_who_is_a_lap_ahead_is_the_catch_for_the_place() -> None:
    ours = car("r1", 0, *[60_000] * 10)
    theirs = car("r2", -70_000, *[62_000] * 10)

    found = chase(RACE, ours, theirs)

    assert (found.gap, found.trend[-1]) == ((0, 50_000), -50_000)
    assert (found.closing_ms, found.laps, found.chaser) == (2_000, 25, "we")


def test_laps_taken_off_as_penalties_count() -> None:
    other = car("r2", 2_000, *[60_000] * 12, offset=1)

    found = chase(RACE, OURS, other)

    assert found.gap == (1, 2_000)
    assert found.trend[-1] == 62_000


@pytest.mark.parametrize("ours_stopped", [True, False])
def test_a_stop_is_in_the_trend_and_is_no_closing(ours_stopped: bool) -> None:
    stopping = [*[60_000] * 6, 180_000, *[60_000] * 5]
    stopped = {"stop_n": 1, "pit_lap": 6, "stint": 2, "stint_lap": 7}
    quicker = [59_800] * 12
    if ours_stopped:  # they have passed us by that
        found = chase(RACE, car("r1", 0, *stopping, **stopped), car("r2", 100_000, *quicker))
    else:
        found = chase(RACE, car("r1", 0, *quicker), car("r2", 1_000, *stopping, **stopped))

    assert None not in found.trend
    assert (found.ahead, found.closing_ms) == (ours_stopped, -200)


def test_just_after_a_stop_there_is_no_pace_yet() -> None:
    stopped = {"stop_n": 1, "pit_lap": 10, "stint": 2, "stint_lap": 11}
    ours = car("r1", 0, *[60_000] * 10, 180_000, 60_000, **stopped)

    found = chase(RACE, ours, car("r2", 100_000, *[59_800] * 12))

    assert (found.closing_ms, found.laps, found.chaser) == (None, None, None)
    assert found.gap is not None


@pytest.mark.parametrize("fields", [{"in_pit": True, "status": "pit"}, {"status": "finished"}])
def test_who_does_not_run_is_caught_by_nobody(fields: dict[str, Any]) -> None:
    found = chase(RACE, OURS, car("r2", 7_000, *[59_500] * 12, **fields))

    assert (found.gap, found.closing_ms, found.laps) == ((0, 1_000), None, None)
    assert found.trend[-1] == 1_000


# -- what is not known ---------------------------------------------------------------------------


def test_line_times_before_a_hole_are_not_used() -> None:
    """Lap 8 was not seen: the next line time is two laps later."""
    holed = car("r2", 1_000, *[60_000] * 7, 120_000, *[60_000] * 3, best_ms=60_000)
    holed = Car(**{**holed.__dict__, "laps": 12})

    found = chase(RACE, OURS, holed)

    assert found.trend == (None, None, None, None, None, None, 1_000, 1_000, 1_000, 1_000)
    assert found.gap == (0, 1_000)


def test_the_moment_of_a_snapshot_is_no_line_time() -> None:
    """A snapshot showed lap 20 as done, 23 s after it was."""
    seen = Car("r2", laps=20, line_times=(20 * 60_000 + 24_000,), best_ms=60_000, status="run")
    ours = car("r1", 0, *[60_000] * 21)

    found = chase(RACE, ours, seen)

    assert (found.gap, found.trend) == ((0, None), (None,) * 10)


def test_after_a_snapshot_the_trend_grows_again() -> None:
    ends = tuple(20 * 60_000 + ms for ms in (24_000, 61_000, 121_000))
    seen = Car("r2", laps=22, line_times=ends, best_ms=60_000, status="run")

    found = chase(RACE, car("r1", 0, *[60_000] * 22), seen)

    assert found.gap == (0, 1_000)
    assert found.trend == (*[None] * 8, 1_000, 1_000)


def test_of_a_race_joined_late_laps_compare_by_the_feeds_count_only() -> None:
    late = RaceState("x", 0, 0, joined_late=True)
    other = car("r2", 7_000, *[59_500] * 12)
    counted = [Car(**{**each.__dict__, "offset": 0}) for each in (OURS, other)]

    assert chase(late, OURS, other) == Chase()
    assert chase(late, *counted) == chase(RACE, OURS, other)


def test_more_laps_may_be_taken_off_than_were_driven() -> None:
    fined = car("r2", 2_000, 60_000, offset=2)

    assert chase(RACE, OURS, fined) == Chase((2, 2_000), False)


def test_who_has_no_lap_has_no_gap() -> None:
    assert chase(RACE, OURS, Car("r2")).gap == (12, None)
    assert chase(RACE, Car("r1"), Car("r2")) == Chase(trend=(None,))


def test_a_long_lap_that_is_no_stop_may_hide_others() -> None:
    assert sound_from(car("r2", 0, 60_000, 60_000, 130_000, 60_000, 60_000), 0) == 3
    assert sound_from(car("r2", 0, 60_000, 60_000, 90_000, 60_000, 60_000), 0) == 0
    assert sound_from(car("r2", 0, 60_000, 60_000, 60_000, 20_000, best_ms=60_000), 0) == 4
    assert sound_from(Car("r2"), 0) > 0


# -- beside the board ----------------------------------------------------------------------------


def placed(car: Car, position: int, **fields: Any) -> Car:
    return evolve(car, position=position, **fields)


def test_who_is_ahead_is_so_on_the_board() -> None:
    """The feed's ranks come a moment before the laps, or after a penalty that we do not know."""
    other = car("r2", 1_000, *[60_000] * 12)

    found = chase(RACE, placed(OURS, 3), placed(other, 2))

    assert (found.gap, found.ahead, found.trend[-1]) == (None, True, 1_000)
    assert (found.closing_ms, found.laps, found.chaser) == (None, None, None)
    assert chase(RACE, placed(OURS, 2), placed(other, 3)) == chase(RACE, OURS, other)


@pytest.mark.parametrize(
    ("position", "interval", "expected"),
    [
        (3, (0, 1_120), (0, 1_120)),  # it is to us
        (4, (0, 1_120), (0, 1_000)),  # to somebody between us
        (3, None, (0, 1_000)),
        (3, (1, None), (1, None)),
    ],
)
def test_between_neighbours_stands_what_the_feed_says(
    position: int, interval: Gap, expected: Gap
) -> None:
    other = placed(car("r2", 1_000, *[60_000] * 12), position, interval=interval)

    assert chase(RACE, placed(OURS, 2), other).gap == expected


def test_of_a_race_joined_late_neighbours_are_known_by_the_feed() -> None:
    late = RaceState("x", 0, 0, joined_late=True)
    ours, theirs = Car("r1", position=2), Car("r2", position=3, interval=(0, 700))

    assert chase(late, ours, theirs) == Chase((0, 700), False)
    assert chase(late, theirs, ours) == Chase((0, 700), True)
    assert chase(late, ours, evolve(theirs, position=9)) == Chase(None, False)


def test_seconds_given_as_penalties_are_in_gap_and_trend() -> None:
    found = chase(RACE, OURS, car("r2", 1_000, *[59_500] * 12, penalty_ms=10_000))

    assert (found.gap, found.trend[-1]) == ((0, 5_000), 5_000)
    assert (found.closing_ms, found.laps, found.chaser) == (500, 10, "they")


# -- by best laps --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("ours", "theirs", "expected"),
    [
        (59_000, 59_250, Chase((0, 250), False)),
        (59_250, 59_000, Chase((0, 250), True)),
        (59_000, None, Chase()),
        (None, 59_000, Chase()),
    ],
)
def test_ranked_by_best_the_gap_is_of_best_laps(
    ours: int | None, theirs: int | None, expected: Chase
) -> None:
    state = RaceState("x", 0, 0, ranking="best")

    assert chase(state, Car("r1", best_ms=ours), Car("r2", best_ms=theirs)) == expected


def test_ranked_by_best_the_board_says_who_is_ahead() -> None:
    state = RaceState("x", 0, 0, ranking="best")
    ours, theirs = Car("r1", position=1), Car("r2", position=2, best_ms=59_000)

    assert chase(state, ours, theirs) == Chase(None, False)


# -- agreement and robustness --------------------------------------------------------------------


@pytest.mark.parametrize("lap", [58_000, 60_000, 61_700, 66_100, 90_000])
def test_the_gap_is_the_one_of_the_board(lap: int) -> None:
    other = car("r2", 1_500, *[lap] * (720_000 // lap))
    front, behind = (OURS, other) if lap >= 60_000 else (other, OURS)

    expected: Gap = gap(front, behind, "laps")

    assert chase(RACE, OURS, other).gap == expected


def test_a_trend_is_the_gap_as_it_stood_where_both_are_on_one_lap() -> None:
    other = car("r2", 3_000, *[60_000 + 70 * n for n in range(12)])
    trend, _ = points(OURS, other)

    for back, ms in enumerate(reversed(trend)):
        then = [
            Car("r", laps=each.laps - back, line_times=each.line_times[: 13 - back])
            for each in (OURS, other)
        ]
        assert gap(*then, "laps") == (0, ms)


def test_two_odd_laps_do_not_move_the_rate() -> None:
    steady = [5_000 - 100 * n for n in range(10)]
    odd = list(steady)
    odd[3] += 4_000
    odd[7] -= 3_000

    assert slope(steady) == -100
    assert abs(slope(odd) + 100) < 60


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ((4_000, 3_000, 2_000), (None, None, None)),  # too few
        ((4_000, 3_000, 2_000, 1_000), (1_000, 1, "they")),
        ((-4_000, -3_000, -2_000, -1_500), (916, 2, "we")),
        ((1_000, 500, 0, 0), (None, None, None)),  # side by side
    ],
)
def test_a_prospect_needs_laps_and_a_gap(values: tuple[int, ...], expected: Any) -> None:
    assert prospect(values)[1:] == expected[1:]

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from timing.engine.crossings import SOONEST_OF, begun, ended
from timing.engine.state import LINE_TIMES, Car, evolve

LAP = 60_000
TRUE = [LAP * n for n in range(LINE_TIMES)]


def told(*late: int, ms: int = LAP) -> Car:
    """A car whose crossings of the line, a minute apart, were told so much too late."""
    line_times, lates = begun(late[0])
    car = Car("r1", line_times=line_times, lates=lates, best_ms=ms)
    for lap, each in enumerate(late[1:], start=1):
        line_times, lates = ended(car, ms, lap * LAP + each)
        car = evolve(car, line_times=line_times, lates=lates)
    return car


def test_laps_hang_together_however_late_each_is_told() -> None:
    assert told(120, 200, 120, 3_700, 12_000, 180).line_times == tuple(at + 120 for at in TRUE[:6])


def test_the_lap_that_is_told_the_soonest_says_when_all_of_them_ended() -> None:
    assert told(190, 80, 7_000, 10).line_times == tuple(at + 10 for at in TRUE[:4])


def test_what_was_told_as_it_stood_already_is_put_right_by_the_next_lap() -> None:
    """A snapshot showed a lap that had ended 23 s before."""
    assert told(23_000, 40).line_times == (40, LAP + 40)


def test_a_lap_that_does_not_cover_the_time_that_passed_begins_anew() -> None:
    car = told(0, 0, 40_000, 40_000 + 100, 40_000)

    assert car.line_times == (0, LAP, 2 * LAP + 40_000, 3 * LAP + 40_000, 4 * LAP + 40_000)
    assert car.lates == (0, 100, 0)


def test_what_is_put_right_are_the_laps_since_then() -> None:
    car = told(0, 0, 40_000, 39_000)

    assert car.line_times == (0, LAP, 2 * LAP + 39_000, 3 * LAP + 39_000)


def test_one_wrong_lap_time_misleads_for_some_laps_and_no_longer() -> None:
    car = told(0, 0)
    line_times, lates = ended(car, LAP + 500, 2 * LAP)  # half a second too long
    car = evolve(car, line_times=line_times, lates=lates)
    assert car.line_times[-1] == 2 * LAP

    for lap in range(3, 3 + SOONEST_OF):
        assert car.line_times[-1] == (lap - 1) * LAP
        line_times, lates = ended(car, LAP, lap * LAP)
        car = evolve(car, line_times=line_times, lates=lates)

    short = evolve(told(0, 0), line_times=(0, LAP - 700), lates=(0, 700))  # ... or too short
    for lap in range(2, 2 + SOONEST_OF):
        line_times, lates = ended(short, LAP, lap * LAP)
        short = evolve(short, line_times=line_times, lates=lates)
    assert short.line_times[-1] == (1 + SOONEST_OF) * LAP


@given(st.lists(st.integers(0, 25_000), min_size=1, max_size=2 * LINE_TIMES))
def test_line_times_are_late_by_the_least_delay_of_the_last_laps(late: list[int]) -> None:
    car = told(*late)
    by = min(late[-SOONEST_OF:])

    assert car.line_times[-1] == LAP * (len(late) - 1) + by
    assert len(car.line_times) == len(car.lates) == min(len(late), LINE_TIMES)
    assert {b - a for a, b in zip(car.line_times, car.line_times[1:], strict=False)} <= {LAP}

from __future__ import annotations

from typing import Any

import pytest

from timing.engine.events import Gap
from timing.engine.scoring import gap, order, shown
from timing.engine.state import Car, RaceState


def car(key: str, *ends: int, **fields: Any) -> Car:
    """A car with the ends of its laps, the first of them its start."""
    return Car(key, laps=max(0, len(ends) - 1), line_times=ends, **fields)


LEADER = car("r1", 0, 60_000, 120_000, 180_000, 240_000)


@pytest.mark.parametrize(
    ("behind", "expected"),
    [
        (car("r2", 500, 61_000, 122_000, 183_000, 244_500), (0, 4_500)),  # the same lap
        (car("r2", 500, 61_000, 122_000, 183_000), (0, 3_000)),  # not yet over the line
        (car("r2", 500, 75_000, 150_000, 225_000), (0, 45_000)),  # nearly lapped
        (car("r2", 500, 90_000, 185_000), (1, 5_000)),  # lapped, and five seconds
        (car("r2", 500, 200_000), (2, 20_000)),  # two laps down
        (car("r2", 500), None),  # started, no lap yet: the leader's laps say enough
    ],
)
def test_a_gap_in_a_race_is_told_at_the_last_lap_of_who_is_behind(
    behind: Car, expected: Gap
) -> None:
    if expected is None:
        assert gap(LEADER, behind, "laps") == (4, None)
    else:
        assert gap(LEADER, behind, "laps") == expected


def test_a_gap_never_grows_while_the_car_behind_is_on_its_way() -> None:
    behind = car("r2", 500, 61_000, 122_000, 183_000)
    later = car("r1", *LEADER.line_times, 300_000)

    assert gap(LEADER, behind, "laps") == gap(later, behind, "laps") == (0, 3_000)


def test_who_was_behind_a_moment_ago_has_no_gap_yet() -> None:
    overtaken = car("r2", 0, 59_000, 118_000, 177_000, 236_000, 295_000)

    assert gap(LEADER, overtaken, "laps") is None


def test_laps_given_as_penalties_count() -> None:
    punished = car("r2", 500, 61_000, 122_000, 183_000, 244_500, offset=1)

    assert gap(LEADER, punished, "laps") == (1, 4_500)


@pytest.mark.parametrize(
    ("ours", "theirs", "expected"),
    [
        (0, 10_000, (0, 14_500)),
        (10_000, 10_000, (0, 4_500)),
        (4_000, 0, (0, 500)),
        (5_000, 0, None),  # by what counts, the other is ahead
        (0, 60_000, (0, 64_500)),  # and the leader has not lapped it yet
    ],
)
def test_seconds_given_as_penalties_count(ours: int, theirs: int, expected: Gap) -> None:
    leader = car("r1", *LEADER.line_times, penalty_ms=ours)
    punished = car("r2", 500, 61_000, 122_000, 183_000, 244_500, penalty_ms=theirs)

    assert gap(leader, punished, "laps") == expected
    ahead = "r2" if expected is None else "r1"
    assert keys(leader, punished)[0] == ahead


def test_after_a_hole_one_lap_more_may_be_one_that_ended_since() -> None:
    assert gap(Car("r1", laps=5, line_times=(301_000,)), LEADER, "laps") is None
    assert gap(Car("r1", laps=6, line_times=(301_000,)), LEADER, "laps") == (2, None)


def test_without_line_times_the_laps_say_what_they_can() -> None:
    ahead, behind = Car("r1", laps=10), Car("r2", laps=8)

    assert gap(ahead, behind, "laps") == (2, None)
    assert gap(behind, behind, "laps") is None


@pytest.mark.parametrize(
    ("ahead", "behind", "expected"),
    [(59_000, 59_250, (0, 250)), (59_000, None, None), (None, 1, None)],
)
def test_ranked_by_best_the_gap_is_of_best_laps(
    ahead: int | None, behind: int | None, expected: Gap
) -> None:
    assert gap(Car("r1", best_ms=ahead), Car("r2", best_ms=behind), "best") == expected


@pytest.mark.parametrize(
    ("asserted", "derived", "group", "expected"),
    [
        (None, (0, 4_500), 0, (0, 4_500)),
        ((0, 6_118), (0, 6_200), 0, (0, 6_118)),  # within the leader's group the feed's ms
        ((1, None), (1, 38_044), 1, (1, 38_044)),  # laps of the feed, ms of ours
        ((1, None), (2, 38_044), 1, (1, None)),  # we know better than to mix the two
        ((0, 900), (2, 12_000), 2, (2, 12_000)),  # seconds to the first of a lapped group
        ((0, 900), (1, 12_000), 2, (2, None)),
        ((3, None), None, 3, (3, None)),
        (None, None, 0, None),
    ],
)
def test_the_feeds_gap_is_completed_by_ours(
    asserted: Gap, derived: Gap, group: int, expected: Gap
) -> None:
    assert shown(asserted, derived, group) == expected


def keys(*cars: Car, **fields: Any) -> list[str]:
    state = RaceState("x", 0, 0, cars={each.key: each for each in cars}, **fields)
    return [each.key for each in order(state)]


def test_the_ranks_of_the_feed_win() -> None:
    assert keys(car("r1", 0, 60_000, position=2), car("r2", position=1)) == ["r2", "r1"]


def test_without_ranks_more_laps_are_ahead_then_who_ended_them_first() -> None:
    assert keys(
        car("r1", 0, 60_000), car("r2", 0, 60_000, 120_000), car("r3", 0, 59_000), car("r4")
    ) == ["r2", "r3", "r1", "r4"]


def test_without_ranks_the_better_best_is_ahead() -> None:
    assert keys(Car("r1", best_ms=61), Car("r2"), Car("r3", best_ms=60), ranking="best") == [
        "r3",
        "r1",
        "r2",
    ]


def test_who_left_the_table_has_no_place() -> None:
    assert keys(Car("r1", listed=False, position=1), Car("r2", position=2)) == ["r2"]

"""Laps that nobody saw are counted by what the feed counts, and never invented."""

from __future__ import annotations

import pytest

from tests.timing.apex_feed import Played, Table, block
from timing.engine.counts import feed_count
from timing.engine.events import Gap
from timing.engine.facts import LapFact, LapGapFact
from timing.engine.state import Car, RaceState

COUNTED = Table("sta", "no", "dr:Team", "llp", "tlp")
GAPS = Table("sta", "rk", "no", "dr:Team", "llp", "gap")


def racing(laps: list[tuple[int, Gap]], *, leader_lap: int) -> RaceState:
    """Cars in order of place, with what their gap cell shows."""
    cars = {
        f"r{place}": Car(f"r{place}", position=place, gap=gap, lap_count=count)
        for place, (count, gap) in enumerate(laps, start=1)
    }
    return RaceState("x", 0, 0, cars=cars, leader_lap=leader_lap, columns=frozenset(("gap", "llp")))


def test_a_group_of_cars_has_the_laps_of_its_first() -> None:
    state = racing(
        [(0, None), (0, (0, 4_000)), (0, (1, None)), (0, (0, 900)), (0, (3, None)), (0, None)],
        leader_lap=14,
    )

    assert [feed_count(state, car) for car in state.cars.values()] == [14, 14, 13, 13, 11, 11]


def test_without_a_leader_lap_nobody_counts() -> None:
    state = racing([(0, None), (0, (1, None))], leader_lap=0)

    assert [feed_count(state, car) for car in state.cars.values()] == [None, None]


def test_a_ranking_by_best_laps_says_nothing_of_laps() -> None:
    state = racing([(0, None), (0, (0, 300))], leader_lap=9)
    state.__dict__["ranking"] = "best"

    assert feed_count(state, state.cars["r2"]) is None


def laps_and_gaps(
    played: Played, row: str = "r1"
) -> tuple[list[tuple[int, int]], list[tuple[int, int]]]:
    return (
        [(fact.number, fact.ms) for fact in played.facts(LapFact, row)],
        [(fact.after, fact.missed) for fact in played.facts(LapGapFact, row)],
    )


def counted() -> Played:
    played = Played()
    played.at(0, block(COUNTED, {"r1": {"no": "7"}, "r2": {"no": "8"}}, light="lg"))
    played.at(1, "r1|*||")
    for n in (1, 2):
        cells = (
            COUNTED.cell("r1", "tlp", "in", str(n)),
            COUNTED.cell("r1", "llp", "tn", f"1:00.00{n}"),
        )
        played.at(1 + 60 * n, *cells, "r1|*|60000|")
    return played


@pytest.mark.parametrize(("count", "missed"), [(3, []), (4, [(2, 1)]), (6, [(2, 3)])])
def test_after_a_cut_the_count_of_the_feed_tells_what_was_lost(
    count: int, missed: list[tuple[int, int]]
) -> None:
    played = counted()
    back = 121 + 60 * (count - 2) + 30
    played.connect(back)
    rows = {"r1": {"sta": ("sr", ""), "no": "7", "llp": "1:00.500", "tlp": str(count)}}
    played.at(back, block(COUNTED, rows, light="lg"))

    assert laps_and_gaps(played) == ([(1, 60_001), (2, 60_002), (count, 60_500)], missed)


def test_the_same_lap_after_a_cut_is_no_news() -> None:
    played = counted()
    played.connect(140)
    played.at(140, block(COUNTED, {"r1": {"no": "7", "llp": "1:00.002", "tlp": "2"}}, light="lg"))

    assert laps_and_gaps(played) == ([(1, 60_001), (2, 60_002)], [])


def test_a_count_that_cannot_be_true_invents_nothing() -> None:
    """A minute is not time enough for 900 laps."""
    played = counted()
    played.connect(190)
    rows = {"r1": {"sta": ("sr", ""), "no": "7", "llp": "1:00.500", "tlp": "902"}}
    played.at(190, block(COUNTED, rows, light="lg"))

    assert laps_and_gaps(played) == ([(1, 60_001), (2, 60_002), (3, 60_500)], [])


def test_laps_lost_within_a_connection_are_counted_at_the_next_lap() -> None:
    played = counted()
    played.at(
        301, COUNTED.cell("r1", "tlp", "in", "5"), COUNTED.cell("r1", "llp", "tn", "1:00.300")
    )

    assert laps_and_gaps(played) == ([(1, 60_001), (2, 60_002), (5, 60_300)], [(2, 2)])


def test_a_long_stop_is_no_lost_lap() -> None:
    played = counted()
    played.at(130, "r1|*in|0")
    played.at(1_000, "r1|*out|0")
    played.at(
        1_040, COUNTED.cell("r1", "tlp", "in", "3"), COUNTED.cell("r1", "llp", "tn", "15:19.000")
    )

    assert laps_and_gaps(played) == ([(1, 60_001), (2, 60_002), (3, 919_000)], [])


def test_count_and_lap_may_come_in_two_frames_lap_after_lap() -> None:
    """Taken for an offset, this once numbered the laps after a cut one too high."""
    played = counted()
    for n in range(3, 9):
        played.at(1 + 60 * n, COUNTED.cell("r1", "llp", "tn", f"1:00.00{n}"))
        played.at(1.2 + 60 * n, COUNTED.cell("r1", "tlp", "in", str(n)), "r1|*|60000|")
    played.connect(620)
    rows = {"r1": {"sta": ("sr", ""), "no": "7", "llp": "1:00.900", "tlp": "10"}}
    played.at(620, block(COUNTED, rows, light="lg"))

    assert laps_and_gaps(played)[0][-2:] == [(8, 60_008), (10, 60_900)]
    assert laps_and_gaps(played)[1] == [(8, 1)]


def test_without_a_lap_column_the_gap_of_the_leader_counts() -> None:
    played = Played()
    played.at(0, block(GAPS, {"r1": {"no": "7"}, "r2": {"no": "8"}}, light="lg"))
    played.at(1, "r1|*||", "r2|*||")
    for n in (1, 2):
        played.at(1 + 60 * n, GAPS.cell("r1", "gap", "in", f"Lap {n}"), *lap("r1", f"1:00.00{n}"))
        played.at(3 + 60 * n, GAPS.cell("r2", "gap", "ib", "2.000"), *lap("r2", f"1:00.10{n}"))
    played.connect(330)
    played.at(
        330,
        block(
            GAPS,
            {
                "r1": {"sta": ("sr", ""), "no": "7", "llp": "1:00.005", "gap": ("in", "Lap 5")},
                "r2": {"sta": ("in", ""), "no": "8", "llp": "1:00.104", "gap": ("ib", "2.000")},
            },
            light="lg",
        ),
    )

    assert laps_and_gaps(played, "r1")[1] == [(2, 2)]
    assert laps_and_gaps(played, "r1")[0][-1] == (5, 60_005)
    assert laps_and_gaps(played, "r2")[1] == [(2, 1)]  # not yet over the line in the fifth lap
    assert laps_and_gaps(played, "r2")[0][-1] == (4, 60_104)


def lap(row: str, value: str) -> tuple[str, str]:
    return GAPS.cell(row, "llp", "tn", value), f"{row}|*|60000|"


def test_where_the_feed_counts_nothing_time_does() -> None:
    bare = Table("no", "dr:Driver", "llp")
    played = Played()
    played.at(0, block(bare, {"r1": {"no": "7"}}, kind="p", light="lg"))
    played.at(1, "r1|*||")
    played.at(61, bare.cell("r1", "llp", "tn", "1:00.000"), "r1|*|60000|")
    played.connect(320)
    played.at(320, block(bare, {"r1": {"no": "7", "llp": "1:00.500"}}, kind="p", light="lg"))

    assert laps_and_gaps(played) == ([(1, 60_000), (5, 60_500)], [(1, 3)])

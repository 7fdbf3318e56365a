from __future__ import annotations

from timing.simulators.scoreboard import best_spots, race_spots
from timing.simulators.standings import Standings, close_packs


def started(count: int, *, by_laps: bool = True) -> Standings:
    standings = Standings(count, by_laps=by_laps)
    for car in range(count):
        standings.start(car, 0)
    return standings


def test_first_over_the_line_leads() -> None:
    standings = started(3)
    for car, at in ((1, 60_000), (0, 60_500), (2, 61_700)):
        standings.lap(car, at, at)

    assert standings.order == [1, 0, 2]
    assert race_spots(standings) == [
        (None, None),
        ((0, 500), (0, 500)),
        ((0, 1_700), (0, 1_200)),
    ]


def test_lapped_karts_show_laps_first_and_time_behind_that() -> None:
    standings = started(3)
    for car, at in ((0, 50_000), (1, 70_000), (2, 71_000), (0, 100_000), (0, 150_000)):
        standings.lap(car, at, 50_000)

    assert race_spots(standings) == [(None, None), ((1, None), (1, None)), ((0, 1_000),) * 2]


def test_kart_that_is_due_is_not_a_lap_down_yet() -> None:
    standings = started(2)
    for car, at in ((0, 60_000), (1, 61_000), (0, 120_000)):
        standings.lap(car, at, 60_000)

    assert race_spots(standings) == [(None, None), ((0, 1_000), (0, 1_000))]


def test_penalty_laps_and_seconds_cost_places_and_come_back() -> None:
    standings = started(3)
    for car, at in ((0, 60_000), (1, 61_000), (2, 66_000)):
        standings.lap(car, at, at)
    standings.penalise(0, laps=1, ms=0)
    standings.penalise(1, laps=0, ms=10_000)
    punished = list(standings.order)
    standings.penalise(0, laps=-1, ms=0)
    standings.penalise(1, laps=0, ms=-10_000)

    assert punished == [2, 1, 0]
    assert standings.order == [0, 1, 2]


def test_best_lap_ranks_and_the_first_to_set_it_keeps_its_place() -> None:
    standings = started(3, by_laps=False)
    for car, at, ms in ((0, 60_000, 60_000), (1, 61_000, 59_000), (2, 62_000, 60_000)):
        standings.lap(car, at, ms)
    standings.lap(0, 130_000, 70_000)

    assert standings.order == [1, 0, 2]
    assert best_spots(standings) == [(None, None), ((0, 1_000),) * 2, ((0, 1_000), (0, 0))]


def test_packs_have_a_first_a_middle_and_a_last() -> None:
    assert close_packs([None, 300, 200, 5_000, 900], within_ms=1_000) == [
        "gf",
        "gm",
        "gl",
        "gf",
        "gl",
    ]

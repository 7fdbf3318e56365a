from __future__ import annotations

from itertools import pairwise

import pytest

from tests.timing.simulators.feeds import run
from timing.simulators.race import Race
from timing.simulators.scenario import programme


def run_race(seed: int, **wish: object) -> Race:
    race = Race(programme(seed=seed, **wish)[-1], seed=str(seed))  # type: ignore[arg-type]
    while race.next_at is not None:
        race.step()
    return race


RACE = run_race(7, karts=30, minutes=90)


def test_same_seed_is_the_same_race_to_the_millisecond() -> None:
    again = run_race(7, karts=30, minutes=90)

    assert [car.laps for car in again.cars] == [car.laps for car in RACE.cars]
    assert again.messages == RACE.messages


def test_another_seed_is_another_race() -> None:
    other = run_race(8, karts=30, minutes=90)

    assert [car.laps for car in other.cars] != [car.laps for car in RACE.cars]


def test_laps_follow_each_other_without_a_gap() -> None:
    for car in RACE.cars:
        crossings = RACE.standings.crossed[car.index]
        assert [b - a for a, b in pairwise(crossings)] == [lap.ms for lap in car.laps]


def test_sectors_make_up_the_lap() -> None:
    sums = {lap.ms - sum(s or 0 for s in lap.sectors) for car in RACE.cars for lap in car.laps}

    assert sums == {0}
    assert {len(lap.sectors) for car in RACE.cars for lap in car.laps} == {3}


def test_positions_are_a_ranking() -> None:
    order = RACE.standings.order

    assert sorted(order) == list(range(30))
    scores = [RACE.standings.scored(car) for car in order]
    assert scores == sorted(scores, reverse=True)


def test_stops_and_stints_tell_the_same_story() -> None:
    for car in RACE.cars:
        assert [n for n, lap in enumerate(car.laps, start=1) if lap.pit] == [
            stop.lap + 1 for stop in car.stops if stop.out_at is not None
        ]
        ends = [stop.lap for stop in car.stops]
        assert [stint.last_lap for stint in car.stints[: len(ends)]] == ends
        covered = [lap for s in car.stints for lap in range(s.first_lap, (s.last_lap or 0) + 1)]
        assert covered == list(range(1, len(car.laps) + 1))


def test_driver_of_a_lap_is_the_driver_of_its_stint() -> None:
    for car in RACE.cars:
        for stint in car.stints:
            laps = car.laps[stint.first_lap - 1 : stint.last_lap]
            assert {lap.driver for lap in laps} <= {stint.driver}


def test_driving_time_is_time_between_the_pits() -> None:
    for car in RACE.cars:
        stints = sum((s.ended_at or 0) - s.started_at for s in car.stints)
        assert sum(car.driven) == stints


def test_race_has_everything_a_race_has() -> None:
    kinds = {message.kind for message in RACE.messages}

    assert kinds >= {"green", "chequered", "penalty", "warning"}
    assert [flag for flag, _ in RACE.flags] == [
        "green", "yellow", "green", "red", "green", "yellow", "green", "chequered",
    ]  # fmt: skip
    assert {len(set(car.driven)) > 1 for car in RACE.cars} == {True}
    assert any(car.number != car.plan.number for car in RACE.cars)


def test_equal_consecutive_laps_do_happen() -> None:
    equal = sum(a.ms == b.ms for car in RACE.cars for a, b in pairwise(car.laps))

    assert equal > 0


def test_short_stop_is_punished() -> None:
    shorts = [
        car.index
        for car in RACE.cars
        for stop in car.stops
        if stop.out_at is not None and stop.out_at - stop.in_at < RACE.plan.min_pit_ms
    ]
    accused = [m.car for m in RACE.messages if m.reason == "short_pit"]

    assert shorts
    assert sorted(accused) == sorted(shorts)


def test_lap_times_are_those_of_rental_karts() -> None:
    laps = sorted(lap.ms for car in RACE.cars for lap in car.laps if not lap.pit)

    assert 55_000 < laps[0]
    assert 58_000 < laps[len(laps) // 2] < 70_000


def test_sprint_ends_after_its_laps() -> None:
    race = run_race(3, kind="sprint", karts=12, minutes=10)

    assert race.plan.laps == max(len(car.laps) for car in race.cars)


def test_best_lap_ranks_practice_and_qualifying() -> None:
    race = run_race(3, kind="qualifying", karts=12, minutes=30)
    best = [race.standings.best[car] for car in race.standings.order if race.cars[car].laps]

    assert best == sorted(best, key=lambda ms: ms or 0)


@pytest.mark.parametrize("karts", [1, 2, 60])
def test_any_number_of_karts_races(karts: int) -> None:
    feed, _ = run(karts=karts, minutes=5, seed=1)

    assert [race.flag for race in feed.races] == ["chequered"]

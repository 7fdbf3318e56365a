from __future__ import annotations

from dataclasses import replace

from timing.engine.integrity import faults
from timing.engine.state import Car, RaceState

MINUTE = 60_000


def race(*cars: Car, **fields: object) -> RaceState:
    state = RaceState("x", 0, 10 * MINUTE, started_at=0, best_ms=MINUTE)
    return replace(state, cars={car.key: car for car in cars}, **fields)  # type: ignore[arg-type]


def test_a_race_that_can_be_is_well() -> None:
    assert faults(race(Car("r1", position=1, laps=10), Car("r2", position=2, laps=9))) == ()


def test_one_rank_given_to_many_is_a_fault() -> None:
    assert faults(race(*(Car(f"r{n}", position=1) for n in range(4)))) == ("positions",)


def test_ranks_with_holes_are_none() -> None:
    assert faults(race(Car("r1", position=1), Car("r2", position=9), Car("r3"))) == ()


def test_more_laps_than_there_was_time_for_are_a_fault() -> None:
    assert faults(race(Car("r1", laps=12))) == ("elapsed",)


def test_laps_from_before_we_came_are_none() -> None:
    assert faults(race(Car("r1", laps=400), joined_late=True)) == ()

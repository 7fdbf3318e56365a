from __future__ import annotations

import pytest

from timing.clock import NEAR_MS, SLEW, SteadyClock

HOUR_MS = 3_600_000


class Machine:
    def __init__(self) -> None:
        self.wall, self.counted = 1_780_000_000_000, 50.0
        self.clock = SteadyClock(wall_ms=lambda: self.wall, counted=lambda: self.counted)

    def pass_(self, seconds: float) -> int:
        self.wall += round(seconds * 1000)
        self.counted += seconds
        return self.clock()


def test_it_tells_the_time_of_the_machine() -> None:
    machine = Machine()
    machine.pass_(10)
    machine.wall += NEAR_MS  # a time server corrects

    assert machine.pass_(1) == machine.wall


@pytest.mark.parametrize("jump", [HOUR_MS, -HOUR_MS])
def test_a_jump_is_not_followed_at_once(jump: int) -> None:
    machine = Machine()
    before = machine.pass_(10)
    machine.wall += jump
    passed = machine.pass_(60) - before

    assert abs(passed - 60_000) <= 60_000 * SLEW


@pytest.mark.parametrize("jump", [20_000, -20_000])
def test_it_draws_near_without_going_back(jump: int) -> None:
    machine = Machine()
    machine.wall += jump
    told = [machine.pass_(5) for _ in range(100)]

    assert told == sorted(told)
    assert told[-1] == machine.wall


def test_a_machine_that_slept_is_told_the_time_at_once() -> None:
    machine = Machine()

    assert machine.pass_(8 * 3_600) == machine.wall

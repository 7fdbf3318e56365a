from __future__ import annotations

import pytest

from tests.timing.apex_feed import RACE, Played, Table, block
from timing.engine.facts import FlagFact

TABLE = Table(*RACE)


def flown(*lights: tuple[float, str]) -> Played:
    played = Played()
    played.at(0, block(TABLE, {"r1": {"no": "7"}}))
    for seconds, light in lights:
        played.at(seconds, f"light|{light}|")
    return played


def periods(played: Played) -> list[tuple[str, float, float | None]]:
    facts = played.races[played.state.id].facts.get(FlagFact, {}).values()
    return [
        (f.flag, seconds(played, f.started_at) or 0.0, seconds(played, f.ended_at)) for f in facts
    ]


def seconds(played: Played, at: int | None) -> float | None:
    return None if at is None else (at - played.ms(0)) / 1000


def test_flags_follow_each_other() -> None:
    played = flown((10, "lg"), (100, "ly"), (130, "lg"), (600, "lf"))

    assert periods(played) == [
        ("green", 10, 100),
        ("yellow", 100, 130),
        ("green", 130, 600),
        ("chequered", 600, None),
    ]
    assert (played.state.started_at, played.state.ended_at) == (played.ms(10), played.ms(600))


def test_red_before_the_first_green_is_no_flag() -> None:
    played = flown((5, "lr"))

    assert (played.state.flag, played.state.started_at, periods(played)) == ("none", None, [])


def test_red_in_mid_race_stops_it_and_does_not_end_it() -> None:
    played = flown((10, "lg"), (60, "lr"), (90, "lg"))

    assert periods(played) == [("green", 10, 60), ("red", 60, 90), ("green", 90, None)]
    assert (played.state.started_at, played.state.ended_at) == (played.ms(10), None)


def test_the_same_light_again_is_nothing() -> None:
    assert periods(flown((10, "lg"), (20, "lg"))) == [("green", 10, None)]


def test_a_race_that_goes_on_after_the_flag_has_not_ended() -> None:
    played = flown((10, "lg"), (60, "lf"), (70, "lg"))

    assert played.state.ended_at is None
    assert [flag for flag, _, _ in periods(played)] == ["green", "chequered", "green"]


@pytest.mark.parametrize(
    ("clocks", "planned"),
    [
        (("text|24:00:00",), 86_400_000),
        (("text|Tour 7/15",), None),
        (("countdown|3599400",), 3_600_000),  # to the minute: the first one comes a moment late
        (("text|01:00:00", "countdown|3599400"), 3_600_000),
        (("count|5000",), None),
    ],
)
def test_the_clock_at_the_start_tells_how_long_a_race_should_last(
    clocks: tuple[str, ...], planned: int | None
) -> None:
    played = Played()
    played.at(0, block(TABLE, {"r1": {"no": "7"}}, clock="text|"))
    played.at(10, "light|lg|", *(f"dyn1|{clock}" for clock in clocks))

    assert played.state.planned_ms == planned

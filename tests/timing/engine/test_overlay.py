from __future__ import annotations

from operator import itemgetter
from typing import Any

import pytest

from tests.timing.engine.followed import Followed, play, watch
from tests.timing.simulated import simulated
from timing.engine.board import Row, make_board
from timing.engine.overlay import OverlayMaker, overlay
from timing.engine.state import Car, RaceState, evolve, with_car
from timing.engine.watch import Rule, TeamWatch, Watched, resolve
from timing.simulators.build import build_feed

WATCH = TeamWatch(
    "a",
    "Undercut",
    (
        Watched(1, "ours", "number", "7", note="Ada, Bo"),
        Watched(2, "ours", "number", "70"),
        Watched(3, "rival", "number", "8", note="pits early"),
    ),
    (
        Rule(1, "stint", "ours", threshold=2_700_000),
        Rule(2, "stint", "ours", monitor=2, threshold=1_800_000),
    ),
)


def car(key: str, number: str, start: int, lap: int, **fields: Any) -> Car:
    ends = tuple(start + n * lap for n in range(13))
    more = {"laps": 12, "line_times": ends, "best_ms": lap, "status": "run", "stint": 1, **fields}
    return Car(key, number=number, **more)


STATE = RaceState(
    "race-1",
    0,
    0,
    cars={
        "r1": car("r1", "7", 0, 60_000, driver="ADA REED", stint=2, stint_at=300_000),
        "r2": car("r2", "8", 7_000, 59_500, driver="CY VANE"),
        "r3": car("r3", "70", 1_000, 60_000, in_pit=True, status="pit", pit_at=724_000, stint=3),
        "r4": car("r4", "9", 2_000, 60_000),
    },
)
RESOLVED = resolve(WATCH, STATE)


def test_an_overlay_tells_how_ours_stand_to_those_they_watch() -> None:
    assert overlay(RESOLVED, STATE, shift=5) == {
        "race": "race-1",
        "plan": "Undercut",
        "own": "r1",
        "ours": [
            {
                "key": "r1",
                "number": "7",
                "note": "Ada, Bo",
                "monitor": 1,
                "driver": "ADA REED",
                "stint": 2,
                "stint_at": 300_005,
                "pit_at": None,
                "stint_limit_ms": 2_700_000,
            },
            {
                "key": "r3",
                "number": "70",
                "note": "",
                "monitor": 2,
                "driver": "",
                "stint": 3,
                "stint_at": None,
                "pit_at": 724_005,
                "stint_limit_ms": 1_800_000,
            },
        ],
        "watched": [
            {
                "key": "r3",
                "number": "70",
                "kind": "ours",
                "monitor": 2,
                "note": "",
                "gap": [0, 1_000],
                "ahead": False,
                "closing_ms": None,
                "catch_laps": None,
                "chaser": None,
                "trend": [1_000] * 10,
            },
            {
                "key": "r2",
                "number": "8",
                "kind": "rival",
                "monitor": 3,
                "note": "pits early",
                "gap": [0, 1_000],
                "ahead": False,
                "closing_ms": 500,
                "catch_laps": 2,
                "chaser": "they",
                "trend": list(range(5_500, 999, -500)),
            },
        ],
    }


def test_without_one_of_ours_rivals_stand_alone() -> None:
    made = overlay(resolve(TeamWatch("a", "", WATCH.watched[2:]), STATE), STATE)

    assert (made["own"], made["ours"]) == (None, [])
    assert [(one["gap"], one["trend"]) for one in made["watched"]] == [(None, [])]


def test_ranked_by_best_only_the_gap_of_bests_is_told() -> None:
    made = overlay(RESOLVED, evolve(STATE, ranking="best"))

    assert made["watched"][1] == {
        "key": "r2",
        "number": "8",
        "kind": "rival",
        "monitor": 3,
        "note": "pits early",
        "gap": [0, 500],
        "ahead": True,
        "closing_ms": None,
        "catch_laps": None,
        "chaser": None,
        "trend": [],
    }


@pytest.mark.parametrize(
    ("key", "change"),
    [
        ("r4", {"laps": 13}),  # nobody watches it
        ("r2", {"gap": (0, 4_000), "last_ms": 59_900, "lap_count": 13}),  # not in an overlay
    ],
)
def test_while_nothing_in_it_changes_it_is_the_same_object(
    key: str, change: dict[str, Any]
) -> None:
    maker = OverlayMaker()
    first = maker.make(RESOLVED, STATE)

    assert maker.make(RESOLVED, with_car(STATE, evolve(STATE.cars[key], **change))) is first
    assert maker.make(RESOLVED, STATE) is first


def test_what_is_made_on_top_of_the_last_one_equals_one_made_anew() -> None:
    maker = OverlayMaker()
    maker.make(RESOLVED, STATE)
    ends = (*STATE.cars["r1"].line_times, 781_000)
    lapped = with_car(STATE, evolve(STATE.cars["r1"], laps=13, line_times=ends))
    driven = with_car(lapped, evolve(lapped.cars["r1"], driver="BO LARK"))

    for state in (lapped, driven, evolve(driven, ranking="best"), STATE):
        assert maker.make(RESOLVED, state) == overlay(RESOLVED, state)
    assert maker.make(RESOLVED, STATE, shift=9) == overlay(RESOLVED, STATE, shift=9)


# -- simulated races -----------------------------------------------------------------------------

WISH: dict[str, Any] = {"karts": 8, "minutes": 45, "seed": 9}


@pytest.mark.parametrize("mishaps", ["", "all"])
def test_overlays_of_a_race_are_those_made_anew(mishaps: str) -> None:
    made = simulated(**WISH, mishaps=mishaps)
    followed = Followed(watch(made, "a", 0))

    for count, frame in enumerate(made.frames):
        followed.frame(*frame)
        followed.look()
        state = followed.pipeline.current
        if count % 40 == 0 and state is not None:
            watcher = followed.watcher("a", state.id)
            assert watcher.overlay(state) == overlay(resolve(watcher.watch, state), state)


@pytest.mark.parametrize("mishaps", ["", "all"])
def test_an_overlay_never_contradicts_the_board_beside_it(mishaps: str) -> None:
    made = simulated(**WISH, mishaps=mishaps)
    team = watch(made, "a", 2, rivals=7)
    followed = Followed()
    alike = neighbours = 0

    for count, frame in enumerate(made.frames):
        followed.frame(*frame)
        followed.taken()
        state = followed.pipeline.current
        if count % 10 or state is None or state.ranking != "laps":
            continue
        rows, told = make_board(state)["rows"], overlay(resolve(team, state), state)
        for other in told["watched"]:
            ours, theirs = rows[told["own"]], rows[other["key"]]
            front, behind = sorted((ours, theirs), key=itemgetter("pos"))
            assert other["ahead"] is (front is theirs)
            if other["gap"] is None or other["gap"][1] is None:
                continue
            if behind["pos"] - front["pos"] == 1 and behind["interval"] is not None:
                neighbours += 1
                assert other["gap"] == behind["interval"]
            elif front["laps"] == behind["laps"] and _on_lead_lap(front, behind):
                alike += 1
                apart = behind["gap"][1] - (front["gap"] or (0, 0))[1]
                assert abs(other["gap"][1] - apart) <= 250
    assert alike > 100
    assert neighbours > 100


def _on_lead_lap(front: Row, behind: Row) -> bool:
    first = front["pos"] == 1 or (front["gap"] is not None and front["gap"][0] == 0)
    return first and behind["gap"] is not None and behind["gap"][0] == 0


@pytest.mark.parametrize("mishaps", ["", "all"])
def test_trends_are_what_really_was_between_the_two(mishaps: str) -> None:
    """Where laps were lost there is nothing, and never a wrong number. Penalties move the count or
    the time, so who has one is not asked."""
    made = simulated(**WISH, mishaps=mishaps)
    feed = build_feed(**WISH, mishaps=mishaps)
    list(feed.frames())
    race = feed.races[0]
    fined = {message.car for message in race.messages if message.laps or message.ms}
    fair = [car for car in race.cars if car.index not in fined]
    crossed = {car.plan.row: race.standings.crossed[car.index] for car in fair}
    marks = tuple(
        Watched(place, "rival" if place else "ours", "name", car.name)
        for place, car in enumerate(fair)
    )

    overlays = play(made, TeamWatch("a", "", marks)).overlays

    compared = 0
    for told in overlays:
        for other in told["watched"]:
            if told["own"] and told["race"] == overlays[0]["race"]:
                trend = [ms for ms in other["trend"] if ms is not None]
                assert _really_was(trend, crossed[told["own"]], crossed[other["key"]])
                compared += len(trend)
    assert compared > 200


def _really_was(trend: list[int], own: list[int], other: list[int]) -> bool:
    """Whether these are the times between the two at some laps in a row; frames are batches of
    200 ms."""
    apart = [theirs - ours for ours, theirs in zip(own, other, strict=False)]
    spans = (apart[last - len(trend) : last] for last in range(len(trend), len(apart) + 1))
    return any(
        all(abs(ms - true) <= 600 for ms, true in zip(trend, span, strict=True)) for span in spans
    )

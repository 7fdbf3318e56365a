from __future__ import annotations

from dataclasses import replace

import pytest

from timing.engine.state import Car, RaceState, evolve, with_car
from timing.engine.watch import (
    Found,
    Rule,
    TeamWatch,
    Watched,
    changed_cars,
    renamed,
    resolve,
)
from timing.engine.watcher import Watcher

RACE = "race-1"


def race(*cars: Car) -> RaceState:
    return RaceState(RACE, 0, 0, cars={car.key: car for car in cars})


STATE = race(
    Car("r1", number="7", competitor="OTTERS"),
    Car("r2", number="8", competitor="Mud  Larks"),
    Car("r3", number="007", competitor="Sea Owls"),
    Car("r4", number="8", competitor="", driver="ADA REED"),
    Car("r5", number="12", competitor="GONE", listed=False),
)


def mark(by: str, value: str, kind: str = "rival", monitor: int = 1, **more: str) -> Watched:
    return Watched(monitor, kind, by, value, **more)


@pytest.mark.parametrize(
    ("watched", "keys"),
    [
        (mark("number", "7"), ["r1"]),
        (mark("number", " 7 "), ["r1"]),
        (mark("number", "007"), ["r3"]),  # another number than 7
        (mark("number", "8"), ["r2", "r4"]),  # two cars carry it
        (mark("number", "99"), []),
        (mark("number", ""), []),
        (mark("name", "mud larks"), ["r2"]),
        (mark("name", " MUD\tLARKS "), ["r2"]),
        (mark("name", "Ada Reed"), ["r4"]),  # the board shows the driver for who has no name
        (mark("name", "otter"), []),
        (mark("name", "gone"), []),  # has left the table
        (mark("number", "12"), []),
        (mark("entry", "7", entry_key="r1", race=RACE), ["r1"]),
        (mark("entry", "7", entry_key="r1", race="another"), []),
        (mark("entry", "12", entry_key="r5", race=RACE), []),
        (mark("entry", "1", entry_key="r9", race=RACE), []),
    ],
)
def test_a_mark_finds_its_cars(watched: Watched, keys: list[str]) -> None:
    found = resolve(TeamWatch("a", "", (watched,)), STATE).found

    assert [one.key for one in found] == keys


def test_ours_come_first_and_a_car_is_of_its_first_mark() -> None:
    watch = TeamWatch(
        "a",
        "Undercut",
        (
            mark("number", "8", monitor=1),
            mark("name", "otters", "ours", monitor=2, note="us"),
            mark("name", "mud larks", "ours", monitor=3),
        ),
    )

    resolved = resolve(watch, STATE)

    assert resolved.found == (
        Found("r1", 2, "ours", "us"),
        Found("r2", 1, "rival", ""),
        Found("r4", 1, "rival", ""),
    )
    assert (resolved.own, resolved.plan, resolved.keys) == (
        "r1",
        "Undercut",
        frozenset(("r1", "r2", "r4")),
    )


def test_without_one_of_ours_in_the_race_nothing_is_measured_from() -> None:
    watch = TeamWatch("a", "", (mark("number", "99", "ours"), mark("number", "7")))

    assert resolve(watch, STATE).own is None


@pytest.mark.parametrize(
    ("rule", "keys"),
    [
        (Rule(1, "pit_in", "ours"), {"r1"}),
        (Rule(1, "pit_in", "rivals"), {"r2", "r4"}),
        (Rule(1, "pit_in", "watched"), {"r1", "r2", "r4"}),
        (Rule(1, "pit_in", "any"), None),
        (Rule(1, "pit_in", "ours", monitor=2), {"r2", "r4"}),
        (Rule(1, "flag", "ours"), None),
    ],
)
def test_a_rule_looks_at_the_entries_of_its_subject(rule: Rule, keys: set[str] | None) -> None:
    marks = (mark("number", "7", "ours", 1), mark("number", "8", "rival", 2))

    (duty,) = resolve(TeamWatch("a", "", marks, (rule,)), STATE).duties[rule.kind]

    assert (duty.rule, duty.keys) == (rule, keys)


def test_a_rule_without_an_entry_here_has_nothing_to_do() -> None:
    watch = TeamWatch("a", "", (mark("number", "7"),), (Rule(1, "pit_in", "ours"),))

    assert resolve(watch, STATE).duties == {}


def test_changed_cars_are_those_that_are_other_objects() -> None:
    newer = with_car(STATE, evolve(STATE.cars["r2"], laps=3))
    entered = with_car(newer, Car("r6"))

    assert changed_cars(STATE.cars, STATE.cars) == []
    assert changed_cars(STATE.cars, newer.cars) == [(STATE.cars["r2"], newer.cars["r2"])]
    assert changed_cars(STATE.cars, entered.cars) == [
        (STATE.cars["r2"], newer.cars["r2"]),
        (None, Car("r6")),
    ]


def test_cars_in_another_order_are_no_change() -> None:
    turned = dict(reversed(STATE.cars.items()))

    assert changed_cars(STATE.cars, turned) == []


@pytest.mark.parametrize(
    ("key", "change", "by", "expected"),
    [
        ("r1", {"laps": 3}, {"number", "name"}, False),
        ("r1", {"number": "70"}, {"number"}, True),
        ("r1", {"number": "70"}, {"name"}, False),
        ("r1", {"competitor": "OTTERS 2"}, {"name"}, True),
        ("r1", {"driver": "BO LARK"}, {"name"}, False),
        ("r4", {"driver": "BO LARK"}, {"name"}, True),
        ("r1", {"listed": False}, {"entry"}, True),
    ],
)
def test_a_watch_is_looked_up_again_where_names_change(
    key: str, change: dict[str, object], by: set[str], expected: bool
) -> None:
    newer = with_car(STATE, evolve(STATE.cars[key], **change))

    assert renamed(changed_cars(STATE.cars, newer.cars), by=by) is expected


def test_a_watcher_finds_its_cars_anew_only_where_names_changed() -> None:
    watcher = Watcher(TeamWatch("a", "", (mark("number", "7"),)))
    first = watcher.resolved(STATE)
    lapped = with_car(STATE, evolve(STATE.cars["r1"], laps=3))
    swapped = with_car(lapped, replace(lapped.cars["r1"], number="9"))

    assert watcher.resolved(evolve(lapped, last_seen_at=2_000)) is first
    assert watcher.resolved(evolve(swapped, last_seen_at=3_999)) is first  # not looked up yet
    assert watcher.resolved(evolve(swapped, last_seen_at=4_000)).found == ()


def test_after_a_snapshot_a_watcher_finds_its_cars_anew() -> None:
    watcher = Watcher(TeamWatch("a", "", (mark("number", "7"),)))
    watcher.resolved(STATE)
    swapped = with_car(STATE, replace(STATE.cars["r1"], number="9"))

    assert watcher.resolved(evolve(swapped, columns=frozenset(("no",)))).found == ()

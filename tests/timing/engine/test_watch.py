from __future__ import annotations

import pytest

from tests.timing.apex_feed import Played, Table, block
from timing.engine.state import Car, RaceState, evolve, with_car
from timing.engine.watch import (
    Found,
    Rule,
    TeamWatch,
    Watched,
    changed_cars,
    resolve,
    same_name,
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


@pytest.mark.parametrize("name", ["Straßen Bande", " STRASSEN  BANDE\t", "strassen\u00a0bande"])
def test_names_are_the_same_but_for_case_and_spaces(name: str) -> None:
    assert same_name(name) == "strassen bande"


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


TABLE = Table("sta", "rk", "no", "dr:Team", "llp")


def under_way() -> Played:
    played = Played()
    rows = {"r1": {"no": "7", "dr": "OTTERS"}, "r2": {"no": "8"}}
    played.at(0, block(TABLE, rows, light="lg"))
    played.at(1, "r1|*||", "r2|*||")
    return played


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        (TABLE.cell("r1", "llp", "tn", "1:00.000"), False),
        (TABLE.cell("r1", "no", "no1", "7"), False),
        (TABLE.cell("r1", "no", "no1", "70"), True),
        (TABLE.cell("r1", "dr:Team", "dr", "OTTERS 2"), True),
        (TABLE.cell("r1", "dr:Team", "drteam", "BO LARK [0:00]"), False),  # its driver
        (TABLE.cell("r2", "dr:Team", "drteam", "BO LARK [0:00]"), True),  # of a nameless one
        ("r1|*in|0", False),
        (block(TABLE, {"r1": {"no": "7", "dr": "OTTERS"}}, light="lg"), True),
    ],
)
def test_a_race_knows_when_its_entries_are_called_otherwise(line: str, expected: bool) -> None:
    played = under_way()
    before = played.state.names

    played.at(61, line)

    assert (played.state.names != before) is expected


def test_a_watcher_finds_its_cars_anew_only_where_names_changed() -> None:
    played = under_way()
    watcher = Watcher(TeamWatch("a", "", (mark("number", "7"),)))
    first = watcher.resolved(played.state)
    played.at(61, TABLE.cell("r1", "llp", "tn", "1:00.000"))
    assert watcher.resolved(played.state) is first

    played.at(62, TABLE.cell("r2", "no", "no1", "9"))
    assert watcher.resolved(played.state) is first  # what it comes to is the same
    played.at(63, TABLE.cell("r1", "no", "no1", "70"))
    assert watcher.resolved(played.state).found == ()
    played.at(64, TABLE.cell("r2", "no", "no1", "7"))
    assert [one.key for one in watcher.resolved(played.state).found] == ["r2"]


def test_after_a_snapshot_a_watcher_finds_its_cars_anew() -> None:
    played = under_way()
    watcher = Watcher(TeamWatch("a", "", (mark("name", "voles"),)))
    assert watcher.resolved(played.state).found == ()

    played.at(60, block(TABLE, {"r1": {"no": "7"}, "r2": {"no": "8", "dr": "Voles"}}, light="lg"))
    assert [one.key for one in watcher.resolved(played.state).found] == ["r2"]

"""The pit lane, stints and drivers of one entry."""

from __future__ import annotations

from typing import Any

import pytest

from tests.timing.apex_feed import RACE, Played, Table, block
from timing.engine.cars import TRANSITIONS
from timing.engine.events import Crossed, LapCompleted, PitIn, PitOut
from timing.engine.facts import DriverFact, LapFact, LapGapFact, PitStopFact, StintFact
from timing.engine.reducer import reduce
from timing.engine.state import Car, RaceState

TABLE = Table(*RACE)
NAME = TABLE.columns[3]


def racing() -> Played:
    """Green, and everybody over the line."""
    played = Played()
    played.at(0, block(TABLE, {"r1": {"no": "7", "dr": "OTTERS"}, "r2": {"no": "8"}}))
    played.at(10, "light|lg|", "r1|*||", "r2|*||")
    return played


def lap(played: Played, seconds: float, value: str) -> None:
    played.at(seconds, TABLE.cell("r1", "llp", "tn", value), "r1|*|60000|")


def drives(name: str) -> str:
    return TABLE.cell("r1", NAME, "drteam", name)


def ms(seconds: float | None) -> int | None:
    return None if seconds is None else Played.ms(seconds)


def stop(number: int, lap: int, came: float | None, left: float | None) -> PitStopFact:
    return PitStopFact("r1", number, lap, ms(came), ms(left))


def stint(number: int, driver: str, *rest: Any) -> StintFact:
    first, last, began, ended = rest
    return StintFact("r1", number, driver, first, last, ms(began), ms(ended))


def test_a_stop_lasts_from_entry_to_exit() -> None:
    played = racing()
    lap(played, 70, "1:00.000")
    played.at(100, "r1|*in|0", TABLE.cell("r1", "sta", "si"))
    played.at(160, "r1|*out|0", TABLE.cell("r1", "sta", "so"))
    lap(played, 190, "2:00.000")
    lap(played, 250, "1:00.100")

    assert played.facts(PitStopFact, "r1") == [stop(1, 1, 100, 160)]
    assert played.facts(PitStopFact, "r1")[0].duration_ms == 60_000
    assert [(fact.number, fact.pit) for fact in played.facts(LapFact, "r1")] == [
        (1, False),
        (2, True),
        (3, False),
    ]


def test_a_stint_runs_from_exit_to_entry() -> None:
    played = racing()
    played.at(15, drives("ADA REED [0:00]"))
    lap(played, 70, "1:00.000")
    played.at(100, "r1|*in|0")
    played.at(130, drives("BO LARK [0:00]"))
    played.at(160, "r1|*out|0")
    lap(played, 190, "2:00.000")
    lap(played, 250, "1:00.100")
    played.at(280, "light|lf|")
    played.at(310, TABLE.cell("r1", "sta", "sf"), TABLE.cell("r1", "llp", "tn", "1:00.200"))

    assert played.facts(StintFact, "r1") == [
        stint(1, "ADA REED", 1, 1, 10, 100),
        stint(2, "BO LARK", 2, 4, 160, 310),
    ]
    assert [fact.driver for fact in played.facts(LapFact, "r1")] == [
        "ADA REED",
        "BO LARK",
        "BO LARK",
        "BO LARK",
    ]


def test_a_missed_entry_leaves_a_stop_without_one() -> None:
    played = racing()
    lap(played, 70, "1:00.000")
    played.at(160, "r1|*out|0")

    assert played.facts(PitStopFact, "r1") == [stop(1, 1, None, 160)]
    assert played.car("r1").status == "out"


def test_a_missed_exit_leaves_a_stop_without_one() -> None:
    played = racing()
    lap(played, 70, "1:00.000")
    played.at(100, "r1|*in|0")
    lap(played, 200, "2:10.000")

    assert played.facts(PitStopFact, "r1") == [stop(1, 1, 100, None)]
    assert (played.car("r1").status, played.car("r1").in_pit) == ("run", False)


def test_the_line_may_be_crossed_while_entering() -> None:
    """Where timing lies in the pit lane, the crossing follows the entry within a moment."""
    played = racing()
    played.at(70, "r1|*in|0")
    played.at(70.5, "r1|*|60000|")

    assert played.car("r1").in_pit
    assert played.facts(PitStopFact, "r1") == [stop(1, 0, 70, None)]


def test_leaving_the_pit_before_the_start_is_no_stop() -> None:
    played = Played()
    played.at(0, block(TABLE, {"r1": {"no": "7"}}))
    played.at(5, "r1|*in|0")
    played.at(20, "light|lg|", "r1|*out|0")
    lap(played, 90, "1:05.000")

    assert played.facts(PitStopFact, "r1") == []
    assert [(s.number, s.first_lap) for s in played.facts(StintFact, "r1")] == [(1, 1)]


def test_going_in_after_the_flag_is_no_stop() -> None:
    played = racing()
    lap(played, 70, "1:00.000")
    played.at(100, "light|lf|")
    played.at(130, TABLE.cell("r1", "sta", "sf"), TABLE.cell("r1", "llp", "tn", "1:00.200"))
    played.at(150, "r1|*in|0")

    assert played.facts(PitStopFact, "r1") == []
    assert played.car("r1").status == "finished"


def test_the_reset_of_a_status_never_ends_a_stop() -> None:
    played = racing()
    played.at(40, TABLE.cell("r1", "sta", "si"))
    played.at(50, TABLE.cell("r1", "sta", "in"))
    played.at(60, TABLE.cell("r1", "sta", "ss"))

    assert (played.car("r1").in_pit, played.car("r1").status) == (True, "pit")


def test_a_driver_is_named_once_and_his_time_kept() -> None:
    played = racing()
    for at, shown in ((20, "ADA REED [0:00]"), (90, "ADA REED [0:01]"), (150, "BO LARK [0:00]")):
        played.at(at, drives(shown))
    played.at(160, drives("ADA REED [0:01]"))

    assert played.facts(DriverFact, "r1") == [
        DriverFact("r1", "ADA REED", 60_000, played.ms(90)),
        DriverFact("r1", "BO LARK", 0, played.ms(150)),
    ]
    assert played.car("r1").driver == "ADA REED"


def test_the_drivers_of_an_entry_are_bounded() -> None:
    played = racing()
    for n in range(1_000):
        played.at(20 + n, drives(f"DRIVER {n}"))

    assert len(played.car("r1").drivers) == 200


def test_a_stopped_kart_runs_again_when_it_crosses() -> None:
    played = racing()
    played.at(90, TABLE.cell("r1", "sta", "ss"))
    assert played.car("r1").status == "stopped"
    played.at(120, "r1|*|60000|")

    assert played.car("r1").status == "run"


@pytest.mark.parametrize("event", [Crossed, PitIn, PitOut])
@pytest.mark.parametrize("status", ["grid", "run", "pit", "out", "stopped", "slow", "finished"])
def test_what_no_transition_allows_changes_nothing_and_is_counted(event: Any, status: Any) -> None:
    car = Car("r1", status=status, in_pit=status == "pit")
    state = RaceState("x", 0, 0, cars={"r1": car})
    new, facts = reduce(state, event(5, "r1"))

    if (status, event) in TRANSITIONS:
        assert new.refused == 0
    else:
        assert (new.refused, new.cars, facts) == (1, state.cars, [])


def test_an_equal_lap_has_the_place_and_flag_of_its_crossing() -> None:
    played = racing()
    lap(played, 70, "1:00.000")
    played.at(130, "r1|#|1", "r1|*|60000|")
    played.at(130.4, "r1|#|2", "light|lf|")
    played.at(132, "")

    assert [(f.ms, f.position, f.flag, f.derived) for f in played.facts(LapFact, "r1")] == [
        (60_000, 1, "green", False),
        (60_000, 1, "green", True),
    ]
    assert played.car("r1").status == "run"


def test_the_best_lap_is_ours_where_the_feed_has_no_column_for_it() -> None:
    played = racing()
    for at, value in ((70, "1:00.000"), (130, "59.900"), (190, "1:00.200")):
        lap(played, at, value)

    assert (played.car("r1").best_ms, played.state.best_ms, played.state.best_key) == (
        59_900,
        59_900,
        "r1",
    )


def test_a_lap_of_an_entry_that_no_table_held_is_kept() -> None:
    state, facts = reduce(RaceState("x", 0, 0), LapCompleted(60_000, "r9", 60_000, (), ""))

    assert state.cars["r9"].laps == 1
    assert [type(fact) for fact in facts] == [StintFact, LapFact]


# -- the ends of laps ----------------------------------------------------------------------------

COUNTED = Table("sta", "rk", "no", "dr:Team", "llp", "tlp")


def counted(played: Played, row: str, seconds: float, lap: int, value: str) -> None:
    cells = COUNTED.cell(row, "llp", "tn", value), COUNTED.cell(row, "tlp", "in", str(lap))
    played.at(seconds, *cells, f"{row}|*|60000|")


def test_a_gap_is_not_measured_across_laps_that_were_missed() -> None:
    played = Played()
    rows = {"r1": {"no": "7", "dr": "OTTERS"}, "r2": {"no": "8", "dr": "VOLES"}}
    played.at(0, block(COUNTED, rows, light="lg"))
    played.at(1, "r1|*||", "r2|*||")
    for n in (1, 2):
        counted(played, "r1", 1 + 60 * n, n, f"1:00.00{n}")
    for n in (1, 2, 3, 4):
        counted(played, "r2", 1 + 62 * n, n, f"1:02.00{n}")
    assert played.board["rows"]["r2"]["gap"] is None  # by then they are ahead, as far as we know
    counted(played, "r1", 301, 5, "1:00.500")  # laps 3 and 4 were lost

    assert [(gap.after, gap.missed) for gap in played.facts(LapGapFact, "r1")] == [(2, 2)]
    assert played.car("r1").line_times == (ms(301),)
    assert played.board["rows"]["r2"]["gap"] is None  # and not 128 s
    counted(played, "r2", 311, 5, "1:02.005")
    assert played.board["rows"]["r2"]["gap"] == [0, 10_000]


def test_laps_end_when_their_times_say_and_not_when_frames_come() -> None:
    played = racing()
    lap(played, 70.15, "1:00.000")
    lap(played, 136, "1:00.100")  # the network hung
    lap(played, 190.3, "1:00.050")

    assert played.car("r1").line_times == tuple(ms(at) for at in (10, 70, 130.1, 190.15))


def test_seconds_of_penalties_are_known_and_may_be_taken_back() -> None:
    table = Table("sta", "rk", "no", "dr:Team", "llp", ":Penalty")
    played = Played()
    played.at(0, block(table, {"r1": {"no": "7"}}, light="lg"))
    for shown, known in (("10.000", 10_000), ("1 Lap 15.000", 15_000), ("1 Lap", 0), ("", 0)):
        played.at(10 + known / 1000, table.cell("r1", ":Penalty", "pena1", shown))
        assert played.car("r1").penalty_ms == known

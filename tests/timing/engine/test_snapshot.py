"""Coming late, coming back: what a snapshot tells, and what it does not."""

from __future__ import annotations

from tests.timing.apex_feed import Played, Table, block
from timing.engine.events import Clock
from timing.engine.facts import LapFact, LapGapFact, PitStopFact, StintFact
from timing.engine.snapshot import MAX_CARS, clock_jump

TABLE = Table("sta", "rk", "no", "dr:Team", "s1", "s2", "llp", "tlp", "otr", "pit")
START = {"r1": {"no": "7", "dr": "OTTERS"}, "r2": {"no": "8", "dr": "VOLES"}}


def racing() -> Played:
    played = Played()
    played.at(0, block(TABLE, START, light="lg"))
    played.at(1, "r1|*||", "r2|*||")
    played.at(61, TABLE.cell("r1", "tlp", "in", "1"), TABLE.cell("r1", "llp", "tn", "1:00.000"))
    return played


def back(played: Played, seconds: float, **cells: str | tuple[str, str]) -> None:
    row = {"no": "7", "dr": "OTTERS", "llp": "1:00.000", "tlp": "1"} | cells
    played.connect(seconds)
    played.at(seconds, block(TABLE, {"r1": row, "r2": START["r2"]}, light="lg"))


def test_who_is_met_in_mid_race_has_the_counts_of_the_feed() -> None:
    played = Played()
    row = {
        "sta": ("sr", ""),
        "no": "7",
        "llp": "1:00.000",
        "tlp": "41",
        "pit": "3",
        "otr": ("in", "0:21"),
    }
    played.at(0, block(TABLE, {"r1": row}, light="lg"))
    car = played.car("r1")

    assert (car.laps, car.stop_n, car.stint, car.last_ms) == (41, 3, 4, 60_000)
    assert car.stint_at == played.ms(0) - 21 * 60_000
    assert played.state.joined_late
    assert played.facts(LapFact, "r1") == []
    played.at(62, TABLE.cell("r1", "llp", "tn", "1:01.000"))
    assert [fact.number for fact in played.facts(LapFact, "r1")] == [42]


def test_a_first_lap_that_the_opening_shows_is_a_lap() -> None:
    """Some heats open when the quickest have crossed the line once."""
    played = Played()
    row = {"no": "7", "dr": "OTTERS", "llp": "52.339", "tlp": "1"}
    played.at(0, block(TABLE, {"r1": row, "r2": START["r2"]}, light="lg"))
    played.at(53, TABLE.cell("r1", "tlp", "in", "2"), TABLE.cell("r1", "llp", "tn", "53.000"))

    assert [(lap.number, lap.ms) for lap in played.facts(LapFact, "r1")] == [
        (1, 52_339),
        (2, 53_000),
    ]
    assert [(s.number, s.first_lap) for s in played.facts(StintFact, "r1")] == [(1, 1)]


def test_the_sectors_of_a_snapshot_are_of_its_last_lap_if_they_add_up_to_it() -> None:
    whole, torn = racing(), racing()
    back(whole, 150, sta=("sr", ""), llp="1:01.000", tlp="2", s1="30.500", s2="30.500")
    back(torn, 150, sta=("sr", ""), llp="1:01.000", tlp="2", s1="30.111", s2="30.500")

    assert whole.facts(LapFact, "r1")[-1].sectors == (30_500, 30_500)
    assert torn.facts(LapFact, "r1")[-1].sectors == (None, None)


def test_a_stop_that_began_while_nobody_listened_began_when_its_timer_says() -> None:
    played = racing()
    back(played, 120, sta=("si", ""), otr=("to", "0:20."), pit="1")

    assert played.facts(PitStopFact, "r1") == [PitStopFact("r1", 1, 1, played.ms(100), None)]
    played.at(160, "r1|*out|0")
    assert played.facts(PitStopFact, "r1")[0].duration_ms == 60_000


def test_a_stop_that_ended_while_nobody_listened_has_no_exit() -> None:
    played = racing()
    played.at(100, "r1|*in|0", TABLE.cell("r1", "pit", "in", "1"))
    back(played, 200, sta=("so", ""), pit="1")

    assert played.facts(PitStopFact, "r1") == [PitStopFact("r1", 1, 1, played.ms(100), None)]
    assert not played.car("r1").in_pit
    assert [s.number for s in played.facts(StintFact, "r1")] == [1, 2]


def test_stops_that_the_feed_counted_alone_are_stops_without_times() -> None:
    played = racing()
    back(played, 400, sta=("sr", ""), llp="1:02.000", tlp="5", pit="2")

    assert [(s.number, s.in_at, s.out_at) for s in played.facts(PitStopFact, "r1")] == [
        (1, None, None),
        (2, None, None),
    ]
    assert played.car("r1").stint == 3


def test_a_timer_that_stands_still_is_no_stop() -> None:
    played = racing()
    played.at(100, "r1|*in|0", TABLE.cell("r1", "pit", "in", "1"))
    played.at(150, "r1|*out|0")
    back(played, 155, sta=("so", ""), otr=("to", "0:50."), pit="1")

    assert len(played.facts(PitStopFact, "r1")) == 1


def test_who_left_the_table_is_kept_and_comes_back() -> None:
    played = racing()
    played.connect(100)
    played.at(100, block(TABLE, {"r2": START["r2"]}, light="lg"))
    assert played.board["order"] == ["r2"]
    back(played, 130)

    assert played.car("r1").laps == 1
    assert played.board["order"] == ["r1", "r2"]


def test_a_name_that_the_block_lacks_is_not_forgotten() -> None:
    played = racing()
    bare = Table("no", "llp", "tlp")
    played.at(100, block(bare, {"r1": {"no": "7", "llp": "1:00.000", "tlp": "1"}}, light="lg"))

    assert played.car("r1").competitor == "OTTERS"


def test_a_recorder_that_paused_is_told_by_the_clock_of_the_race() -> None:
    """Its own clock stood still, so only the countdown says how much time there was for laps."""
    before, now = Clock("countdown", 3_600_000, 0), Clock("countdown", 3_000_000, 60_000)

    assert clock_jump(before, now, 60_000) == 540_000
    assert clock_jump(before, Clock("countdown", 3_540_000, 60_000), 60_000) == 0
    assert clock_jump(before, Clock("text"), 60_000) == 0


def test_laps_of_a_paused_recorder_are_counted() -> None:
    played = Played()
    played.at(0, block(TABLE, START, light="lg", clock="countdown|3600000"))
    played.at(1, "r1|*||", "r2|*||")
    played.at(61, TABLE.cell("r1", "tlp", "in", "1"), TABLE.cell("r1", "llp", "tn", "1:00.000"))
    row = {"sta": ("sr", ""), "no": "7", "llp": "1:01.000", "tlp": "11"}
    later = block(TABLE, {"r1": row}, light="lg", clock="countdown|2930000")
    played.at(70, later)

    assert [(g.after, g.missed) for g in played.facts(LapGapFact, "r1")] == [(1, 9)]
    assert [fact.number for fact in played.facts(LapFact, "r1")] == [1, 11]


def test_a_race_holds_a_bounded_number_of_entries() -> None:
    played = Played()
    for start in range(1, 5_000, 900):
        rows = {f"r{n}": {"no": str(n)} for n in [1, *range(start, start + 900)]}
        played.at(start, TABLE.grid(rows) if start > 1 else block(TABLE, rows, light="lg"))

    assert max(len(state.cars) for state in played.pipeline.states.values()) <= MAX_CARS


def test_gaps_end_with_their_columns() -> None:
    """An operator took them off the table in mid race."""
    wide = Table("sta", "rk", "no", "dr:Team", "llp", "gap", "int")
    narrow = Table("sta", "rk", "no", "dr:Team", "llp", "int")
    row = {"no": "8", "dr": "VOLES", "llp": "1:00.000", "gap": "18.604", "int": "0.700"}
    played = Played()
    played.at(0, block(wide, {"r1": {"no": "7"}, "r2": row}, light="lg"))
    assert (played.car("r2").gap, played.car("r2").interval) == ((0, 18_604), (0, 700))

    played.at(60, block(narrow, {"r1": {"no": "7"}, "r2": row}, light="lg"))
    assert (played.car("r2").gap, played.car("r2").interval) == (None, (0, 700))
    played.at(120, block(TABLE, {"r1": {"no": "7"}, "r2": {"no": "8"}}, light="lg"))
    assert (played.car("r2").gap, played.car("r2").interval) == (None, None)

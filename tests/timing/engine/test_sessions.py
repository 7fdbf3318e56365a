"""Which race it is: re-sent blocks, blips, flickers, results shown again, ids used again."""

from __future__ import annotations

import uuid

import pytest

from tests.timing.apex_feed import BEST, FEED, RACE, Played, Table, block, said
from timing.engine.facts import LapFact

TABLE = Table(*RACE)
HEAT = Table(*BEST)
TEAMS = {"r1": {"no": "7", "dr": "OTTERS"}, "r2": {"no": "8", "dr": "VOLES"}}
START = said("12:00", "green", "Go")
END = said("13:00", "chequered", "Finish") + START


def rows(**last: str) -> dict[str, dict[str, str]]:
    return {
        row: cells | {"llp": last.get(row, "")}
        for row, cells in {
            "r1": {"no": "7", "dr": "OTTERS"},
            "r2": {"no": "8", "dr": "VOLES"},
        }.items()
    }


def started(name: str = "Final") -> Played:
    """A race under way: one lap each."""
    played = Played()
    played.at(0, block(TABLE, TEAMS, name=name))
    played.at(20, "light|lg|", f"com||{START}", "dyn1|countdown|3600000")
    played.at(80, TABLE.cell("r1", "llp", "tn", "1:00.000"))
    played.at(81, TABLE.cell("r2", "llp", "tn", "1:01.000"))
    return played


def finished() -> Played:
    played = started()
    played.at(3_620, "light|lf|", f"com||{END}", "dyn1|text|")
    played.at(3_625, TABLE.cell("r1", "sta", "sf"), TABLE.cell("r1", "llp", "tn", "1:00.500"))
    played.at(3_626, TABLE.cell("r2", "sta", "sf"), TABLE.cell("r2", "llp", "tn", "1:01.500"))
    return played


SHOWN = rows(r1="1:00.000", r2="1:01.000")
RESULT = rows(r1="1:00.500", r2="1:01.500")


def test_a_block_in_mid_race_is_the_same_race() -> None:
    played = started()
    race = played.state.id
    played.at(100, block(TABLE, SHOWN, light="lg", log=START))

    assert (played.state.id, played.car("r1").laps) == (race, 1)


def test_other_columns_in_mid_race_are_the_same_race() -> None:
    played = started()
    race = played.state.id
    other = Table("dr:Team", "no", "llp", "sta")
    played.at(100, block(other, SHOWN, light="lg", log=START))
    played.at(141, other.cell("r1", "llp", "tn", "1:01.000"))

    assert played.state.id == race
    assert [lap.ms for lap in played.facts(LapFact, "r1")] == [60_000, 61_000]


@pytest.mark.parametrize("seconds", [4, 80, 600])
def test_no_session_for_a_while_and_the_same_race_again(seconds: int) -> None:
    played = started()
    race = played.state.id
    played.at(100, "init|n|", "best|hide|", "track||")
    played.at(100 + seconds, block(TABLE, SHOWN, light="lg", log=START))

    assert (played.state.id, played.titles()) == (race, ["Final"])


def test_a_new_connection_is_the_same_race() -> None:
    played = started()
    race = played.state.id
    played.connect(200)
    played.at(201, block(TABLE, rows(r1="1:00.700", r2="1:01.700"), light="lg", log=START))

    assert played.state.id == race
    assert played.car("r1").laps > 1


def test_a_title_that_flickers_renames_nothing() -> None:
    played = started()
    played.at(100, "title2||Test")
    played.at(114, "title2||Final")
    played.at(160, TABLE.cell("r1", "llp", "tn", "1:00.100"))

    assert (played.state.name, played.titles()) == ("Final", ["Final"])


def test_a_title_that_stays_renames_the_race() -> None:
    played = started()
    race = played.state.id
    played.at(100, "title2||Grand Final")
    played.at(110, "title1||Summer")
    assert played.state.title == "Final"
    played.at(125, "r1|#|1")

    assert (played.state.id, played.state.title) == (race, "Summer - Grand Final")


def test_a_block_with_another_title_over_a_running_race_renames_it() -> None:
    played = started()
    race = played.state.id
    played.at(100, block(TABLE, SHOWN, name="Final B", light="lg", log=START))

    assert (played.state.id, played.state.name) == (race, "Final B")


def test_a_finished_race_shown_again_is_the_same_race() -> None:
    played = finished()
    race, laps = played.state.id, [fact.ms for fact in played.facts(LapFact, "r1")]
    heat = {"r1": {"no": "1", "dr": "ADA"}, "r2": {"no": "2", "dr": "BO"}}
    played.at(4_000, block(HEAT, heat, kind="p", name="Session 6", light="lg"))
    played.at(4_100, HEAT.cell("r1", "llp", "tn", "58.000"))
    played.at(9_000, block(TABLE, RESULT, light="lf", log=END))

    assert played.state.id == race
    assert [fact.ms for fact in played.facts(LapFact, "r1")] == laps
    assert played.titles() == ["Final", "Session 6"]


def test_a_finished_race_shown_again_without_its_log_is_the_same_race() -> None:
    played = finished()
    race = played.state.id
    played.at(4_000, "init|n|")
    played.at(9_000, block(TABLE, RESULT, light="lf"))

    assert played.state.id == race


def test_the_same_title_the_next_day_is_another_race() -> None:
    played = finished()
    race = played.state.id
    played.at(90_000, block(TABLE, TEAMS))
    played.at(90_020, "light|lg|", f"com||{said('13:00', 'green', 'Go')}")
    played.at(90_080, TABLE.cell("r1", "llp", "tn", "1:00.000"))

    assert played.state.id != race
    assert (played.car("r1").laps, played.titles()) == (1, ["Final", "Final"])


def test_a_race_that_is_started_anew_is_another_race() -> None:
    """False start: the counters begin again under the same title, with an empty log."""
    played = started()
    race = played.state.id
    played.at(300, block(TABLE, TEAMS))
    played.at(320, "light|lg|", f"com||{said('12:05', 'green', 'Go')}")
    played.at(380, TABLE.cell("r1", "llp", "tn", "1:00.200"))

    assert played.state.id != race
    assert [fact.ms for fact in played.facts(LapFact, "r1")] == [60_200]


def test_a_session_whose_opening_never_came_is_another_race() -> None:
    """The feed stayed open over the end of a race; a green flag with another log tells."""
    played = finished()
    race = played.state.id
    played.at(5_000, "light|lg|", f"com||{said('14:00', 'green', 'Go')}")

    assert played.pipeline.routing.current != race
    assert played.races[race].state is not None
    assert played.races[race].state.ended_at == played.ms(3_620)


def test_row_ids_used_again_in_the_next_heat_are_other_entries() -> None:
    played = Played()
    for number, (name, driver) in enumerate([("Heat 1", "ADA"), ("Heat 2", "BO")]):
        at = number * 700
        heat = {"r1": {"no": "5", "dr": driver}}
        played.at(at, block(HEAT, heat, kind="p", name=name, light="lg", clock="countdown|420000"))
        played.at(at + 60, HEAT.cell("r1", "llp", "tn", "59.000"))
        played.at(at + 430, "light|lf|")

    assert played.titles() == ["Heat 1", "Heat 2"]
    told = [
        [(car.driver, car.laps) for car in race.state.cars.values()]
        for race in played.races.values()
        if race.state
    ]
    assert told == [[("ADA", 1)], [("BO", 1)]]


def test_another_ranking_under_the_same_title_is_another_race() -> None:
    played = finished()
    race = played.state.id
    played.at(4_000, block(TABLE, TEAMS, kind="p"))
    played.at(4_100, TABLE.cell("r1", "llp", "tn", "1:02.000"))

    assert (played.state.id != race, played.state.ranking) == (True, "best")


def test_other_entries_under_the_same_title_are_another_race() -> None:
    played = started()
    race = played.state.id
    others = {f"r{n}": {"no": str(n), "dr": f"TEAM {n}", "llp": "1:09.000"} for n in range(5, 9)}
    played.at(400, block(TABLE, others, light="lg"))

    assert played.state.id != race


def test_we_were_away_for_longer_than_the_race_had_left() -> None:
    """No log tells, the title is the same; but the old countdown ran out hours ago."""
    played = Played()
    played.at(0, block(TABLE, TEAMS, light="lg", clock="countdown|600000"))
    played.at(61, TABLE.cell("r1", "llp", "tn", "1:00.000"))
    race = played.state.id
    played.connect(9_000)
    played.at(9_001, block(TABLE, rows(r1="1:02.000"), light="lg", clock="countdown|500000"))

    assert played.state.id != race


def test_a_race_that_was_ended_goes_on_when_the_flag_is_green_again() -> None:
    played = started()
    race = played.state.id
    played.at(200, "light|lf|")
    assert played.state.ended_at == played.ms(200)
    played.at(230, "light|lg|")

    assert (played.state.id, played.state.ended_at) == (race, None)


def test_ids_come_from_the_feed_and_the_recording_alone() -> None:
    first, second = started(), started()

    assert first.state.id == second.state.id
    assert uuid.UUID(first.state.id).version == 5
    assert first.state.id != FEED


def test_the_feed_remembers_a_bounded_number_of_races() -> None:
    played = Played()
    for n in range(60):
        heat = {"r1": {"no": "5", "dr": f"DRIVER {n}"}}
        played.at(n * 600, block(HEAT, heat, kind="p", name=f"Heat {n}", light="lg"))
        played.at(n * 600 + 60, HEAT.cell("r1", "llp", "tn", "59.000"))

    assert len(played.races) == 60
    assert len(played.pipeline.states) <= 25

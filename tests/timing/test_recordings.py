"""Real feeds, lap for lap, against a counter that shares no code with the decoder.

`told`: laps that came as changes of the last-lap cell. `shown`: those that only a new table shows,
run while nobody listened or, in some heats, before they opened. `equal`: crossings with the same
time as the lap before. `lost`: laps that the feed's own count proves and nobody saw.
"""

from __future__ import annotations

import gzip
import json
from collections import Counter
from dataclasses import dataclass
from typing import Any

import pytest

from tests.timing import naive
from tests.timing.captures import capture
from timing.engine.facts import LapFact, LapGapFact
from timing.report import Collected, collect, report

A3 = "apex-analyzer-v3/"


@dataclass(frozen=True)
class Expected:
    told: int
    shown: int
    equal: int
    lost: int
    races: int


RECORDINGS = {
    A3 + "24H_de_Brignoles_2026_20260530_103010": Expected(6_829, 117, 9, 31_245, 1),
    A3 + "30_+_1h30": Expected(1_736, 0, 0, 190, 3),
    A3 + "Brignoles_Qualifs_F1_20260530_083007": Expected(1_141, 0, 0, 0, 3),
    A3 + "Endurance_4H_Cap_Karting_20260531_061831": Expected(2_906, 27, 4, 124, 2),
    A3 + "circuit-de-lenclos_20260528_102506": Expected(0, 0, 0, 0, 1),
    A3 + "eupen": Expected(0, 0, 0, 0, 0),
    A3 + "firstkartinn": Expected(0, 0, 0, 0, 1),
    A3 + "gokartcentralen-kungalv_20260528_192134": Expected(1_678, 6, 1, 0, 53),
    A3 + "kartevora_20260528_192127": Expected(3_902, 27, 1, 33, 23),
    A3 + "mariembourg_4h_fun_20260517": Expected(4_017, 20, 1, 0, 1),
    A3 + "saintes_26H": Expected(3_978, 0, 1, 1, 1),
    "stintpro/demo-race": Expected(599, 0, 3, 0, 1),
    "stintpro/sevilla-categorias": Expected(443, 0, 2, 0, 2),
}


def laps_by_row(races: dict[str, Collected], *, derived: bool) -> Counter[str]:
    found: Counter[str] = Counter()
    for race in races.values():
        for fact in race.facts.get(LapFact, {}).values():
            found[fact.entry] += fact.derived is derived
    return +found


@pytest.mark.parametrize("name", RECORDINGS)
def test_a_recording_holds_the_laps_that_its_feed_shows(name: str) -> None:
    path, expected = capture(f"{name}.jsonl.gz"), RECORDINGS[name]
    pipeline, races = collect(path)
    counted = naive.Counter().read(path)
    by_row = Counter(counted.told) + Counter(counted.shown)

    assert laps_by_row(races, derived=False) == by_row
    assert (
        Expected(
            told=sum(counted.told.values()),
            shown=sum(counted.shown.values()),
            equal=laps_by_row(races, derived=True).total(),
            lost=sum(
                gap.missed
                for race in races.values()
                for gap in race.facts.get(LapGapFact, {}).values()
            ),
            races=sum(race.state is not None and race.state.was_run for race in races.values()),
        )
        == expected
    )
    assert (pipeline.faults, pipeline.adapter.counters.errors) == (0, 0)


TITLES = {
    A3 + "24H_de_Brignoles_2026_20260530_103010": [
        ("race", "LES 24H DE BRIGNOLES 2026 - COURSE 24H", True),
    ],
    A3 + "Brignoles_Qualifs_F1_20260530_083007": [
        ("practice", "LES 24H DE BRIGNOLES 2026 - ESSAIS LIBRES - 1H", True),
        ("qualifying", "LES 24H DE BRIGNOLES 2026 - QUALIF - Q1: 10 Minutes", True),
        ("qualifying", "LES 24H DE BRIGNOLES 2026 - QUALIF - Q2: Moy 5 tours", True),
    ],
    A3 + "30_+_1h30": [
        ("race", "30 + 1h30 - Finale", True),
        ("qualifying", "Safran 30 + 1h30 - Chronos", True),
        ("race", "Safran 30 + 1h30 - Finale", False),
    ],
    A3 + "mariembourg_4h_fun_20260517": [("race", "ENDURANCE FUN 4H - Course", False)],
    A3 + "saintes_26H": [("race", "26H de Saintes 2026 6e Edition - Finale", False)],
}


@pytest.mark.parametrize("name", TITLES)
def test_the_races_of_a_recording_are_those_that_were_run(name: str) -> None:
    races = report(capture(f"{name}.jsonl.gz"))["races"]

    assert [(race["kind"], race["title"], race["ended"]) for race in races] == TITLES[name]


def test_the_same_row_in_the_next_heat_is_another_entry() -> None:
    races = report(capture(f"{A3}gokartcentralen-kungalv_20260528_192134.jsonl.gz"))["races"]
    names = {(race["title"], entry["competitor"]) for race in races for entry in race["entries"]}
    rows = {entry["row"] for race in races for entry in race["entries"]}

    assert max(lap["n"] for race in races for e in race["entries"] for lap in e["laps"]) < 40
    assert len(names) > 3 * len(rows) / 2


# -- a day's race against what the timing computer had of it -------------------------------------


def of_the_timing_computer() -> dict[str, Any]:
    with gzip.open(capture("brignoles_truth_dev.json.gz"), "rt") as file:
        teams: dict[str, Any] = json.load(file)["teams"]
    return teams


@pytest.fixture(scope="module")
def day() -> dict[str, list[dict[str, Any]]]:
    path = capture(f"{A3}24H_de_Brignoles_2026_20260530_103010.jsonl.gz")
    (race,) = report(path)["races"]
    return {entry["row"]: entry["laps"] for entry in race["entries"]}


def test_ten_teams_of_a_day_agree_lap_for_lap(day: dict[str, list[dict[str, Any]]]) -> None:
    """But for r44414: race control gave it a lap back while the recorder was off for five hours, so
    the feed counts one more than the timing computer's list of laps from then on.
    """
    differing, common = [], 0
    for team, known in of_the_timing_computer().items():
        theirs = {lap["lap"]: lap["lap_ms"] for lap in known["laps"]}
        ours = {lap["n"]: lap["ms"] for lap in day[f"r{team}"]}
        both = theirs.keys() & ours.keys()
        common += len(both)
        differing += [f"r{team}" for n in both if theirs[n] != ours[n]]

    assert Counter(differing) == {"r44414": 120}
    assert common == 1_871


def test_the_team_that_got_a_lap_back_agrees_in_order(
    day: dict[str, list[dict[str, Any]]],
) -> None:
    theirs = {lap["lap"]: lap["lap_ms"] for lap in of_the_timing_computer()["44414"]["laps"]}
    ours = {lap["n"]: lap["ms"] for lap in day["r44414"]}
    early = {n: ms for n, ms in ours.items() if n in theirs and n < 850}
    late = {n: ms for n, ms in ours.items() if n - 1 in theirs and n >= 850}

    assert (len(early), len(late)) == (63, 121)
    assert early == {n: theirs[n] for n in early}
    assert late == {n: theirs[n - 1] for n in late}

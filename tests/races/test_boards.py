from __future__ import annotations

import json

import pytest

from races.boards import _ink, board_of_race
from teams.scoping import scope
from tests import factories as make
from timing.engine.board import make_board
from timing.engine.events import Message
from timing.engine.state import Car, Logged, RaceState

pytestmark = pytest.mark.django_db
T0 = int(make.after(0).timestamp() * 1000)


@pytest.fixture
def team():
    return make.team()


@pytest.fixture
def feed(team):
    return make.followed_feed(team)


def board(team, race):
    with scope(team):
        found = board_of_race(race)
    assert json.loads(json.dumps(found)) == found, "plain JSON, as on the wire"
    return found


def test_board_of_a_race_says_what_the_facts_say(team, feed):
    race = make.race(
        feed,
        event="Cup",
        name="Final",
        track_name="Circuit",
        track_length_m=1000,
        language="fr",
        leader_laps=2,
        best_ms=60_000,
    )
    winner = make.entry(
        race, key="r7", number="07", competitor="Winner", position=1, stops=1,
        colour="#0080ff", class_name="Pro", nationality="FRA", penalty="5 s", status="finished",
    )  # fmt: skip
    ada = make.driver(winner, "Ada")
    make.lap(winner, 1, 61_000, position=3, at=make.after(61), driver=ada)
    make.lap(
        winner, 2, 60_000, position=1, at=make.after(121), driver=ada, sectors=[30_000, None, 9]
    )
    winner.laps, winner.last_ms, winner.best_ms = 2, 60_000, 60_000
    make.stint(winner, 1)
    make.stint(winner, 2, first_lap=2, driver=ada, started_at=make.after(70))
    make.pit_stop(winner, 1, lap=1, in_at=make.after(62), out_at=make.after(70))
    with scope(team):
        winner.__class__._base_manager.filter(pk=winner.pk).update(
            laps=2, last_ms=60_000, best_ms=60_000
        )
    make.message(race, key="a", order=0, text="old", at=make.after(5))
    make.message(race, key="b", order=1, text="new", kind="flag", number="7", local_time="10:02")
    make.message(race, key="c", order=2, text="not so", withdrawn_at=make.after(9))
    make.flag_period(race, 1, "green")
    make.flag_period(race, 2, "chequered", started_at=make.after(3600))

    assert board(team, race) == {
        "race": str(race.pk),
        "session": {
            "event": "Cup",
            "name": "Final",
            "kind": "race",
            "ranking": "laps",
            "track": "Circuit",
            "track_length_m": 1000,
            "language": "fr",
            "flag": "chequered",
            "flag_at": T0 + 3_600_000,
            "clock": {"mode": "off", "ms": None, "at": None, "text": ""},
            "started_at": T0,
            "ended": True,
            "sectors": 3,
            "leader_laps": 2,
            "best_ms": 60_000,
            "best_key": "r7",
            "banner": None,
            "degraded": False,
        },
        "classes": {"c0080FF": {"colour": "#0080FF", "ink": "#000000"}},
        "order": ["r7"],
        "rows": {
            "r7": {
                "key": "r7",
                "pos": 1,
                "moved": 2,
                "number": "07",
                "class": "c0080FF",
                "category": "Pro",
                "competitor": "Winner",
                "driver": "Ada",
                "nation": "FRA",
                "laps": 2,
                "last_ms": 60_000,
                "last_mark": "best",
                "best_ms": 60_000,
                "best_mark": "best",
                "sectors": [[30_000, ""], [None, ""], [9, ""]],
                "gap": None,
                "interval": None,
                "stint": 2,
                "stint_at": T0 + 70_000,
                "pit_at": None,
                "stops": 1,
                "state": "finished",
                "penalty": "5 s",
                "crossed_at": T0 + 121_000,
            }
        },
        "messages": [
            said("c", None, "", "", "", "not so", withdrawn=True),
            said("b", None, "10:02", "flag", "7", "new"),
            said("a", T0 + 5000, "", "", "", "old"),
        ],
    }


def said(key, at, time, kind, number, text, *, withdrawn=False):
    return {
        "id": key,
        "at": at,
        "time": time,
        "kind": kind,
        "number": number,
        "text": text,
        "withdrawn": withdrawn,
    }


def test_board_has_the_shape_of_a_live_one(team, feed):
    """Made of memory or of facts, a page cannot tell."""
    race = make.full_race(feed, entries=1)
    message = Logged("k", 0, Message("10:00", "", "", ""), "", None)
    state = RaceState(
        id="x", first_seen_at=0, last_seen_at=0, cars={"r1": Car(key="r1")}, log=(message,)
    )
    live, ours = make_board(state), board(team, race)

    assert list(ours) == list(live)
    assert set(ours["session"]) == set(live["session"])
    assert set(ours["messages"][0]) == set(live["messages"][0])
    (row,), (live_row,) = ours["rows"].values(), live["rows"].values()
    assert set(row) == set(live_row)


def test_a_driver_who_is_the_competitor_is_named_once(team, feed):
    race = make.race(feed)
    kart = make.entry(race, key="r1", competitor="Ada")
    make.lap(kart, 1, driver=make.driver(kart, "Ada"))

    assert board(team, race)["rows"]["r1"]["driver"] == ""


def test_who_is_in_the_pit_has_no_stint_running(team, feed):
    race = make.race(feed)
    kart = make.entry(race, key="r1")
    make.stint(kart, started_at=make.after(0))
    make.pit_stop(kart, in_at=make.after(60))
    row = board(team, race)["rows"]["r1"]

    assert (row["stint"], row["stint_at"], row["pit_at"]) == (1, None, T0 + 60_000)


def placed(race, position, times):
    kart = make.entry(race, key=f"p{position}", position=position)
    make.laps(kart, times)


def gaps(found):
    return [(found["rows"][key]["gap"], found["rows"][key]["interval"]) for key in found["order"]]


def test_gaps_of_a_race_are_laps_or_time_at_the_line(team, feed):
    race = make.race(feed)
    placed(race, 1, [60_000, 60_000, 60_000])
    placed(race, 2, [60_000, 60_000, 66_118])
    placed(race, 3, [70_000, 70_000])
    placed(race, 4, [70_000, 71_000])
    placed(race, 5, [10_000, 11_000])  # behind by a penalty, not by time
    make.entry(race, key="p6", position=None)

    found = board(team, race)

    assert found["order"] == ["p1", "p2", "p3", "p4", "p5", "p6"]
    assert gaps(found) == [
        (None, None),
        ([0, 6118], [0, 6118]),
        ([1, None], [1, None]),
        ([1, None], [0, 1000]),
        ([1, None], None),
        ([3, None], [2, None]),
    ]


def test_gaps_of_a_qualifying_are_between_best_laps(team, feed):
    race = make.race(feed, kind="qualifying", ranking="best")
    placed(race, 1, [60_000, 65_000])
    placed(race, 2, [62_000, 60_250])
    make.entry(race, key="p3", position=3)

    assert gaps(board(team, race)) == [(None, None), ([0, 250], [0, 250]), (None, None)]


def test_an_empty_race_has_an_empty_board(team, feed):
    found = board(team, make.race(feed))

    assert (found["order"], found["rows"], found["messages"]) == ([], {}, [])


@pytest.mark.parametrize("entries", [1, 3])
def test_board_asks_the_same_number_of_queries(entries, team, feed, django_assert_num_queries):
    race = make.full_race(feed, entries=entries)
    with scope(team), django_assert_num_queries(6):
        board_of_race(race)


@pytest.mark.parametrize(
    ("colour", "ink"),
    [("#000000", "#FFFFFF"), ("#FFFF00", "#000000"), ("#FF0000", "#000000"), ("#00F", "#000000")],
)
def test_ink_is_read_easily(colour, ink):
    assert _ink(colour) == ink

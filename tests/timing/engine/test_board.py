from __future__ import annotations

from tests.timing.apex_feed import RACE, Played, Table, block, said
from timing.engine.board import MESSAGES, BoardMaker, make_board

TABLE = Table(*RACE)
NAME = TABLE.columns[3]


def racing() -> Played:
    played = Played()
    rows = {
        "r1": {"no": ("no1", "7"), "dr": "OTTERS"},
        "r2": {"no": ("no2", "8"), "dr": "VOLES"},
        "r3": {"no": ("no1", "9"), "dr": "STOATS"},
    }
    css = ("css|no1|border-bottom-color:#FF0000;color:#FFFFFF", "css|no9|color:#000000")
    clock = "text|01:00:00"
    played.at(0, block(TABLE, rows, event="Summer", name="Final", clock=clock, extra=css))
    played.at(
        10, "light|lg|", f"com||{said('12:00', 'green', 'Go')}", "dyn1|countdown|3600000", "r1|*||"
    )
    played.at(20, TABLE.cell("r1", NAME, "drteam", "ADA REED [0:00]"))
    played.at(
        70,
        TABLE.cell("r1", "llp", "tb", "1:00.000"),
        TABLE.cell("r1", "gap", "in", "Lap 1"),
        TABLE.cell("r1", "sta", "sr"),
        "r1|*|60000|",
    )
    played.at(72, TABLE.cell("r2", "llp", "ti", "1:02.100"), TABLE.cell("r2", "gap", "ib", "2.100"))
    return played


def test_a_row_says_all_that_a_page_shows() -> None:
    played = racing()

    assert played.board["rows"]["r1"] == {
        "key": "r1",
        "pos": 1,
        "moved": 0,
        "number": "7",
        "class": "no1",
        "category": "",
        "competitor": "OTTERS",
        "driver": "ADA REED",
        "nation": "",
        "laps": 1,
        "last_ms": 60_000,
        "last_mark": "best",
        "best_ms": 60_000,
        "best_mark": "best",
        "sectors": [],
        "gap": None,
        "interval": None,
        "stint": 1,
        "stint_at": played.ms(10),
        "pit_at": None,
        "stops": 0,
        "state": "run",
        "penalty": "",
        "crossed_at": played.ms(70),
    }
    assert [played.board["rows"][key]["gap"] for key in played.board["order"]] == [
        None,
        [0, 2_100],
        [1, None],
    ]


def test_the_session_says_how_the_race_stands() -> None:
    played = racing()

    assert played.board["session"] == {
        "event": "Summer",
        "name": "Final",
        "kind": "race",
        "ranking": "laps",
        "track": "MILL LANE",
        "track_length_m": 987,
        "language": "en",
        "flag": "green",
        "flag_at": played.ms(10),
        "clock": {"mode": "countdown", "ms": 3_600_000, "at": played.ms(10), "text": ""},
        "started_at": played.ms(10),
        "ended": False,
        "sectors": 0,
        "leader_laps": 1,
        "best_ms": 60_000,
        "best_key": "r1",
        "banner": None,
        "degraded": False,
    }
    assert played.board["race"] == played.state.id
    assert played.board["order"] == ["r1", "r2", "r3"]


def test_only_classes_that_race_are_on_the_board() -> None:
    assert racing().board["classes"] == {"no1": {"colour": "#ff0000", "ink": "#ffffff"}}


def test_a_kart_in_the_pit_shows_since_when() -> None:
    played = racing()
    played.at(100, "r2|*in|0")
    row = played.board["rows"]["r2"]

    assert (row["state"], row["pit_at"], row["stint_at"]) == ("pit", played.ms(100), None)


def test_places_gained_are_counted_from_the_first_rank() -> None:
    played = racing()
    played.at(80, "r2|#|1", "r1|#|2")

    assert {key: row["moved"] for key, row in played.board["rows"].items()} == {
        "r1": -1,
        "r2": 1,
        "r3": 0,
    }
    assert played.board["order"] == ["r2", "r1", "r3"]


def test_instants_move_to_the_clock_of_the_viewers() -> None:
    played = racing()
    board = make_board(played.state)
    shifted = BoardMaker().make(played.state, shift=5_000)

    for field in ("stint_at", "crossed_at"):
        assert shifted["rows"]["r1"][field] == board["rows"]["r1"][field] + 5_000
    for field in ("started_at", "flag_at"):
        assert shifted["session"][field] == board["session"][field] + 5_000
    assert shifted["session"]["clock"]["at"] == board["session"]["clock"]["at"] + 5_000
    assert shifted["session"]["clock"]["ms"] == board["session"]["clock"]["ms"]


def test_rows_that_did_not_change_are_the_same_objects() -> None:
    played, maker = racing(), BoardMaker()
    before = maker.make(played.state)
    played.at(90, TABLE.cell("r2", "pit", "in", "3"))
    after = maker.make(played.state)

    assert after["rows"]["r1"] is before["rows"]["r1"]
    assert after["rows"]["r2"]["stops"] == 3
    assert after == make_board(played.state)


def test_messages_are_the_newest_first_and_bounded() -> None:
    played = racing()
    log = "".join(said(f"12:{n:02d}", "msg", f"Note {n}") for n in reversed(range(1, 59)))
    played.at(100, f"com||{log}{said('12:00', 'green', 'Go')}")
    shown = played.board["messages"]

    assert len(shown) == MESSAGES
    assert {k: v for k, v in shown[0].items() if k != "id"} == {
        "at": played.ms(100),
        "time": "12:58",
        "kind": "msg",
        "number": "",
        "text": "Note 58",
        "withdrawn": False,
    }


def test_a_banner_comes_and_goes() -> None:
    played = racing()
    played.at(80, "msg|msgp|7 - Contact")
    assert played.board["session"]["banner"] == {"kind": "penalty", "text": "7 - Contact"}
    played.at(90, "msg||")

    assert played.board["session"]["banner"] is None


def test_markup_is_text_on_the_board() -> None:
    played = racing()
    played.at(80, TABLE.cell("r1", NAME, "dr", "<img src=x onerror=alert(1)>"))

    assert played.board["rows"]["r1"]["competitor"] == "<img src=x onerror=alert(1)>"

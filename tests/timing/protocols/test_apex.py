from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.timing.apex_feed import BEST, RACE, Table, block, said
from timing.engine.events import (
    BannerSet,
    ClassesSet,
    Clock,
    ClockSet,
    FlagSet,
    KartClass,
    LapCompleted,
    LogSet,
    Message,
    Seen,
    SessionGone,
    SessionSeen,
    StandingSet,
    TitleSet,
)
from timing.protocols import Counters
from timing.protocols.apex import MAX_LINES, ApexAdapter

TABLE = Table(*RACE)
ROWS = {"r1": {"no": ("no1", "7"), "dr": ("dr", "OTTERS")}, "r2": {"no": "8", "dr": "VOLES"}}


def opened(table: Table = TABLE, rows: Any = None, **header: Any) -> ApexAdapter:
    adapter = ApexAdapter()
    adapter.feed(0, block(table, ROWS if rows is None else rows, **header))
    return adapter


def events(adapter: ApexAdapter, *lines: str, at: int = 1_000) -> list[object]:
    return list(adapter.feed(at, "\n".join(lines)).events)


def standing(adapter: ApexAdapter, *lines: str) -> dict[str, Any]:
    """The fields of the one standing that came of it."""
    (event,) = (e for e in events(adapter, *lines) if isinstance(e, StandingSet))
    assert event.key == "r1"
    return event.fields


# -- the block ---------------------------------------------------------------------------------


def test_a_block_is_one_snapshot() -> None:
    text = block(
        TABLE,
        {
            "r1": {
                "sta": ("sr", ""),
                "rk": "1",
                "no": ("no1", "7"),
                "dr": ("dr", "OTTERS "),
                "llp": ("tb", "1:00.272"),
                "gap": ("in", "Lap 14"),
                "otr": ("in", "0:21"),
                "pit": ("in", "2"),
            },
            "r2": {
                "sta": ("si", ""),
                "rk": "2",
                "no": ("notc255", "8"),
                "dr": ("drteam", "ADA REED [0:54]"),
                "llp": ("tn", "1:01.500"),
                "gap": ("ib", "1 Lap"),
                "int": ("in", "1 Lap"),
                "otr": ("to", "1:05."),
                "pit": "",
            },
        },
        event="Summer &amp; Sons",
        name="Final  24H",
        light="lg",
        clock="countdown|86400000",
        log=said("12:00", "green", "Start"),
        extra=("css|no1|border-bottom-color:#0080FF !important; color:#FFFFFF !important;",),
    )

    assert ApexAdapter().feed(5_000, text).events[0] == SessionSeen(
        at=5_000,
        ranking="laps",
        kind="race",
        event="Summer & Sons",
        name="Final 24H",
        track="MILL LANE",
        track_length_m=987,
        language="en",
        flag="green",
        clock=Clock("countdown", 86_400_000, 5_000),
        sectors=0,
        columns=frozenset("sta rk no dr llp gap int otr pit".split()),
        classes={
            "no1": KartClass("#0080ff", "#ffffff"),
            "notc255": KartClass("#ff0000", "#ffffff"),
        },
        log=(Message("12:00", "green", "", "Start"),),
        rows=(
            Seen(
                "r1",
                {
                    "position": 1,
                    "in_pit": False,
                    "crossed": True,
                    "status": "run",
                    "number": "7",
                    "class": "no1",
                    "competitor": "OTTERS",
                    "last_ms": 60_272,
                    "last_mark": "best",
                    "gap": None,
                    "leader_lap": 14,
                    "interval": None,
                    "stint_ms": 21 * 60_000,
                    "stops": 2,
                },
            ),
            Seen(
                "r2",
                {
                    "position": 2,
                    "in_pit": True,
                    "crossed": False,
                    "number": "8",
                    "class": "notc255",
                    "driver": ("ADA REED", 54 * 60_000),
                    "last_ms": 61_500,
                    "last_mark": "",
                    "gap": (1, None),
                    "interval": (1, None),
                    "pit_ms": 65_000,
                    "stops": 0,
                },
            ),
        ),
        opening=True,
    )


@pytest.mark.parametrize(
    ("init", "name", "ranking", "kind"),
    [
        ("r", "Final", "laps", "race"),
        ("p", "Session 7", "best", "practice"),
        ("p", "QUALIF - Q3: One shot", "best", "qualifying"),
        ("q", "Session 7", "best", "practice"),
        ("", "Session 7", "best", "practice"),
    ],
)
def test_init_says_how_a_session_is_ranked(init: str, name: str, ranking: str, kind: str) -> None:
    seen = ApexAdapter().feed(0, block(TABLE, ROWS, kind=init, name=name)).events[0]

    assert isinstance(seen, SessionSeen)
    assert (seen.ranking, seen.kind) == (ranking, kind)


def test_no_session_is_told_as_such() -> None:
    assert events(opened(), "init|n|", "best|hide|", "track||") == [SessionGone(1_000)]


def test_cells_that_come_after_no_session_are_of_nobody() -> None:
    adapter = opened()
    adapter.feed(1_000, "init|n|")

    assert events(adapter, TABLE.cell("r1", "llp", "tn", "1:00.000"), at=2_000) == []


@pytest.mark.parametrize(
    ("label", "language"),
    [
        ("Commentaires", "fr"),
        ("Commenti", "it"),
        ("Comments", "en"),
        ("Kommentarer", "sv"),
        ("Coment&aacute;rios", "pt"),
        ("Comentarios", "es"),
        ("Opmerkingen", "nl"),
    ],
)
def test_a_label_of_the_page_tells_the_language(label: str, language: str) -> None:
    adapter = ApexAdapter()
    adapter.feed(0, f"comments||{label}")

    assert adapter.language == language


def test_a_block_may_come_in_two_frames() -> None:
    adapter = ApexAdapter()
    head, _, grid = block(TABLE, ROWS).partition("grid|")

    assert adapter.feed(0, head).events == []
    assert isinstance(adapter.feed(400, f"grid|{grid}").events[0], SessionSeen)


def test_a_block_that_never_gets_its_table_is_told_without() -> None:
    adapter = ApexAdapter()
    head = block(TABLE, ROWS).partition("grid|")[0]
    adapter.feed(0, head)

    (seen,) = adapter.feed(11_000, "").events
    assert isinstance(seen, SessionSeen)
    assert (seen.name, seen.rows, seen.columns) == ("Final", (), frozenset())


def test_a_table_without_a_head_is_refused() -> None:
    adapter = opened()

    assert events(adapter, 'grid||<tbody><tr data-id="r9"></tr></tbody>') == []
    assert adapter.counters.errors == 1


# -- lines of the session ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("line", "clock"),
    [
        ("countdown|7200000", Clock("countdown", 7_200_000, 1_000)),
        ("countdown|90.5", Clock("countdown", 90_500, 1_000)),  # with a point: seconds
        ("countdown|-4000", Clock("countdown", -4_000, 1_000)),
        ("countdown|", Clock("countdown", 0, 1_000)),
        ("count|345000", Clock("count", 345_000, 1_000)),
        ("countdown_text|60000_to go", Clock("countdown", 60_000, 1_000, "to go")),
        ("text|24:00:00", Clock("text", text="24:00:00")),
        ("text|Tour 7/15", Clock("text", text="Tour 7/15")),
        ("text|", Clock()),
    ],
)
def test_the_clock_has_many_forms(line: str, clock: Clock) -> None:
    assert events(opened(), f"dyn1|{line}") == [ClockSet(1_000, clock)]


@pytest.mark.parametrize(
    "line",
    ["countdown|soon", "countdown|1e999.", "countdown|9" * 3, "spin|1000", "count|" + "9" * 20],
)
def test_a_clock_that_cannot_be_is_counted_and_dropped(line: str) -> None:
    adapter = opened()

    assert events(adapter, f"dyn1|{line}") == []
    assert adapter.counters.errors == 1


@pytest.mark.parametrize(
    ("light", "flag"), [("lg", "green"), ("ly", "yellow"), ("lr", "red"), ("lf", "chequered")]
)
def test_a_light_is_a_flag(light: str, flag: Any) -> None:
    assert events(opened(), f"light|{light}|") == [FlagSet(1_000, flag)]


def test_titles_alone_are_told_one_by_one() -> None:
    assert events(opened(), "title2||Test &amp; more", "title1||") == [
        TitleSet(1_000, None, "Test & more"),
        TitleSet(1_000, "", None),
    ]


@pytest.mark.parametrize(
    ("css", "kind"), [("", "best"), ("msgp", "penalty"), ("msgw", "warning"), ("msgt", "text")]
)
def test_a_banner_says_of_which_kind_it_is(css: str, kind: str) -> None:
    assert events(opened(), f"msg|{css}|BOX <b>7</b>") == [BannerSet(1_000, kind, "BOX <b>7</b>")]


def test_a_class_gets_its_colours() -> None:
    assert events(opened(), "css|no3|border-bottom-color:#FF8000;color:#000000") == [
        ClassesSet(1_000, {"no3": KartClass("#ff8000", "#000000")})
    ]


def test_race_control_comes_whole() -> None:
    log = said("12:31", "penalty", "Penalty - contact - 10.000", "7") + said("12:00", "green", "Go")

    assert events(opened(), f"com||{log}") == [
        LogSet(
            1_000,
            (
                Message("12:31", "penalty", "7", "Penalty - contact - 10.000", ms=10_000),
                Message("12:00", "green", "", "Go"),
            ),
        )
    ]


# -- cells of a row ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("column", "css", "value", "fields"),
    [
        ("rk", "", "3", {"position": 3}),
        ("no", "no4", "77", {"number": "77", "class": "no4"}),
        ("no", "", "77", {"number": "77"}),
        ("gap", "in", "Lap 15", {"gap": None, "leader_lap": 15}),
        ("gap", "ib", "12.345", {"gap": (0, 12_345)}),
        ("gap", "ib", "2 Laps", {"gap": (2, None)}),
        ("gap", "ib", "", {"gap": None}),
        ("int", "in", "0.123", {"interval": (0, 123)}),
        ("int", "in", "1 Lap", {"interval": (1, None)}),
        ("pit", "in", "4", {"stops": 4}),
        ("pit", "in", "", {"stops": 0}),
        ("sta", "sr", "", {"status": "run"}),
        ("sta", "su", "", {"status": "run"}),
        ("sta", "sd", "", {"status": "run"}),
        ("sta", "ss", "", {"status": "stopped"}),
        ("sta", "sl", "", {"status": "slow"}),
        ("sta", "sf", "", {"status": "finished"}),
        ("otr", "in", "1:07", {"stint_ms": 67 * 60_000}),
    ],
)
def test_a_cell_is_a_field_of_the_standing(
    column: str, css: str, value: str, fields: dict[str, Any]
) -> None:
    column = next(name for name in TABLE.columns if name.partition(":")[0] == column)

    assert standing(opened(), TABLE.cell("r1", column, css, value)) == fields


@pytest.mark.parametrize("line", ["r1c2||x", "r1c2||999999", "r1c9|in|1.5", "r1c1|in|", "r1c1|zz|"])
def test_a_cell_that_says_nothing_changes_nothing(line: str) -> None:
    assert events(opened(), line) == []


def test_a_position_comes_as_a_row_line_too() -> None:
    assert standing(opened(), "r1|#|5") == {"position": 5}


def test_team_and_driver_alternate_in_one_cell() -> None:
    adapter = opened()
    name = TABLE.columns[3]

    assert standing(adapter, TABLE.cell("r1", name, "drteam", "ADA REED [0:54]")) == {
        "driver": ("ADA REED", 54 * 60_000)
    }
    assert events(adapter, TABLE.cell("r1", name, "dr", "OTTERS")) == []
    assert events(adapter, TABLE.cell("r1", name, "drteam", "ADA REED [0:54]")) == []
    assert standing(adapter, TABLE.cell("r1", name, "drteam", "BO  LARK [0:00]")) == {
        "driver": ("BO LARK", 0)
    }
    assert standing(adapter, TABLE.cell("r1", name, "dr", "(E) OTTERS")) == {
        "competitor": "(E) OTTERS"
    }


def test_a_single_driver_is_competitor_and_driver() -> None:
    table = Table(*BEST)
    adapter = opened(table, kind="p")

    assert standing(adapter, table.cell("r1", table.columns[3], "dr", "ADA REED")) == {
        "competitor": "ADA REED",
        "driver": ("ADA REED", None),
    }


def test_first_and_last_name_are_one_driver() -> None:
    table = Table("no", ":First name", ":Last name", "llp:Last lap")
    adapter = opened(table, {"r1": {"no": "7"}})

    assert standing(
        adapter,
        table.cell("r1", ":First name", "", "Ada"),
        table.cell("r1", ":Last name", "", "Reed"),
    ) == {"driver": ("Ada Reed", None)}


def test_penalties_categories_nations_and_counts_have_columns() -> None:
    table = Table("no", "nat:Nation", ":Category", "tlp:Laps", "blp:Best lap", ":Penalty")
    adapter = opened(table, {"r1": {"no": "7"}})

    assert standing(
        adapter,
        table.cell("r1", "nat:Nation", "FRA nat"),
        table.cell("r1", ":Category", "dr", "GENTLEMEN"),
        table.cell("r1", "tlp:Laps", "in", "15"),
        table.cell("r1", "blp:Best lap", "tb", "59.100"),
        table.cell("r1", ":Penalty", "pena1", "1 Tr 10.000"),
    ) == {
        "nation": "FRA",
        "category": "GENTLEMEN",
        "lap_count": 15,
        "best_ms": 59_100,
        "penalty": "1 Tr 10.000",
        "penalty_laps": 1,
        "penalty_ms": 10_000,
    }


def test_a_penalty_taken_back_is_empty() -> None:
    table = Table("no", ":Penalty")
    adapter = opened(table, {"r1": {"no": "7", ":Penalty": ("pena1", "1 Tr")}})

    assert standing(adapter, table.cell("r1", ":Penalty")) == {
        "penalty": "",
        "penalty_laps": 0,
        "penalty_ms": None,
    }


def test_lines_may_end_as_windows_ends_them() -> None:
    assert standing(opened(), "r1c2||3\r", "\r") == {"position": 3}


# -- rows before any table ---------------------------------------------------------------------


def test_rows_before_any_table_are_read_once_a_table_explains_them() -> None:
    adapter = ApexAdapter()
    for n in range(1, 4):
        adapter.feed(n * 60_000, f"r1c5|tn|1:00.00{n}\nr1|*|60000|\nr2c5|tn|1:01.00{n}")
    rows = {"r1": {"no": "7", "llp": "1:00.003"}, "r2": {"no": "8", "llp": "1:01.003"}}
    told = adapter.feed(200_000, block(TABLE, rows, light="lg")).events

    first, last = (event for event in told if isinstance(event, SessionSeen))
    assert (first.at, first.rows) == (
        60_000,
        (Seen("r1", {"number": "7"}), Seen("r2", {"number": "8"})),
    )
    assert (last.at, last.opening) == (200_000, False)
    assert [(lap.at, lap.key, lap.ms) for lap in told if isinstance(lap, LapCompleted)] == [
        (60_000, "r1", 60_001),
        (60_000, "r2", 61_001),
        (120_000, "r1", 60_002),
        (120_000, "r2", 61_002),
        (180_000, "r1", 60_003),
        (180_000, "r2", 61_003),
    ]


def test_rows_before_any_table_are_dropped_where_its_columns_do_not_fit() -> None:
    adapter = ApexAdapter()
    adapter.feed(60_000, "r1c6|tn|1:00.001")

    told = adapter.feed(200_000, block(TABLE, {"r1": {"llp": "1:00.009"}})).events
    assert [event for event in told if isinstance(event, LapCompleted)] == []


def test_an_empty_table_gets_its_rows_from_their_first_cells() -> None:
    adapter = opened(rows={})

    assert events(adapter, TABLE.cell("r5", "llp", "tn", "59.000")) == [
        StandingSet(1_000, "r5", {}),
        LapCompleted(1_000, "r5", 59_000, (), ""),
    ]


# -- strangers ---------------------------------------------------------------------------------


def test_strange_lines_are_counted_and_dropped() -> None:
    adapter = opened()
    before = adapter.counters.lines

    assert (
        events(
            adapter,
            "GET / HTTP/1.1\r",
            "Host: 203.0.113.7:8520\r",
            "\x16\x03\x01\x02",
            "S#",
            "MGLNDD_203.0.113.7_8520",
            "r1|**|1",
            "r1c1",
            "r٣c1||x",
            "light|disco|",
            "|||",
            "\ufffd\ufffd",
        )
        == []
    )
    assert adapter.counters == Counters(
        frames=2, lines=before + 11, ignored_lines=2, unknown_lines=10, errors=0
    )


def test_silent_lines_are_of_the_protocol() -> None:
    adapter = opened()
    ignored = adapter.counters.ignored_lines

    assert events(adapter, "wth1|ws|", "gmt||2", "dyn2|text|", "br3c2||x", "cr3c2||x") == []
    assert adapter.counters.ignored_lines == ignored + 5
    assert adapter.counters.unknown_lines == 0


@pytest.mark.parametrize("start", ["", "r1c4|dr|", "title1||", "grid||", "com||", "css|x|"])
def test_a_line_of_ten_megabytes_is_survived(start: str) -> None:
    adapter = opened()
    adapter.feed(1_000, start + "x" * 10_000_000)

    assert standing(adapter, "r1|#|2") == {"position": 2}
    assert adapter.counters.errors + adapter.counters.unknown_lines == 1


def test_a_table_of_a_million_rows_is_bounded() -> None:
    adapter = opened()
    rows = "".join(f'<tr data-id="r{n}"></tr>' for n in range(100, 1_000_100))
    head = TABLE.grid({}).replace("</tbody>", "")
    adapter.feed(1_000, f"{head}{rows[:4_000_000]}</tbody>")
    (seen,) = adapter.feed(2_000, block(TABLE, ROWS)).events[:1]

    assert isinstance(seen, SessionSeen)
    assert len(seen.rows) == 2
    assert adapter.counters.errors == 1


def test_a_million_lines_in_a_frame_are_cut() -> None:
    adapter = opened()
    adapter.feed(1_000, "x\n" * 1_000_000)

    assert adapter.counters.unknown_lines == MAX_LINES
    assert adapter.counters.errors == 1


def test_many_rows_that_no_table_holds_are_forgotten() -> None:
    adapter = opened()
    for start in range(0, 200_000, 40_000):
        adapter.feed(start, "\n".join(f"r{n}c1||x" for n in range(start + 10, start + 40_010)))

    assert len(adapter._orphans) <= 20_000
    assert len(adapter._rows) == 2


def test_text_never_holds_what_a_database_refuses() -> None:
    assert standing(opened(), "r1c4|dr|AB\0CD") == {"competitor": "AB\ufffdCD"}


def test_classes_and_names_are_bounded() -> None:
    adapter = opened()
    adapter.feed(1_000, "\n".join(f"css|{n}{'x' * 100}|" for n in range(3_000)))

    assert len(adapter._header.classes) == 1_000
    assert max(len(name) for name in adapter._header.classes) == 32
    assert standing(adapter, "r1c4|dr|" + "y" * 900) == {"competitor": "y" * 500}


def test_a_cell_is_bounded_before_it_is_remembered() -> None:
    adapter = opened()

    assert events(adapter, "r1c4|dr|" + "y" * 1_000_000) == []
    assert adapter.counters.errors == 1
    assert max(len(cell[2] or "") for cell in adapter._cells.values()) < 1_000


LINES = st.lists(
    st.one_of(
        st.text(max_size=30),
        st.builds(
            "{}|{}|{}".format,
            st.sampled_from(
                "init grid com css light dyn1 title1 track msg r1 r2 r9 r1c1 r1c2 r1c4 r1c5 r1c6 "
                "r1c8 r1c9 r2c5".split()
            ),
            st.sampled_from(["", "r", "p", "n", "*", "#", "*in", "*out", "*i1", "tn", "si", "to"]),
            st.sampled_from(["", "1", "59.123", "1:00.000", "-1", "x", "2 Laps", "Lap 9", "<p>"]),
        ),
    ),
    max_size=12,
)


@settings(max_examples=150, deadline=None)
@given(st.lists(LINES, max_size=8))
def test_no_frame_is_too_strange_to_read(frames: list[list[str]]) -> None:
    adapter = opened()
    for number, lines in enumerate(frames):
        adapter.feed(number * 700, "\n".join(lines))
    adapter.closed(60_000)

    assert standing(opened(), "r1|#|2") == {"position": 2}

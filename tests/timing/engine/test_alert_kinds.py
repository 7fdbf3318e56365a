"""Each kind of rule on a feed written by hand. Times in seconds."""

from __future__ import annotations

from typing import Any

import pytest

from tests.timing.apex_feed import RACE, Played, Table, block, said
from timing.engine.alerts import Hit
from timing.engine.alerts_pace import field_pace
from timing.engine.state import Car, RaceState, evolve
from timing.engine.units import format_ms
from timing.engine.watch import Rule, TeamWatch, Watched
from timing.engine.watcher import Watcher
from timing.pipeline import Change

TABLE = Table(*RACE)
NAME = TABLE.columns[3]
MARKS = (Watched(1, "ours", "number", "7"), Watched(2, "rival", "number", "8"))


class Heard(Played):
    """What one rule says: (seconds, row, natural key, values)."""

    def __init__(self, *rules: Rule) -> None:
        super().__init__()
        self.watcher = Watcher(TeamWatch("a", "", MARKS, rules))
        self.hits: list[Hit] = []
        self._seen: RaceState | None = None

    def _take(self, changes: list[Change]) -> list[Change]:
        for change in super()._take(changes):
            at = change.state.last_seen_at
            self.hits += self.watcher.take(self._seen, change.state, change.facts, at)
            self._seen = change.state
        return changes

    def racing(self, rows: dict[str, Any] | None = None) -> Heard:
        shown = rows or {"r1": {"no": "7", "dr": "OTTERS"}, "r2": {"no": "8"}, "r3": {"no": "9"}}
        self.at(0, block(TABLE, shown))
        self.at(10, "light|lg|", *(f"{row}|*||" for row in shown))
        return self

    def lap(self, row: str, seconds: float, value: str, *more: str) -> None:
        self.at(seconds, TABLE.cell(row, "llp", "tn", value), f"{row}|*|60000|", *more)

    def laps(self, row: str, *ends: float) -> None:
        began = 10.0
        for end in ends:
            self.lap(row, end, format_ms(round((end - began) * 1000)))
            began = end

    @property
    def told(self) -> list[tuple[float, str, str]]:
        start = self.ms(0)
        return [((hit.at - start) / 1000, hit.key, hit.natural) for hit in self.hits]

    @property
    def values(self) -> list[dict[str, Any]]:
        return [dict(hit.values) for hit in self.hits]


def rule(kind: str, subject: str = "watched", threshold: int | None = None, **more: Any) -> Rule:
    return Rule(1, kind, subject, threshold=threshold, **{"cooldown_ms": 0, **more})


# -- stops ---------------------------------------------------------------------------------------


def stop(heard: Heard, row: str, came: float, left: float) -> None:
    heard.at(came, f"{row}|*in|0")
    heard.at(left, f"{row}|*out|0")


def test_a_stop_is_told_as_it_begins_and_as_it_ends() -> None:
    heard = Heard(rule("pit_in"), Rule(2, "pit_out"), Rule(3, "short_stop", threshold=90_000))
    heard.racing()
    heard.lap("r1", 70, "1:00.000")

    stop(heard, "r1", 100, 160)
    stop(heard, "r3", 101, 130)  # nobody's

    assert heard.told == [
        (100, "r1", "pit_in:r1:1:1"),
        (160, "r1", "pit_out:r1:1:1"),
        (160, "r1", "short_stop:r1:1:1"),
    ]
    assert heard.values == [
        {"stop": 1, "lap": 1},
        {"stop": 1, "lap": 1, "duration_ms": 60_000},
        {"stop": 1, "lap": 1, "duration_ms": 60_000, "threshold_ms": 90_000},
    ]
    assert [hit.number for hit in heard.hits] == ["7"] * 3


def test_a_stop_whose_exit_was_missed_does_not_begin_again() -> None:
    heard = Heard(rule("pit_in"), Rule(2, "pit_out")).racing()
    heard.lap("r1", 70, "1:00.000")
    heard.at(100, "r1|*in|0")

    heard.watcher.use(TeamWatch("a", "", MARKS, (Rule(9, "pit_in"),)))  # a rule made in between
    heard.lap("r1", 200, "2:10.000")

    assert heard.told == [(100, "r1", "pit_in:r1:1:1")]


def test_a_stop_whose_entry_was_missed_only_ends() -> None:
    heard = Heard(rule("pit_in"), Rule(2, "pit_out"), rule("short_stop", threshold=1)).racing()
    heard.lap("r1", 70, "1:00.000")
    heard.at(160, "r1|*out|0")

    assert heard.told == [(160, "r1", "pit_out:r1:1:1")]
    assert heard.values == [{"stop": 1, "lap": 1, "duration_ms": None}]


def test_a_stop_under_way_after_a_lost_connection_is_told() -> None:
    heard = Heard(rule("pit_in")).racing()
    heard.lap("r1", 70, "1:00.000")
    heard.connect(90)

    rows = {"r1": {"no": "7", "dr": "OTTERS", "sta": ("si", ""), "llp": "1:00.000"}}
    heard.at(95, block(TABLE, {**rows, "r2": {"no": "8"}, "r3": {"no": "9"}}, light="lg"))

    assert heard.told == [(95, "r1", "pit_in:r1:1:1")]


def test_who_is_in_the_pit_when_we_come_has_not_just_come_in() -> None:
    heard = Heard(rule("pit_in", "any"), Rule(2, "flag"), Rule(3, "message", "any"))

    rows = {"r1": {"no": "7", "sta": ("si", ""), "otr": ("to", "1:10."), "llp": "1:00.000"}}
    log = said("10:02", "green", "Start")
    heard.at(300, block(TABLE, rows, light="lg", log=log, clock="countdown|600000"))

    assert heard.told == []


# -- drivers -------------------------------------------------------------------------------------


def test_another_driver_is_told_once_a_stint() -> None:
    heard = Heard(rule("driver")).racing()

    def drives(name: str) -> str:
        return TABLE.cell("r1", NAME, "drteam", f"{name} [0:00]")

    heard.at(15, drives("ADA REED"))
    heard.lap("r1", 70, "1:00.000")
    heard.at(100, "r1|*in|0")
    heard.at(130, drives("BO LARK"))
    heard.at(160, "r1|*out|0")
    heard.lap("r1", 190, "2:00.000")
    heard.at(200, drives("BO LARK"))
    heard.at(300, "r1|*in|0")
    heard.at(360, "r1|*out|0")
    heard.at(370, drives("ADA REED"))
    heard.at(380, drives("BO LARK"))
    heard.at(390, drives("ADA REED"))

    assert heard.told == [(130, "r1", "driver:r1:2"), (370, "r1", "driver:r1:3")]
    assert heard.values[0] == {"driver": "BO LARK", "before": "ADA REED", "stint": 2}


# -- trouble -------------------------------------------------------------------------------------


@pytest.mark.parametrize(("css", "what"), [("ss", "stopped"), ("sl", "slow")])
def test_a_kart_that_stops_or_is_slow_is_told_once_a_lap(css: str, what: str) -> None:
    heard = Heard(rule("trouble")).racing()
    heard.lap("r1", 70, "1:00.000")

    heard.at(90, TABLE.cell("r1", "sta", css))
    heard.at(95, TABLE.cell("r1", "sta", "sr"))
    heard.at(98, TABLE.cell("r1", "sta", css))
    heard.at(99, TABLE.cell("r3", "sta", css))

    assert heard.told == [(90, "r1", "trouble:r1:1")]
    assert heard.values == [{"what": what, "silent_ms": None, "lap": 1}]


def test_a_snapshot_that_shows_everybody_as_stopped_is_no_news() -> None:
    heard = Heard(rule("trouble")).racing()
    heard.lap("r1", 70, "1:00.000")
    rows = {"r1": {"no": "7", "dr": "OTTERS", "sta": ("ss", ""), "llp": "1:00.000"}}

    heard.at(90, block(TABLE, {**rows, "r2": {"no": "8"}, "r3": {"no": "9"}}, light="lg"))

    assert heard.car("r1").status == "stopped"
    assert heard.told == []


def test_who_has_no_lap_yet_may_stand() -> None:
    heard = Heard(rule("trouble")).racing()

    heard.at(90, TABLE.cell("r1", "sta", "ss"))

    assert heard.told == []


def test_under_red_everybody_stops() -> None:
    heard = Heard(rule("trouble")).racing()
    heard.lap("r1", 70, "1:00.000")
    heard.at(80, "light|lr|")

    heard.at(90, TABLE.cell("r1", "sta", "ss"))

    assert heard.told == []


def goes_on(heard: Heard, since: int, until: int) -> None:
    """Others are heard of meanwhile."""
    for seconds in range(since, until, 5):
        heard.at(seconds, TABLE.cell("r3", "gap", "", f"{seconds}.0"))


def test_who_does_not_come_round_is_missing_after_two_laps_and_a_half() -> None:
    heard = Heard(rule("trouble")).racing()
    heard.laps("r1", 70, 130, 190, 250)

    goes_on(heard, 255, 500)

    assert heard.told == [(400, "r1", "trouble:r1:4")]
    assert heard.values == [{"what": "missing", "silent_ms": 150_000, "lap": 4}]


@pytest.mark.parametrize("lines", [["r1|*in|0"], ["light|lr|"], ["light|lf|"]])
def test_who_has_a_reason_is_not_missing(lines: list[str]) -> None:
    heard = Heard(rule("trouble")).racing()
    heard.laps("r1", 70, 130, 190, 250)
    heard.at(252, *lines)

    goes_on(heard, 255, 500)

    assert heard.told == []


def test_after_a_red_flag_everybody_has_time_to_come_round_again() -> None:
    heard = Heard(rule("trouble")).racing()
    heard.laps("r1", 70, 130, 190, 250)
    heard.at(252, "light|lr|")
    goes_on(heard, 255, 600)
    heard.at(600, "light|lg|")

    goes_on(heard, 605, 745)

    assert heard.told == []


def test_who_may_have_come_round_unheard_is_not_missing() -> None:
    heard = Heard(rule("trouble")).racing()
    heard.laps("r1", 70, 130, 190, 250)

    goes_on(heard, 400, 545)
    assert heard.told == []

    goes_on(heard, 545, 560)
    assert heard.told == [(550, "r1", "trouble:r1:4")]


# -- bests ---------------------------------------------------------------------------------------


def test_a_best_is_of_the_entry_for_watched_ones_and_of_the_session_for_any() -> None:
    heard = Heard(rule("best", "rivals"), Rule(2, "best", "any", cooldown_ms=0)).racing()
    heard.laps("r1", 70, 130, 190, 249)  # 59 s: the best of the session
    heard.laps("r2", 71, 132, 194, 254.5)  # 60.5 s: its own best
    heard.lap("r2", 313, "0:58.500")
    heard.lap("r2", 372, "0:59.000")

    assert [(hit.rule, *told) for hit, told in zip(heard.hits, heard.told, strict=True)] == [
        (2, 249, "r1", "best:r1:4"),
        (1, 254.5, "r2", "best:r2:4"),
        (1, 313, "r2", "best:r2:5"),
        (2, 313, "r2", "best:r2:5"),
    ]
    assert [values["session"] for values in heard.values] == [True, False, True, True]
    assert heard.values[1] == {"ms": 60_500, "before_ms": 61_000, "lap": 4, "session": False}


def test_first_laps_are_no_bests() -> None:
    heard = Heard(rule("best"), Rule(2, "best", "any")).racing()
    heard.laps("r1", 75, 139, 201)

    assert heard.told == []


# -- gaps and catches ----------------------------------------------------------------------------


def pairs(heard: Heard, apart: list[float], lap: float = 60.0) -> None:
    """Laps of ours, and how far behind us the rival ends each of them."""
    last = {"r1": 10.0, "r2": 10.0}
    for number, behind in enumerate(apart, start=1):
        for row, end in sorted(
            (("r1", 10 + lap * number), ("r2", 10 + lap * number + behind)), key=lambda one: one[1]
        ):
            heard.lap(row, end, format_ms(round((end - last[row]) * 1000)))
            last[row] = end


def test_a_gap_is_told_as_it_crosses_its_value_and_not_as_it_rests_there() -> None:
    heard = Heard(rule("gap", threshold=5_000)).racing()

    pairs(heard, [6, 4.9, 5.1, 4.8, 5.29, 5.31, 5.2, 4.9])

    assert [
        (told[1:], values["gap_ms"]) for told, values in zip(heard.told, heard.values, strict=True)
    ] == [
        (("r2", "gap:r2:r1:2:closer"), 4_900),
        (("r2", "gap:r2:r1:6:wider"), 5_310),
        (("r2", "gap:r2:r1:8:closer"), 4_900),
    ]
    assert heard.values[0] == {
        "own": "r1",
        "own_number": "7",
        "gap_ms": 4_900,
        "ahead": False,
        "direction": "closer",
        "threshold_ms": 5_000,
        "lap": 2,
    }


def test_a_catch_is_told_once_as_it_comes_near() -> None:
    heard = Heard(rule("catch", threshold=5)).racing()
    steady = [9 + 0.001 * n for n in range(5)]

    pairs(heard, [*steady, *(9 - 0.8 * n for n in range(1, 10))])

    assert heard.told == [(733.4, "r2", "catch:r2:r1:12:they")]
    (values,) = heard.values
    assert (values["chaser"], values["own"], values["own_number"]) == ("they", "r1", "7")
    assert values["laps"] <= 5
    assert values["laps"] == -(-values["gap_ms"] // values["closing_ms"])


def test_a_catch_that_was_near_as_we_came_is_no_news() -> None:
    heard = Heard(rule("catch", threshold=10)).racing()

    pairs(heard, [6 - 0.8 * n for n in range(7)])

    assert heard.told == []


def test_a_catch_comes_near_again_after_it_was_away() -> None:
    heard = Heard(rule("catch", threshold=5)).racing()
    away = [9 + 0.001 * n for n in range(5)]
    near = [9 - 0.8 * n for n in range(1, 10)]
    back = [1.8 + 0.8 * n for n in range(1, 14)]
    again = [12.2 - 0.8 * n for n in range(1, 14)]

    pairs(heard, [*away, *near, *back, *again])

    assert len(heard.told) == 2


@pytest.mark.parametrize("kind", ["gap", "catch"])
def test_without_one_of_ours_there_is_nothing_to_measure(kind: str) -> None:
    heard = Heard(rule(kind, threshold=5))
    heard.watcher.use(TeamWatch("a", "", MARKS[1:], (rule(kind, threshold=5_000),)))
    heard.racing()

    pairs(heard, [9 - 0.8 * n for n in range(9)])

    assert heard.told == []


# -- stints --------------------------------------------------------------------------------------


def test_a_stint_is_told_when_it_has_lasted_so_long() -> None:
    heard = Heard(rule("stint", "ours", 300_000)).racing()
    heard.laps("r1", 70, 130, 190)
    goes_on(heard, 195, 400)

    assert heard.told == [(310, "r1", "stint:r1:1")]
    assert heard.values == [{"stint": 1, "driver": "", "threshold_ms": 300_000}]


def test_a_stint_that_ended_in_the_same_breath_is_told() -> None:
    heard = Heard(rule("stint", "ours", 60_000)).racing()

    heard.at(75, "r1|*in|0")

    assert heard.told == [(70, "r1", "stint:r1:1")]


def test_a_stint_that_ends_in_time_is_not_told() -> None:
    heard = Heard(rule("stint", "ours", 300_000)).racing()
    heard.lap("r1", 70, "1:00.000")
    stop(heard, "r1", 100, 160)

    goes_on(heard, 165, 455)
    assert heard.told == []

    goes_on(heard, 460, 470)
    assert heard.told == [(460, "r1", "stint:r1:2")]


def test_a_rule_that_comes_late_to_a_stint_says_nothing_of_it() -> None:
    heard = Heard().racing()
    heard.lap("r1", 70, "1:00.000")
    goes_on(heard, 75, 400)

    heard.watcher.use(TeamWatch("a", "", MARKS, (rule("stint", "ours", 300_000),)))
    goes_on(heard, 400, 500)

    assert heard.told == []


# -- race control --------------------------------------------------------------------------------


def log(*lines: str) -> str:
    return "com||" + "".join(reversed(lines))


def test_messages_are_told_of_ours_or_of_anybody() -> None:
    heard = Heard(rule("message", "ours"), Rule(2, "message", "any", cooldown_ms=0)).racing()
    one = said("10:05", "penalty", "Jump start - 10 s", "7")
    two = said("10:06", "penalty", "Short stop - 1 lap", "9")
    three = said("10:07", "green", "Track is dry")

    heard.at(50, log(one))
    heard.at(60, log(one, two, three))
    heard.at(70, log(one, three))  # a withdrawn line is no news
    heard.at(80, log(one, two, three))  # nor is one that is back

    assert [(h.rule, h.key, h.number, h.values["text"]) for h in heard.hits] == [
        (1, "r1", "7", "Jump start - 10 s"),
        (2, "r1", "7", "Jump start - 10 s"),
        (2, "r3", "9", "Short stop - 1 lap"),
        (2, "", "", "Track is dry"),
    ]
    assert heard.values[2]["laps"] == 1
    assert heard.values[0]["type"] == "penalty"


def test_a_penalty_that_only_its_column_tells_is_told() -> None:
    table = Table(*RACE, ":Penalty")
    heard = Heard(rule("message"))
    heard.at(0, block(table, {"r1": {"no": "7"}, "r2": {"no": "8"}, "r3": {"no": "9"}}))
    heard.at(10, "light|lg|", "r1|*||", "r2|*||")

    heard.at(
        50, table.cell("r1", ":Penalty", "", "1 Lap"), table.cell("r3", ":Penalty", "", "1 Lap")
    )

    assert [(hit.key, hit.values["type"], hit.values["text"]) for hit in heard.hits] == [
        ("r1", "penalty", "1 Lap")
    ]


def test_flags_are_told_as_they_change() -> None:
    heard = Heard(rule("flag", cooldown_ms=60_000)).racing()
    heard.at(50, "light|lr|")
    heard.at(80, "light|lg|")
    heard.at(200, "light|lf|")

    assert heard.told == [
        (10, "", "flag:1:green"),
        (50, "", "flag:2:red"),
        (80, "", "flag:3:green"),
        (200, "", "flag:4:chequered"),
    ]
    assert [values["before"] for values in heard.values] == ["none", "green", "red", "green"]


# -- cooldown ------------------------------------------------------------------------------------


def test_what_comes_again_too_soon_is_not_told() -> None:
    heard = Heard(rule("pit_in", cooldown_ms=60_000)).racing()
    for row in ("r1", "r2"):
        heard.lap(row, 70, "1:00.000")
    stop(heard, "r1", 100, 110)
    stop(heard, "r1", 120, 130)
    stop(heard, "r2", 125, 135)
    stop(heard, "r1", 160, 170)

    assert heard.told == [
        (100, "r1", "pit_in:r1:1:1"),
        (125, "r2", "pit_in:r2:1:1"),
        (160, "r1", "pit_in:r1:3:1"),
    ]


# -- pace ----------------------------------------------------------------------------------------

MINUTE = 60_000


def field(*, wet_from: int, slower: float, karts: int = 6) -> RaceState:
    """Half an hour of laps of about a minute, slower from an instant on."""
    cars = {}
    for number in range(karts):
        ends, now = [number * 1_000], number * 1_000
        while now < 30 * MINUTE:
            lap = MINUTE + 200 * number
            now += round(lap * slower) if now >= wet_from else lap
            ends.append(now)
        best = MINUTE + 200 * number
        car = Car(f"r{number}", laps=len(ends) - 1, line_times=tuple(ends), best_ms=best)
        cars[car.key] = car
    return RaceState("x", 0, 30 * MINUTE, flag="green", flag_at=1, started_at=1, cars=cars)


def test_the_pace_is_that_of_a_quarter_of_an_hour_ago() -> None:
    dry, wet = field(wet_from=99 * MINUTE, slower=1), field(wet_from=20 * MINUTE, slower=1.1)

    assert field_pace(dry, 30 * MINUTE) == (60_500, 60_500, 6)
    now, then, entries = field_pace(wet, 30 * MINUTE) or (0, 0, 0)
    assert (round(now), round(then), entries) == (66_550, 60_500, 6)


@pytest.mark.parametrize(
    "state",
    [
        field(wet_from=20 * MINUTE, slower=1.1, karts=3),
        evolve(field(wet_from=20 * MINUTE, slower=1.1), flag="yellow"),
        evolve(field(wet_from=20 * MINUTE, slower=1.1), flag_at=28 * MINUTE),
    ],
)
def test_too_few_or_a_flag_tell_no_pace(state: RaceState) -> None:
    assert field_pace(state, 30 * MINUTE) is None


def test_rain_is_told_once() -> None:
    state = field(wet_from=20 * MINUTE, slower=1.1)
    watcher = Watcher(TeamWatch("a", "", (), (rule("pace", threshold=8),)))
    hits = []
    for at in range(17 * MINUTE, 30 * MINUTE, 1_000):
        hits += watcher.take(state, state, [], at)

    assert [(hit.natural, dict(hit.values)) for hit in hits] == [
        ("pace:1350", {"percent": 10, "now_ms": 66_550, "then_ms": 60_500, "entries": 6})
    ]


# -- silence -------------------------------------------------------------------------------------


def test_silence_is_told_once_and_again_after_a_word() -> None:
    state = RaceState("x", 0, 0, started_at=1)
    watcher = Watcher(TeamWatch("a", "", (), (rule("stale", threshold=30_000),)))
    hits = []
    for at, data_at in [(10, 0), (29, 0), (31, 0), (32, 0), (60, 50), (79, 50), (80, 50), (90, 50)]:
        hits += watcher.tick(state, at * 1_000, data_at=data_at * 1_000)

    assert [(hit.natural, hit.at) for hit in hits] == [
        ("stale:0", 31_000),
        ("stale:50000", 80_000),
    ]
    assert dict(hits[0].values) == {"silent_ms": 31_000, "data_at": 0}


@pytest.mark.parametrize("fields", [{}, {"started_at": 1, "ended_at": 2}])
def test_an_idle_track_may_be_silent(fields: dict[str, Any]) -> None:
    state = RaceState("x", 0, 0, **fields)
    watcher = Watcher(TeamWatch("a", "", (), (rule("stale", threshold=30_000),)))

    assert watcher.tick(state, 10_000, data_at=0) + watcher.tick(state, 90_000, data_at=0) == []


def test_a_feed_that_was_silent_as_we_came_is_no_news() -> None:
    state = RaceState("x", 0, 0, started_at=1)
    watcher = Watcher(TeamWatch("a", "", (), (rule("stale", threshold=30_000),)))

    assert watcher.tick(state, 90_000, data_at=0) + watcher.tick(state, 95_000, data_at=0) == []

"""Which changes of a row are laps, and which are not."""

from __future__ import annotations

import pytest

from tests.timing.apex_feed import RACE, Table, block
from timing.engine.events import Crossed, LapCompleted, LapMarked, PitIn, PitOut, SessionSeen
from timing.protocols.apex import ApexAdapter

TABLE = Table(*RACE)
SECTORS = Table("sta", "rk", "no", "dr:Team", "s1", "s2", "s3", "llp")
ACTS = (LapCompleted, LapMarked, Crossed, PitIn, PitOut)


class Heard:
    """The acts that an adapter tells, with times in ms since the block."""

    def __init__(self, table: Table = TABLE, **row: str | tuple[str, str]) -> None:
        self.table = table
        self.adapter = ApexAdapter()
        self.adapter.feed(0, block(table, {"r1": {"no": "7", "dr": "OTTERS"} | row}, light="lg"))

    def at(self, ms: int, *lines: str) -> list[object]:
        return self._acts(self.adapter.feed(ms, "\n".join(lines)).events)

    def end(self, ms: int) -> list[object]:
        return self._acts(self.adapter.closed(ms).events)

    def _acts(self, events: list[object]) -> list[object]:
        return [event for event in events if isinstance(event, ACTS)]

    def cell(self, column: str, css: str = "", value: str = "") -> str:
        return self.table.cell("r1", column, css, value)

    def lap(self, ms: int, value: str, css: str = "tn") -> list[object]:
        """A lap as feeds tell it: the time and the crossing in one frame."""
        return self.at(ms, self.cell("llp", css, value), "r1|*|60000|")


def lap(at: int, ms: int, mark: str = "", **more: object) -> LapCompleted:
    return LapCompleted(at, "r1", ms, more.pop("sectors", ()), mark, **more)  # type: ignore[arg-type]


def test_the_start_crossing_is_no_lap() -> None:
    assert Heard().at(1_000, "r1|*||") == [Crossed(1_000, "r1")]


def test_a_new_time_is_a_lap() -> None:
    heard = Heard()
    heard.at(1_000, "r1|*||")

    assert heard.lap(61_000, "1:00.000", "ti") == [lap(61_000, 60_000, "pb"), Crossed(61_000, "r1")]
    assert heard.lap(120_500, "59.500", "tb") == [
        lap(120_500, 59_500, "best"),
        Crossed(120_500, "r1"),
    ]


def test_another_colour_is_the_same_lap() -> None:
    heard = Heard()
    heard.lap(61_000, "1:00.000", "ti")

    assert heard.at(61_400, heard.cell("llp", "tb", "1:00.000")) == [
        LapMarked(61_400, "r1", "best")
    ]


def test_the_same_line_again_is_nothing() -> None:
    heard = Heard()
    heard.lap(61_000, "1:00.000")

    assert heard.at(62_000, heard.cell("llp", "tn", "1:00.000")) == []


def test_a_crossing_without_a_new_time_is_a_lap_of_the_same_time() -> None:
    heard = Heard()
    heard.at(1_000, "r1|*||")
    heard.lap(61_000, "1:00.000")

    assert heard.at(121_000, "r1|*|60000|") == [Crossed(121_000, "r1")]
    assert heard.at(122_000, "") == [lap(121_000, 60_000, repeated=True)]


def test_laps_of_one_time_in_a_row_are_all_counted() -> None:
    heard = Heard()
    heard.lap(60_000, "1:00.000")
    acts = [act for n in range(2, 6) for act in heard.at(n * 60_000, "r1|*|60000|")]
    acts += heard.end(301_000)

    assert [act for act in acts if isinstance(act, LapCompleted)] == [
        lap(n * 60_000, 60_000, repeated=True) for n in range(2, 6)
    ]


def test_a_crossing_far_from_the_time_shown_is_no_lap_of_that_time() -> None:
    heard = Heard()
    heard.lap(61_000, "1:00.000")

    assert heard.at(90_000, "r1|*|60000|") == [Crossed(90_000, "r1")]
    assert heard.end(95_000) == []


def test_the_time_may_come_a_frame_before_its_crossing() -> None:
    heard = Heard()
    heard.at(1_000, "r1|*||")

    assert heard.at(61_000, heard.cell("llp", "tn", "1:00.000")) == [lap(61_000, 60_000)]
    assert heard.at(61_200, "r1|*|60000|") == [Crossed(61_200, "r1")]
    assert heard.end(70_000) == []


def test_the_time_may_come_a_frame_after_its_crossing() -> None:
    heard = Heard()
    heard.lap(61_000, "1:00.000")
    heard.at(121_000, "r1|*|60000|")

    assert heard.at(121_200, heard.cell("llp", "tn", "1:00.010")) == [lap(121_000, 60_010)]
    assert heard.end(130_000) == []


def test_an_equal_last_lap_under_the_flag_is_a_lap() -> None:
    heard = Heard()
    heard.lap(61_000, "1:00.000")
    heard.at(121_000, heard.cell("sta", "sf"), "r1|*|60000|")

    assert heard.end(130_000) == [lap(121_000, 60_000, repeated=True)]


def test_an_equal_last_lap_in_another_colour_is_a_lap_without_a_reference() -> None:
    heard = Heard()
    heard.lap(61_000, "1:00.000", "ti")
    heard.at(121_000, heard.cell("sta", "sf"), heard.cell("llp", "tn", "1:00.000"), "r1|*||")

    assert heard.end(130_000) == [lap(121_000, 60_000, repeated=True)]


def test_laps_after_the_flag_are_timed_for_nobody() -> None:
    heard = Heard()
    heard.lap(61_000, "1:00.000")
    heard.at(121_000, heard.cell("sta", "sf"), heard.cell("llp", "tn", "59.990"), "r1|*||")
    heard.at(180_990, "r1|*|60000|")

    assert heard.end(190_000) == []


def test_the_value_of_a_crossing_is_never_a_lap_time() -> None:
    heard = Heard()

    assert heard.at(61_000, "r1|*|61888|38563") == [Crossed(61_000, "r1")]


@pytest.mark.parametrize(
    "value", ["-0.001", "0.000", "99", "abc", "1 Tour", "25:00:00.000", "1e9.0"]
)
def test_a_time_that_cannot_be_is_counted_and_dropped(value: str) -> None:
    heard = Heard()

    assert heard.at(61_000, heard.cell("llp", "tn", value)) == []
    assert heard.adapter.counters.errors == 1


def test_a_blank_time_is_nothing_and_the_old_one_again_no_lap() -> None:
    heard = Heard()
    heard.lap(61_000, "1:00.000")

    assert heard.at(61_200, heard.cell("llp")) == []
    assert heard.at(61_400, heard.cell("llp", "tn", "1:00.000")) == [LapMarked(61_400, "r1", "")]


def test_a_time_the_block_shows_is_no_news() -> None:
    heard = Heard(llp="1:00.000")

    assert heard.at(10_000, heard.cell("llp", "tb", "1:00.000")) == [
        LapMarked(10_000, "r1", "best")
    ]


def test_the_same_time_in_a_new_table_is_no_lap() -> None:
    heard = Heard()
    heard.lap(61_000, "1:00.000")
    other = Table("rk", "no", "llp", "dr:Team")
    heard.at(70_000, block(other, {"r1": {"no": "7", "llp": "1:00.000"}}, light="lg"))
    heard.table = other

    assert heard.lap(121_200, "1:00.200") == [lap(121_200, 60_200), Crossed(121_200, "r1")]


def test_a_column_that_moved_is_read_by_the_new_table() -> None:
    heard = Heard()
    other = Table("dr:Team", "no", "gap", "rk", "llp", "otr")
    heard.at(30_000, block(other, {"r1": {"no": "7"}}, light="lg"))

    assert heard.at(61_000, "r1c5|tn|1:00.000", "r1c3|ib|3.210") == [lap(61_000, 60_000)]


def test_a_table_alone_brings_new_columns_too() -> None:
    heard = Heard()
    heard.lap(61_000, "1:00.000")
    other = Table("llp", "no")
    events = heard.adapter.feed(70_000, other.grid({"r1": {"no": "7", "llp": "1:00.000"}})).events

    assert [event.opening for event in events if isinstance(event, SessionSeen)] == [False]
    assert heard.at(121_000, "r1c1|tn|59.999") == [lap(121_000, 59_999)]


# -- sectors -----------------------------------------------------------------------------------


def test_a_lap_brings_the_sectors_shown_since_the_last_one() -> None:
    heard = Heard(SECTORS)
    heard.at(22_000, heard.cell("s1", "tn", "22.000"), "r1|*i1|")
    heard.at(42_000, heard.cell("s2", "tn", "20.000"), "r1|*i2|")

    assert heard.at(
        60_000, heard.cell("s3", "tn", "18.000"), heard.cell("llp", "tn", "1:00.000")
    ) == [lap(60_000, 60_000, sectors=(22_000, 20_000, 18_000))]


def test_sectors_blank_at_the_start_of_the_next_lap_are_none_of_it() -> None:
    heard = Heard(SECTORS)
    heard.at(60_000, *sectors(heard, "22.000", "20.000", "18.000", lap="1:00.000"))
    heard.at(82_000, heard.cell("s1", "tn", "22.500"), heard.cell("s2"), heard.cell("s3"))

    assert heard.at(120_500, heard.cell("llp", "tn", "1:00.500")) == [
        lap(120_500, 60_500, sectors=(22_500, None, None))
    ]


def test_a_sector_of_the_same_time_is_told_by_its_crossing() -> None:
    heard = Heard(SECTORS)
    heard.at(60_000, *sectors(heard, "22.000", "20.000", "18.000", lap="1:00.000"))
    heard.at(82_000, "r1|*i1|")
    heard.at(102_000, "r1|*i2|")

    assert heard.at(
        120_100, heard.cell("s3", "tn", "18.100"), heard.cell("llp", "tn", "1:00.100")
    ) == [lap(120_100, 60_100, sectors=(22_000, 20_000, 18_100))]


def test_an_equal_last_sector_is_proved_by_the_sum() -> None:
    heard = Heard(SECTORS)
    heard.at(60_000, *sectors(heard, "22.000", "20.000", "18.000", lap="1:00.000"))
    heard.at(82_000, heard.cell("s1", "tn", "22.100"))
    heard.at(102_000, heard.cell("s2", "tn", "20.200"))

    assert heard.at(120_300, heard.cell("llp", "tn", "1:00.300")) == [
        lap(120_300, 60_300, sectors=(22_100, 20_200, 18_000))
    ]


def test_sectors_may_have_one_or_two_decimals() -> None:
    heard = Heard(SECTORS)

    assert heard.at(151_870, *sectors(heard, "24.97", "1:34.5", "32.400", lap="2:31.870")) == [
        lap(151_870, 151_870, sectors=(24_970, 94_500, 32_400))
    ]


def sectors(heard: Heard, *times: str, lap: str) -> list[str]:
    cells = [heard.cell(f"s{n}", "tn", value) for n, value in enumerate(times, start=1)]
    return [*cells, heard.cell("llp", "tn", lap)]


# -- the pit lane ------------------------------------------------------------------------------


def test_entry_and_exit_are_told_once_by_all_their_signs() -> None:
    heard = Heard()

    assert heard.at(10_000, heard.cell("sta", "si"), "r1|*in|0") == [PitIn(10_000, "r1")]
    assert heard.at(10_200, heard.cell("otr", "to", "00.")) == []
    assert heard.at(70_000, heard.cell("sta", "so"), "r1|*out|0") == [PitOut(70_000, "r1")]
    assert heard.at(70_200, heard.cell("otr", "to", "1:00.")) == []


@pytest.mark.parametrize(
    ("sign", "at"), [("r1|*in|0", 10_000), ("r1c1|si|", 10_000), ("r1c8|to|03.", 10_000)]
)
def test_each_sign_of_an_entry_is_enough(sign: str, at: int) -> None:
    assert Heard().at(10_000, sign) == [PitIn(at, "r1")]


@pytest.mark.parametrize("sign", ["r1|*out|0", "r1c1|so|"])
def test_an_exit_without_an_entry_is_an_exit(sign: str) -> None:
    assert Heard().at(10_000, sign) == [PitOut(10_000, "r1")]


def test_the_timer_of_a_stop_that_just_ended_is_no_entry() -> None:
    heard = Heard()
    heard.at(10_000, "r1|*in|0")
    heard.at(70_000, "r1|*out|0")

    assert heard.at(70_400, heard.cell("otr", "to", "1:00.")) == []


def test_a_crossing_proves_that_the_exit_was_missed() -> None:
    heard = Heard()
    heard.at(10_000, "r1|*in|0")
    heard.at(90_000, "r1|*|60000|")

    assert heard.at(100_000, "r1|*in|0") == [PitIn(100_000, "r1")]


def test_the_reset_at_a_new_leader_lap_does_not_end_a_stop() -> None:
    heard = Heard()
    heard.at(10_000, heard.cell("sta", "si"))
    heard.at(20_000, heard.cell("sta", "in"))

    assert heard.at(30_000, heard.cell("sta", "so")) == [PitOut(30_000, "r1")]


@pytest.mark.parametrize(
    ("status", "timer", "in_pit"),
    [("si", "to", True), ("in", "to", True), ("so", "to", False), ("ss", "to", False)],
)
def test_a_block_shows_a_timer_also_of_who_has_just_left(
    status: str, timer: str, in_pit: bool
) -> None:
    events = (
        ApexAdapter()
        .feed(0, block(TABLE, {"r1": {"sta": (status, ""), "otr": (timer, "48.")}}))
        .events
    )

    (seen,) = events[-2:-1]
    assert isinstance(seen, SessionSeen)
    assert seen.rows[0].fields.get("in_pit", False) is in_pit

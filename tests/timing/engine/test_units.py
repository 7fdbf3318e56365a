from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from timing.engine.units import (
    MAX_LAP_MS,
    format_ms,
    parse_clock_hm,
    parse_lap,
    parse_time,
)


@pytest.mark.parametrize(
    ("text", "ms"),
    [
        ("59.123", 59_123),
        ("1:02.008", 62_008),
        ("1:00:02.5", 3_602_500),
        ("24.97", 24_970),
        ("1:34.5", 94_500),
        ("0.001", 1),
        ("24:00:00", 86_400_000),
        ("90", 90_000),
        ("61.1234567", None),
        ("61.123456", 61_123),
        ("", None),
        ("-0.001", None),
        ("+1.000", None),
        ("1,002", None),
        ("1 Tour", None),
        ("1:2:3:4.5", None),
        (" 59.123", None),
        ("５９.123", None),
        ("1e3.0", None),
        (".5", None),
        ("59.", None),
    ],
)
def test_a_time_reads_as_milliseconds(text: str, ms: int | None) -> None:
    assert parse_time(text) == ms


@pytest.mark.parametrize(
    ("text", "ms"),
    [
        ("59.123", 59_123),
        ("59", None),  # counts look like that
        ("0.000", None),
        ("23:59:59.999", MAX_LAP_MS - 1),
        ("24:00:00.000", None),
        ("999:59:59.000", None),
    ],
)
def test_a_lap_has_decimals_and_ends_within_a_day(text: str, ms: int | None) -> None:
    assert parse_lap(text) == ms


@pytest.mark.parametrize(
    ("text", "ms"),
    [
        ("0:00", 0),
        ("0:54", 54 * 60_000),
        ("3:08", 188 * 60_000),
        ("100:00", 6_000 * 60_000),
        ("1000:00", None),
        ("1:000", None),
        ("1:00:00", None),
        ("54", None),
        (":54", None),
        ("٣:٠٨", None),
        ("", None),
    ],
)
def test_a_stint_clock_reads_hours_and_minutes(text: str, ms: int | None) -> None:
    assert parse_clock_hm(text) == ms


@given(st.integers(min_value=1, max_value=MAX_LAP_MS - 1))
def test_a_printed_lap_reads_back_as_itself(ms: int) -> None:
    assert parse_lap(format_ms(ms)) == ms


@given(st.text())
def test_no_text_is_too_strange_to_read(text: str) -> None:
    for parse in (parse_time, parse_lap, parse_clock_hm):
        assert parse(text) is None or isinstance(parse(text), int)

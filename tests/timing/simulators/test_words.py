from __future__ import annotations

import pytest

from timing.simulators.happenings import MessagePosted
from timing.simulators.rows import pit_timer
from timing.simulators.words import FR, LANGUAGES, message_text, penalty_cell, seconds


@pytest.mark.parametrize(
    ("ms", "text"),
    [(251, "0.251"), (59_123, "59.123"), (62_008, "1:02.008"), (3_600_001, "1:00:00.001")],
)
def test_times_are_printed_as_the_server_does(ms: int, text: str) -> None:
    assert seconds(ms) == text


@pytest.mark.parametrize(
    ("ms", "text"), [(400, "00."), (5_999, "05."), (65_000, "1:05."), (3_723_000, "1:02:03.")]
)
def test_pit_timer_has_a_trailing_dot(ms: int, text: str) -> None:
    assert pit_timer(ms) == text


@pytest.mark.parametrize(
    ("laps", "ms", "text"),
    [
        (0, 0, ""),
        (1, 0, "1 Tr"),
        (3, 0, "3 Trs"),
        (0, 10_000, "10.000"),
        (1, 10_000, "1 Tr 10.000"),
    ],
)
def test_penalty_cell_adds_up(laps: int, ms: int, text: str) -> None:
    assert penalty_cell(FR, laps, ms) == text


def test_penalty_message_says_what_it_costs() -> None:
    message = MessagePosted(0, 1, "penalty", 4, "12", "short_pit", "01:17", 96, 1, 0)

    assert message_text(FR, message) == "Pénalité - Passage au stand en 01:17 (Tour 96) - 1 Tour"


def test_every_language_has_every_word() -> None:
    shape = {(tuple(sorted(w.labels)), tuple(sorted(w.texts)), tuple(sorted(w.sessions)))
             for w in LANGUAGES.values()}  # fmt: skip

    assert len(shape) == 1

from __future__ import annotations

from typing import Any

import pytest

from timing.engine.alerts import Hit
from timing.enums import AlertKind
from timing.wording import _WORDS, words

CHASE = {"own": "r1", "own_number": "7", "gap_ms": 3_712, "lap": 40}
CASES: list[tuple[str, dict[str, Any], str, str]] = [
    ("pit_in", {"stop": 3, "lap": 45}, "Kart 24 in the pits", "Stop 3, after lap 45"),
    (
        "pit_out",
        {"stop": 3, "lap": 45, "duration_ms": 92_400},
        "Kart 24 leaves the pits",
        "Stop 3 took 1:32",
    ),
    (
        "pit_out",
        {"stop": 3, "lap": 45, "duration_ms": None},
        "Kart 24 leaves the pits",
        "Stop 3, after lap 45",
    ),
    (
        "short_stop",
        {"stop": 3, "lap": 45, "duration_ms": 58_200, "threshold_ms": 60_000},
        "Kart 24: pit stop too short",
        "58 s, at least 1:00 wanted",
    ),
    (
        "driver",
        {"driver": "Ada", "before": "Bob", "stint": 3},
        "Kart 24: Ada drives",
        "Stint 3 · before: Bob",
    ),
    ("driver", {"driver": "Ada", "before": "", "stint": 0}, "Kart 24: Ada drives", ""),
    ("trouble", {"what": "stopped", "silent_ms": None}, "Kart 24 has stopped", ""),
    ("trouble", {"what": "slow", "silent_ms": None}, "Kart 24 is slow", ""),
    (
        "trouble",
        {"what": "missing", "silent_ms": 150_000},
        "Kart 24 is overdue",
        "Last seen 2:30 ago",
    ),
    (
        "best",
        {"ms": 58_123, "before_ms": 58_435, "lap": 12, "session": True},
        "Kart 24: best lap of all, 58.123",
        "Lap 12 · 0.31 s quicker",
    ),
    (
        "best",
        {"ms": 62_008, "before_ms": None, "lap": None, "session": False},
        "Kart 24: own best lap, 1:02.008",
        "",
    ),
    (
        "gap",
        {**CHASE, "ahead": True, "direction": "closer", "threshold_ms": 5_000},
        "Kart 24 within 5 s",
        "3.71 s from kart 7, lap 40",
    ),
    (
        "gap",
        {**CHASE, "ahead": False, "direction": "wider", "threshold_ms": 90_000, "gap_ms": 91_000},
        "Kart 24 more than 1:30 away",
        "1:31 from kart 7, lap 40",
    ),
    (
        "catch",
        {**CHASE, "laps": 12, "chaser": "they", "closing_ms": 310},
        "Kart 24 closes: 0.31 s a lap, there in 12 laps",
        "3.71 s from kart 7, lap 40",
    ),
    (
        "catch",
        {**CHASE, "laps": 1, "chaser": "we", "closing_ms": 3_100},
        "We close on kart 24: 3.10 s a lap, there in 1 lap",
        "3.71 s from kart 7, lap 40",
    ),
    (
        "stint",
        {"stint": 3, "driver": "Ada", "threshold_ms": 2_700_000},
        "Kart 24: stint of 45:00",
        "Stint 3 · Ada",
    ),
    (
        "message",
        {"type": "penalty", "text": "5 s", "time": "14:02", "laps": None, "ms": 5_000},
        "Race control to kart 24: 5 s",
        "14:02",
    ),
    ("flag", {"flag": "red", "before": "green"}, "Red flag", ""),
    (
        "pace",
        {"percent": 12, "now_ms": 68_200, "then_ms": 61_000, "entries": 23},
        "The whole field is 12 % slower",
        "1:08.200 a lap, a quarter of an hour ago 1:01.000",
    ),
    ("stale", {"silent_ms": 3_725_000, "data_at": 0}, "The feed is silent", "No news for 1:02:05"),
]


@pytest.mark.parametrize(("kind", "values", "title", "detail"), CASES)
def test_an_alert_says_what_happened(
    kind: str, values: dict[str, Any], title: str, detail: str
) -> None:
    assert words(Hit(1, kind, "r2", "24", "x", 0, values)) == (title, detail)


def test_every_kind_has_words() -> None:
    assert set(_WORDS) == set(AlertKind.values) == {kind for kind, *_ in CASES}


def test_a_kart_without_a_number_is_called_by_its_row() -> None:
    assert words(Hit(1, "pit_in", "r2", "", "x", 0, {"stop": 1, "lap": 0}))[0] == (
        "Kart r2 in the pits"
    )


def test_race_control_may_speak_to_all() -> None:
    hit = Hit(1, "message", "", "", "x", 0, {"text": "Rain", "time": ""})
    assert words(hit) == ("Race control: Rain", "")

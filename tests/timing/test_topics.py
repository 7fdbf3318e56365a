from __future__ import annotations

import pytest

from timing.topics import alerts_of, alerts_topic, overlay_of, overlay_topic, race_of, race_topic


def test_names_are_read_as_they_are_spelled() -> None:
    assert race_of(race_topic("r")) == "r"
    assert overlay_of(overlay_topic("t", "r")) == ("t", "r")
    assert alerts_of(alerts_topic("t")) == "t"


@pytest.mark.parametrize(
    "topic", ["", "race", "race.", "team.t", "team..race.r", "team.t.race.", "team..alerts", "x.r"]
)
def test_what_is_spelled_otherwise_is_nothing(topic: str) -> None:
    assert (race_of(topic), overlay_of(topic), alerts_of(topic)) == (None, None, None)


def test_one_is_not_taken_for_another() -> None:
    assert race_of(overlay_topic("t", "r")) is None
    assert overlay_of(alerts_topic("t")) is None
    assert alerts_of(overlay_topic("t", "r")) is None

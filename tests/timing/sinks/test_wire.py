from __future__ import annotations

import logging
from typing import Any

import pytest

from timing.frames import hub_news
from timing.sinks.wire import Wire


class Away:
    """A channel layer that can be away."""

    def __init__(self) -> None:
        self.is_away = True
        self.sent: list[dict[str, Any]] = []

    async def group_send(self, group: str, message: dict[str, Any]) -> None:
        if self.is_away:
            raise ConnectionRefusedError("no Redis")
        self.sent.append(message)


async def test_a_layer_that_is_away_is_said_once_and_nothing_waits_for_it(
    caplog: pytest.LogCaptureFixture,
) -> None:
    layer = Away()
    wire = Wire(layer)
    with caplog.at_level(logging.WARNING):
        for number in range(1_000):
            await wire.send(hub_news("race.x", "news", number=number))
        layer.is_away = False
        await wire.send(hub_news("race.x", "news", number=1_000))

    assert [record.getMessage() for record in caplog.records] == [
        "race.x: not published, nor what follows: no Redis",
        "published again; 1000 frames were not",
    ]
    assert (len(layer.sent), wire.unsent) == (1, 0)

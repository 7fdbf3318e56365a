"""Alerts on their way: told once, kept until they are written, never too many."""

from __future__ import annotations

import asyncio
import logging
import uuid
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

import pytest

from tests.timing.sinks.test_publisher import Wire
from timing import announcing
from timing.announcing import AlertDesk
from timing.models import Alert
from timing.sinks.alerts import Raised
from timing.sinks.publisher import Publisher

TEAM, FEED = uuid.UUID(int=1), uuid.UUID(int=2)


def raised(number: int) -> Raised:
    at = datetime(2026, 5, 30, tzinfo=UTC)
    alert = Alert(
        id=uuid.UUID(int=number), team_id=TEAM, feed_id=FEED, kind="flag", title=f"{number}", at=at
    )
    return Raised(alert, "otters")


async def told(desk: AlertDesk) -> list[dict[str, Any]]:
    wire = Wire()
    task = asyncio.create_task(desk.announce(Publisher(layer=wire, feed=str(FEED), epoch=1)))
    for _ in range(5):
        await asyncio.sleep(0)
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task
    return [message for _, message in wire.sent]


async def test_an_alert_is_told_to_its_team_as_news() -> None:
    desk = AlertDesk()
    desk.take(raised(7))
    (message,) = await told(desk)

    assert {name: message[name] for name in ("type", "topic", "event")} == {
        "type": "hub.news",
        "topic": f"team.{TEAM}.alerts",
        "event": "alert",
    }
    assert "epoch" not in message
    assert '"title":"7"' in message["frame"]


async def test_the_same_alert_is_taken_once() -> None:
    desk = AlertDesk()
    desk.know([uuid.UUID(int=1)])
    for number in (1, 2, 2):
        desk.take(raised(number))
    assert len(await told(desk)) == 1
    assert [each.alert.title for each in desk.to_write()] == ["2"]


async def test_what_was_not_written_waits_for_the_next_time() -> None:
    desk = AlertDesk()
    desk.take(raised(1), announce=False)
    first = desk.to_write()
    desk.take(raised(2))
    assert desk.due.is_set()
    assert [each.alert.title for each in desk.to_write()] == ["1", "2"]
    assert not desk.due.is_set()
    desk.written(first)

    assert [each.alert.title for each in desk.to_write()] == ["2"]
    assert len(await told(desk)) == 1


async def test_a_database_that_stays_away_costs_the_oldest(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(announcing, "WAITING", 2)
    desk = AlertDesk()
    with caplog.at_level(logging.ERROR):
        for number in range(1, 6):
            desk.take(raised(number))
        desk.written(desk.to_write())
    assert len(caplog.records) == 2
    assert len(await told(desk)) == 2
    assert desk.to_write() == []


async def test_the_newest_are_known_longest(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(announcing, "KNOWN", 2)
    desk = AlertDesk()
    desk.know(uuid.UUID(int=number) for number in (1, 2, 3))
    for number in (1, 3):
        desk.take(raised(number))
    assert [each.alert.title for each in desk.to_write()] == ["1"]

"""Alerts on their way: told once, kept until they are written, never too many."""

from __future__ import annotations

import asyncio
import json
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
from timing.seen import Seen
from timing.sinks.alerts import Raised
from timing.sinks.publisher import Publisher

TEAM, FEED = uuid.UUID(int=1), uuid.UUID(int=2)
NOON = datetime(2026, 5, 30, 12, tzinfo=UTC)


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


# -- seen before they had rows


def seen(*numbers: int, until: datetime | None = None, team: uuid.UUID = TEAM) -> Seen:
    return Seen(team, tuple(uuid.UUID(int=each) for each in numbers), until, NOON, None)


async def test_what_was_seen_too_early_waits_for_its_row() -> None:
    desk = AlertDesk()
    desk.take(raised(1))
    desk.to_write()
    desk.see(seen(1, 2, 1))

    assert desk.due.is_set(), "it is written at once"
    assert desk.seen() == [seen(1)], "the other one is of another feed, or of none"
    desk.seen_written(desk.seen())
    assert desk.seen() == []


async def test_all_that_were_on_the_page_are_those_of_the_team_until_then() -> None:
    desk = AlertDesk()
    desk.take(raised(1))
    later = raised(2)
    later.alert.at = NOON
    desk.take(later)

    desk.see(seen(until=datetime(2026, 5, 30, 11, tzinfo=UTC)))
    desk.see(seen(until=NOON, team=uuid.UUID(int=9)))

    assert [each.alerts for each in desk.seen()] == [(uuid.UUID(int=1),)]


async def test_what_was_seen_in_time_is_nothing_to_write() -> None:
    desk = AlertDesk()
    desk.see(seen(1, until=NOON))

    assert (desk.seen(), desk.due.is_set()) == ([], False)


def test_what_was_seen_is_said_to_another_process_whole() -> None:
    for each in (seen(1, 2), seen(until=NOON), Seen(TEAM, (), NOON, NOON, 7)):
        assert Seen.of(json.loads(json.dumps(each.message()))) == each


async def test_the_newest_are_known_longest(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(announcing, "KNOWN", 2)
    desk = AlertDesk()
    desk.know(uuid.UUID(int=number) for number in (1, 2, 3))
    for number in (1, 3):
        desk.take(raised(number))
    assert [each.alert.title for each in desk.to_write()] == ["1"]

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest

from teams.delivery.ages import old_from
from teams.delivery.claims import claim, settle
from teams.delivery.outcomes import again
from teams.delivery.services import retry
from teams.delivery.worker import deliver_due
from teams.enums import Channel, DeliveryState
from teams.models import Delivery
from tests.factories.system import system
from tests.receivers.push import PushService
from tests.receivers.webhook import HookReceiver
from tests.teams.delivery import build
from tests.teams.delivery.build import NOW, offer, rows

HALF_AN_HOUR = timedelta(minutes=30)


@pytest.fixture
def browser(place: SimpleNamespace, settings: Any) -> Iterator[PushService]:
    settings.ALLOW_PRIVATE_FEEDS = ["127.0.0.1"]
    with PushService() as service:
        build.device(place.team, place.member, **service.subscription())
        yield service


@pytest.fixture
def hook(place: SimpleNamespace, settings: Any) -> Iterator[HookReceiver]:
    settings.ALLOW_PRIVATE_FEEDS = ["127.0.0.1"]
    with HookReceiver() as receiver:
        build.webhook(place.team, receiver.url)
        yield receiver


def deliver(channel: Channel, at: datetime = NOW) -> Delivery:
    deliver_due(channel=channel, clock=lambda: at)
    (row,) = rows(channel=channel)
    return row


@pytest.mark.parametrize(
    ("channel", "severity", "span"),
    [
        (Channel.PUSH, "info", timedelta(minutes=5)),
        (Channel.PUSH, "warning", timedelta(minutes=15)),
        (Channel.PUSH, "danger", HALF_AN_HOUR),
        (Channel.PUSH, "unheard of", timedelta(minutes=5)),
        (Channel.EMAIL, "danger", timedelta(hours=2)),
        (Channel.WEBHOOK, "info", timedelta(hours=24)),
    ],
)
def test_how_long_a_message_is_news(channel: Channel, severity: str, span: timedelta) -> None:
    assert old_from(channel, {"severity": severity}, NOW) == NOW + span


def test_an_old_alert_is_not_pushed_as_if_it_were_new(
    place: SimpleNamespace, browser: PushService
) -> None:
    """No worker was there for half an hour."""
    offer(place.team, push=True, body=build.BODY | {"severity": "danger"})

    row = deliver(Channel.PUSH, at=NOW + HALF_AN_HOUR)

    assert (row.state, row.error, browser.got) == (
        DeliveryState.DEAD,
        "It was too old to be told as news.",
        [],
    )


def test_what_was_written_late_is_as_old_as_what_it_tells(
    place: SimpleNamespace, browser: PushService
) -> None:
    """The database was away meanwhile."""
    offer(place.team, push=True, at=NOW - HALF_AN_HOUR)

    assert (deliver(Channel.PUSH).state, browser.got) == (DeliveryState.DEAD, [])


def test_a_push_service_keeps_it_no_longer_than_it_is_news(
    place: SimpleNamespace, browser: PushService
) -> None:
    offer(place.team, push=True, at=NOW - timedelta(minutes=14))

    assert deliver(Channel.PUSH).state == DeliveryState.DONE
    assert browser.got[0].headers["ttl"] == "60"


def test_no_attempt_is_planned_for_when_it_is_no_news(
    place: SimpleNamespace, browser: PushService
) -> None:
    browser.answers = [(503, {"Retry-After": "3600"})]
    offer(place.team, push=True)

    row = deliver(Channel.PUSH)

    assert (row.state, row.error) == (DeliveryState.DEAD, "The receiver answers 503.")


def test_a_program_may_get_it_hours_later(place: SimpleNamespace, hook: HookReceiver) -> None:
    offer(place.team, webhook=True)

    assert deliver(Channel.WEBHOOK, at=NOW + timedelta(hours=23)).state == DeliveryState.DONE


def test_what_somebody_wants_again_is_news_again(
    place: SimpleNamespace, hook: HookReceiver
) -> None:
    offer(place.team, webhook=True)
    late = NOW + timedelta(days=3)
    assert deliver(Channel.WEBHOOK, at=late).state == DeliveryState.DEAD

    with system():
        retry(deliveries=Delivery.objects.all(), now=late)

    assert deliver(Channel.WEBHOOK, at=late).state == DeliveryState.DONE


def test_but_a_push_that_was_too_old_stays_so(place: SimpleNamespace, browser: PushService) -> None:
    offer(place.team, push=True)
    late = NOW + timedelta(days=3)
    deliver(Channel.PUSH, at=late)

    with system():
        retry(deliveries=Delivery.objects.all(), now=late)

    assert (deliver(Channel.PUSH, at=late).state, browser.got) == (DeliveryState.DEAD, [])


def test_a_row_without_an_end_is_tried_as_long_as_any(place: SimpleNamespace) -> None:
    build.webhook(place.team)
    offer(place.team, webhook=True)
    with system():
        Delivery.objects.update(expires_at=None)
        (row,) = claim(channel=Channel.WEBHOOK, now=NOW, limit=1)
        settle(row, again("no"), now=NOW + timedelta(days=300))

    assert rows()[0].state == DeliveryState.PENDING

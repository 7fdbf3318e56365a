from __future__ import annotations

from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest

from teams.delivery.push import payload, public_key
from teams.delivery.worker import deliver_due
from teams.enums import Channel, DeliveryState
from teams.models import Delivery, Membership, PushSubscription
from tests.factories.system import system
from tests.receivers.push import PushService
from tests.teams.delivery import build
from tests.teams.delivery.build import NOW, offer, rows


@pytest.fixture
def browser(settings: Any) -> Iterator[PushService]:
    settings.ALLOW_PRIVATE_FEEDS = ["127.0.0.1"]
    with PushService() as service:
        yield service


@pytest.fixture
def device(place: SimpleNamespace, browser: PushService) -> PushSubscription:
    return build.device(place.team, place.member, **browser.subscription())


def deliver() -> Delivery:
    deliver_due(channel=Channel.PUSH, clock=lambda: NOW)
    (row,) = rows(channel=Channel.PUSH)
    return row


def offer_push(place: SimpleNamespace, **fields: Any) -> None:
    offer(place.team, push=True, email=False, webhook=False, **fields)


def subscriptions() -> list[tuple[str, object]]:
    with system():
        return [(each.agent, each.last_ok_at) for each in PushSubscription.objects.all()]


def test_only_the_browser_can_read_it(
    place: SimpleNamespace, browser: PushService, device: PushSubscription
) -> None:
    offer_push(place)

    row = deliver()

    assert browser.shown == [
        {
            "title": "Kart 7 pits",
            "text": "Lap 31, stint 1:02:11",
            "url": "/t/ours/feeds/1/",
            "severity": "warning",
            "tag": build.BODY["alert"]["id"],
            "at": build.NOW_MS,
        }
    ]
    assert b"Kart 7" not in browser.got[0].body
    assert (row.state, row.error, row.attempts, row.done_at) == (DeliveryState.DONE, "", 1, NOW)
    assert ("Firefox · Linux", NOW) in subscriptions()


def test_the_service_learns_who_sends_how_urgent_and_for_how_long(
    place: SimpleNamespace, browser: PushService, device: PushSubscription
) -> None:
    offer_push(place)

    row = deliver()

    assert browser.senders == [
        {
            "aud": browser.url,
            "exp": int(NOW.timestamp()) + 12 * 3_600,
            "sub": "mailto:noreply@localhost",
            "key": public_key(),
        }
    ]
    sent = {name: browser.got[0].headers[name] for name in ("ttl", "urgency", "topic")}
    assert sent == {"ttl": "900", "urgency": "high", "topic": row.pk.hex}


@pytest.mark.parametrize("status", [404, 410])
def test_a_browser_that_unsubscribed_is_forgotten(
    status: int, place: SimpleNamespace, browser: PushService, device: PushSubscription
) -> None:
    browser.answers = [status]
    offer_push(place)

    row = deliver()

    assert (row.state, row.push_id, row.receiver) == (DeliveryState.DEAD, None, "Firefox · Linux")
    assert not PushSubscription._base_manager.filter(pk=device.pk).exists()


@pytest.mark.parametrize("status", [429, 500, 503])
def test_a_service_in_trouble_is_asked_again(
    status: int, place: SimpleNamespace, browser: PushService, device: PushSubscription
) -> None:
    browser.answers = [(status, {"Retry-After": "120"})]
    offer_push(place)

    row = deliver()

    assert (row.state, row.error) == (
        DeliveryState.PENDING,
        f"The receiver answers {status}.",
    )
    assert (row.next_at - NOW).total_seconds() == 120


@pytest.mark.parametrize("status", [400, 401, 403, 413])
def test_what_no_attempt_would_change_is_not_tried_again(
    status: int, place: SimpleNamespace, browser: PushService, device: PushSubscription
) -> None:
    """A subscription for another key of ours, or a message that is too long."""
    browser.answers = [status]
    offer_push(place)

    assert deliver().state == DeliveryState.DEAD


def test_who_left_in_the_meantime_is_not_told(
    place: SimpleNamespace, browser: PushService, device: PushSubscription
) -> None:
    offer_push(place)
    with system():
        Membership.objects.filter(team=place.team, user=place.member).delete()

    assert deliver().state == DeliveryState.DEAD
    assert browser.got == []


def test_a_device_that_was_removed_in_the_meantime_is_not_told(
    place: SimpleNamespace, browser: PushService, device: PushSubscription
) -> None:
    offer_push(place)
    with system():
        device.delete()

    row = deliver()

    assert (row.state, row.error) == (DeliveryState.DEAD, "The device is not subscribed any more.")


@pytest.mark.parametrize("broken", [{"p256dh": "nonsense"}, {"auth": "é"}, {"endpoint": "x"}])
def test_a_subscription_that_is_nonsense_stops_nobody_else(
    broken: dict[str, str],
    place: SimpleNamespace,
    browser: PushService,
    device: PushSubscription,
    caplog: pytest.LogCaptureFixture,
) -> None:
    nonsense = browser.subscription("/send/secret-path") | broken
    build.device(place.team, place.owner, agent="Broken", **nonsense)
    offer_push(place)

    deliver_due(channel=Channel.PUSH, clock=lambda: NOW)

    states = {row.receiver: row.state for row in rows(channel=Channel.PUSH)}
    assert states["Firefox · Linux"] == DeliveryState.DONE
    assert states["Broken"] != DeliveryState.DONE
    assert "secret-path" not in caplog.text


def test_a_private_address_is_not_dialled(place: SimpleNamespace, settings: Any) -> None:
    with PushService() as service:
        build.device(place.team, place.member, **service.subscription())
        offer_push(place)

        row = deliver()

    assert (row.state, service.got) == (DeliveryState.DEAD, [])
    assert "begin with https://" in row.error


@pytest.mark.parametrize("letter", ["x", "ж", "\U0001f3ce", '"', "\x01"])
def test_a_message_fits_however_long_its_words_are(
    letter: str, place: SimpleNamespace, browser: PushService, device: PushSubscription
) -> None:
    offer_push(place, body={"title": letter * 900, "text": letter * 900, "url": letter * 2_000})

    assert deliver().state == DeliveryState.DONE
    assert browser.shown[0]["title"].startswith(letter * 30)


def test_nothing_of_an_alert_is_needed_but_a_subject(place: SimpleNamespace) -> None:
    row = Delivery(subject="Hello", body={})

    assert payload(row).startswith(b'{"title":"Hello","text":"","url":"/","severity":"info"')

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from django.template.loader import render_to_string

from teams.delivery.services import rotate_secret
from teams.delivery.webhooks import signature
from teams.delivery.worker import deliver_due
from teams.enums import Channel, DeliveryState
from teams.models import Delivery, Webhook
from tests.factories.system import system
from tests.receivers.webhook import HookReceiver, is_from_us
from tests.teams.delivery import build
from tests.teams.delivery.build import NOW, offer, rows


@pytest.fixture
def receiver(settings: Any) -> Iterator[HookReceiver]:
    settings.ALLOW_PRIVATE_FEEDS = ["127.0.0.1"]
    settings.PUBLIC_URL = "https://timing.example.net"
    with HookReceiver() as found:
        yield found


@pytest.fixture
def hook(place: SimpleNamespace, receiver: HookReceiver) -> Webhook:
    return build.webhook(place.team, f"{receiver.url}/secret-path")


def deliver(after: timedelta = timedelta(0)) -> Delivery:
    deliver_due(channel=Channel.WEBHOOK, clock=lambda: NOW + after)
    (row,) = rows(channel=Channel.WEBHOOK)
    return row


def offer_hook(place: SimpleNamespace, **fields: Any) -> None:
    offer(place.team, push=False, email=False, webhook=True, **fields)


def test_the_alert_is_posted_signed_and_with_its_key(
    place: SimpleNamespace, receiver: HookReceiver, hook: Webhook
) -> None:
    offer_hook(place)

    row = deliver()

    assert receiver.once == {
        str(row.pk): {
            "type": "alert",
            "id": str(row.pk),
            "team": {"id": str(place.team.pk), "name": "Ours"},
            **build.BODY,
            "url": "https://timing.example.net/t/ours/feeds/1/",
        }
    }
    assert (row.state, row.attempts, row.done_at) == (DeliveryState.DONE, 1, NOW)


def test_what_comes_again_has_the_same_key_and_bytes(
    place: SimpleNamespace, receiver: HookReceiver, hook: Webhook
) -> None:
    receiver.answers = [500]
    offer_hook(place)

    assert deliver().state == DeliveryState.PENDING
    row = deliver(after=timedelta(seconds=11))

    first, second = receiver.got
    assert (row.state, row.attempts) == (DeliveryState.DONE, 2)
    assert first.headers["idempotency-key"] == second.headers["idempotency-key"]
    assert first.body == second.body
    assert first.headers["lt-signature"] != second.headers["lt-signature"]


def test_gone_is_final(place: SimpleNamespace, receiver: HookReceiver, hook: Webhook) -> None:
    receiver.answers = [410]
    offer_hook(place)

    row = deliver()

    assert (row.state, row.error) == (DeliveryState.DEAD, "The receiver answers 410.")


@pytest.mark.parametrize("status", [302, 400, 401, 404, 429, 500])
def test_anything_else_may_pass(
    status: int, place: SimpleNamespace, receiver: HookReceiver, hook: Webhook
) -> None:
    receiver.answers = [(status, {"Location": "http://169.254.169.254/"})]
    offer_hook(place)

    row = deliver()

    assert (row.state, len(receiver.got)) == (DeliveryState.PENDING, 1)


def test_a_new_secret_signs_what_is_on_its_way(
    place: SimpleNamespace, receiver: HookReceiver, hook: Webhook
) -> None:
    offer_hook(place)
    with system():
        receiver.secret = rotate_secret(webhook=hook)

    assert deliver().state == DeliveryState.DONE
    assert not is_from_us(receiver.got[0], "whsec_tests")


def test_a_webhook_switched_off_or_deleted_in_the_meantime_gets_nothing(
    place: SimpleNamespace, receiver: HookReceiver, hook: Webhook
) -> None:
    deleted = build.webhook(place.team, receiver.url, name="Deleted")
    offer_hook(place)
    with system():
        Webhook.objects.filter(pk=hook.pk).update(is_enabled=False)
        deleted.delete()

    deliver_due(channel=Channel.WEBHOOK, clock=lambda: NOW)

    assert sorted((row.receiver, row.state, row.error) for row in rows()) == [
        ("Deleted", DeliveryState.DEAD, "The webhook was deleted."),
        ("Pit radio", DeliveryState.DEAD, "The webhook is switched off."),
    ]
    assert receiver.got == []


def test_a_private_address_is_refused_when_it_is_dialled(
    place: SimpleNamespace, settings: Any, caplog: pytest.LogCaptureFixture
) -> None:
    build.webhook(place.team, "https://127.0.0.1:8443/secret-path")
    offer_hook(place)

    row = deliver()

    assert row.state == DeliveryState.DEAD
    assert "private network" in row.error
    assert "secret-path" not in row.error + caplog.text


def test_a_closed_port_is_tried_again_and_names_no_address(
    place: SimpleNamespace, settings: Any, caplog: pytest.LogCaptureFixture
) -> None:
    settings.ALLOW_PRIVATE_FEEDS = ["127.0.0.1"]
    with HookReceiver() as closed:
        url = f"{closed.url}/secret-path"
    build.webhook(place.team, url)
    offer_hook(place)

    row = deliver()

    assert (row.state, row.error) == (DeliveryState.PENDING, "127.0.0.1 does not answer.")
    assert "secret-path" not in caplog.text


EXAMPLE = "teams/channels/verify.py.txt"


def test_the_example_on_the_page_verifies_what_we_sign() -> None:
    verified = example(seconds_later=1)
    header = signature(BYTES, secret="whsec_x", now=NOW)

    assert verified(BYTES, header, "whsec_x")
    assert not verified(b'{"a":2}', header, "whsec_x")
    assert not verified(BYTES, header, "whsec_y")
    for nonsense in ("", "t=1", "v1=x", "t=x,v1=y", header.replace("v1", "v2"), "é"):
        assert not verified(BYTES, nonsense, "whsec_x"), nonsense


def test_what_was_overheard_is_not_good_again_later() -> None:
    header = signature(BYTES, secret="whsec_x", now=NOW)

    assert example(seconds_later=299)(BYTES, header, "whsec_x")
    assert not example(seconds_later=300)(BYTES, header, "whsec_x")
    at = str(int(NOW.timestamp()))
    again = header.replace(at, str(int(at) + 300))
    assert not example(seconds_later=300)(BYTES, again, "whsec_x"), "the time is signed, too"


def test_the_example_of_the_manual_is_that_of_the_page() -> None:
    manual = Path(__file__).parents[3] / "docs" / "webhooks.md"

    assert render_to_string(EXAMPLE) in manual.read_text()


BYTES = b'{"a":1}'


def example(*, seconds_later: int) -> Any:
    found: dict[str, Any] = {}
    exec(render_to_string(EXAMPLE), found)
    found["time"] = SimpleNamespace(time=lambda: NOW.timestamp() + seconds_later)
    return found["is_from_lt_analyzer"]

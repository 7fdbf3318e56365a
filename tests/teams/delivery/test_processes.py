"""Workers as processes of their own, killed in mid delivery."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from django.conf import settings as installed
from django.db import connection
from django.utils import timezone

from lt_analyzer.deliverer import Deliverer
from teams.delivery.claims import HOLD
from teams.delivery.worker import deliver_due
from teams.enums import Channel, DeliveryState
from tests.receivers.push import PushService
from tests.receivers.webhook import HookReceiver
from tests.teams.delivery import build
from tests.teams.delivery.build import offer, rows

ROOT = Path(__file__).resolve().parents[3]
PATIENCE_S = 180

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def receiver(settings: Any) -> Iterator[HookReceiver]:
    settings.ALLOW_PRIVATE_FEEDS = ["127.0.0.1"]
    with HookReceiver() as found:
        yield found


def offer_hook(place: SimpleNamespace, key: str = "alert:1") -> None:
    offer(place.team, key, push=False, email=False, webhook=True, now=timezone.now())


@contextmanager
def running(*words: str) -> Iterator[subprocess.Popen[bytes]]:
    environment = os.environ | {"LT_TEST_DATABASE": str(connection.settings_dict["NAME"])}
    process = subprocess.Popen(
        [sys.executable, "-m", *words], cwd=ROOT, env=environment, start_new_session=True
    )
    try:
        yield process
    finally:
        with suppress(ProcessLookupError):  # with its children: Celery's beat is one
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def test_a_worker_killed_in_mid_delivery_loses_nothing_and_doubles_nothing(
    place: SimpleNamespace, receiver: HookReceiver
) -> None:
    build.webhook(place.team, receiver.url)
    offer_hook(place)
    receiver.may_answer.clear()

    with running("tests.receivers.process", "webhook") as worker:
        assert receiver.arrived.acquire(timeout=PATIENCE_S)
        worker.kill()  # SIGKILL: the receiver has it, nobody wrote that down
        worker.wait()
    receiver.may_answer.set()
    (held,) = rows()
    assert (held.state, held.attempts) == (DeliveryState.PENDING, 1)
    assert deliver_due(channel=Channel.WEBHOOK) == 0, "held by the dead for a while"

    after = timezone.now() + HOLD + timedelta(seconds=1)
    assert deliver_due(channel=Channel.WEBHOOK, clock=lambda: after) == 1

    first, second = receiver.got
    assert first.headers["idempotency-key"] == second.headers["idempotency-key"] == str(held.pk)
    assert list(receiver.once) == [str(held.pk)]
    assert [(row.state, row.attempts) for row in rows()] == [(DeliveryState.DONE, 2)]


def test_a_push_that_is_repeated_replaces_itself(place: SimpleNamespace, settings: Any) -> None:
    settings.ALLOW_PRIVATE_FEEDS = ["127.0.0.1"]
    with PushService() as service:
        build.device(place.team, place.member, **service.subscription())
        offer(place.team, push=True, email=False, webhook=False, now=timezone.now())
        service.may_answer.clear()
        with running("tests.receivers.process", "push") as worker:
            assert service.arrived.acquire(timeout=PATIENCE_S)
            worker.kill()
            worker.wait()
        service.may_answer.set()

        after = timezone.now() + HOLD + timedelta(seconds=1)
        deliver_due(channel=Channel.PUSH, clock=lambda: after)

    first, second = service.got
    assert first.headers["topic"] == second.headers["topic"]
    assert service.shown[0]["tag"] == service.shown[1]["tag"]


def test_threads_of_live_are_woken_by_what_is_written(
    place: SimpleNamespace, receiver: HookReceiver
) -> None:
    build.webhook(place.team, receiver.url)
    deliverer = Deliverer()
    deliverer.start()
    try:
        for number in range(2):
            offer_hook(place, f"alert:{number}")
            assert receiver.arrived.acquire(timeout=PATIENCE_S)
    finally:
        deliverer.stop()

    assert [row.state for row in rows()] == [DeliveryState.DONE] * 2


def test_what_is_being_sent_is_sent_before_live_stops(
    place: SimpleNamespace, receiver: HookReceiver
) -> None:
    build.webhook(place.team, receiver.url)
    offer_hook(place)
    offer_hook(place, "alert:2")
    receiver.may_answer.clear()
    deliverer = Deliverer()
    deliverer.start()
    assert receiver.arrived.acquire(timeout=PATIENCE_S)

    for lane in deliverer._lanes:
        lane.stop()
    receiver.may_answer.set()
    deliverer.stop()

    assert sorted(row.state for row in rows()) == [DeliveryState.DONE, DeliveryState.PENDING]
    assert all(row.held_until is None for row in rows())


@pytest.mark.slow
@pytest.mark.skipif(not installed.REDIS_URL, reason="Celery needs Redis: ON=postgresql")
def test_celery_delivers_what_is_due(place: SimpleNamespace, receiver: HookReceiver) -> None:
    build.webhook(place.team, receiver.url)
    offer_hook(place)
    words = ("celery", "-A", "tests.receivers.process", "worker", "--beat", "--pool", "solo")
    with running(*words, "--loglevel", "warning"):
        assert receiver.arrived.acquire(timeout=PATIENCE_S)
        offer_hook(place, "alert:2")
        assert receiver.arrived.acquire(timeout=PATIENCE_S)

    assert len(receiver.once) == 2

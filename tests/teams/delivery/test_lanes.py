from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from django.db import connections

from teams.delivery.claims import HOLD, claim, settle
from teams.delivery.outcomes import (
    DELIVERED,
    MAX_ATTEMPTS,
    again,
    asked_pause_s,
    never,
    next_attempt,
)
from teams.delivery.services import retry
from teams.delivery.worker import KEEP, deliver_due
from teams.enums import Channel, DeliveryState
from teams.housekeeping import forget_what_is_over
from teams.models import Delivery
from tests.factories.system import system
from tests.receivers.webhook import HookReceiver
from tests.teams.delivery import build
from tests.teams.delivery.build import NOW, offer, rows


@pytest.fixture
def receiver(settings: Any) -> Iterator[HookReceiver]:
    settings.ALLOW_PRIVATE_FEEDS = ["127.0.0.1"]
    with HookReceiver() as found:
        yield found


def offer_hook(place: SimpleNamespace, key: str = "alert:1") -> None:
    offer(place.team, key, push=False, email=False, webhook=True)


def claimed(now: datetime = NOW, limit: int = 8) -> list[Delivery]:
    with system():
        return claim(channel=Channel.WEBHOOK, now=now, limit=limit)


def later(**span: float) -> datetime:
    return NOW + timedelta(**span)


# -- claims


def test_what_one_worker_holds_another_does_not_get(place: SimpleNamespace) -> None:
    build.webhook(place.team)
    offer_hook(place)

    (row,) = claimed()

    assert (row.attempts, row.held_until) == (1, NOW + HOLD)
    assert claimed() == []
    assert claimed(NOW + HOLD) == []


def test_the_hold_of_a_worker_that_died_lapses(place: SimpleNamespace) -> None:
    build.webhook(place.team)
    offer_hook(place)
    claimed()

    (row,) = claimed(NOW + HOLD + timedelta(microseconds=1))

    assert row.attempts == 2


def test_what_is_not_due_waits(place: SimpleNamespace) -> None:
    build.webhook(place.team)
    offer_hook(place)

    assert claimed(NOW - timedelta(microseconds=1)) == []


def test_one_message_a_receiver_at_a_time(place: SimpleNamespace) -> None:
    """A receiver that hangs keeps one place busy, in whatever process."""
    for name in ("a", "b"):
        build.webhook(place.team, name=name)
    for number in range(5):
        offer_hook(place, f"alert:{number}")

    first, second = claimed()

    assert {first.receiver, second.receiver} == {"a", "b"}
    assert claimed() == []
    with system():
        settle(first, DELIVERED, now=NOW)
    assert [row.receiver for row in claimed()] == [first.receiver]


def test_a_team_leaves_places_to_others_however_much_it_has(place: SimpleNamespace) -> None:
    """The other one has a webhook, too."""
    for name in "abcdefgh":
        build.webhook(place.team, name=name)
    for number in range(20):
        offer_hook(place, f"alert:{number}")
    offer(place.other, push=False, email=False, webhook=True, now=later(seconds=1))

    at = later(seconds=1)
    first, second = claimed(at), claimed(at, limit=2)

    assert len({row.receiver for row in first} & set("abcdefgh")) == len(first) == 6
    assert [row.team_id for row in second] == [place.other.pk]
    with system():
        settle(first[0], DELIVERED, now=at)
    assert len(claimed(at)) == 1


def test_what_was_told_first_is_sent_first(place: SimpleNamespace) -> None:
    """Even of one moment: alerts that are written together are due together."""
    build.webhook(place.team)
    for number in range(5):
        offer_hook(place, f"alert:{number}")

    sent = []
    while found := claimed():
        sent += [row.key.split(":webhook")[0] for row in found]
        settled(found[0], DELIVERED)

    assert sent == [f"alert:{number}" for number in range(5)]


def test_a_hold_from_before_the_clock_was_put_back_is_none(place: SimpleNamespace) -> None:
    build.webhook(place.team)
    offer_hook(place)
    with system():
        Delivery.objects.update(next_at=later(hours=-2))
    claimed()

    (row,) = claimed(later(hours=-1))

    assert row.held_until == later(hours=-1) + HOLD


def test_what_was_put_in_while_the_clock_was_ahead_does_not_wait_for_that_day(
    place: SimpleNamespace,
) -> None:
    build.webhook(place.team)
    offer_hook(place)
    with system():
        Delivery.objects.update(next_at=later(days=300))
    assert claimed() == []

    forget_what_is_over(now=NOW)

    assert [row.next_at for row in claimed()] == [NOW]


def test_another_channel_is_another_lane(place: SimpleNamespace) -> None:
    build.receivers(place.team, place.member)
    offer(place.team)

    assert [row.channel for row in claimed(limit=100)] == [Channel.WEBHOOK]


# -- what became of it


def settled(row: Delivery, outcome: Any, now: datetime = NOW) -> Delivery:
    with system():
        settle(row, outcome, now=now)
        return Delivery.objects.get(pk=row.pk)


def test_what_arrived_is_done_even_when_the_hold_has_lapsed(place: SimpleNamespace) -> None:
    build.webhook(place.team)
    offer_hook(place)
    (slow,) = claimed()
    claimed(later(seconds=31))

    assert settled(slow, DELIVERED).state == DeliveryState.DONE


def test_other_news_of_a_worker_that_lost_its_hold_is_old(place: SimpleNamespace) -> None:
    build.webhook(place.team)
    offer_hook(place)
    (slow,) = claimed()
    (fast,) = claimed(later(seconds=31))

    assert settled(slow, never("old")) == fast
    assert rows()[0].state == DeliveryState.PENDING
    assert rows()[0].held_until == fast.held_until


def test_a_repeat_that_fails_does_not_undo_what_arrived(place: SimpleNamespace) -> None:
    build.webhook(place.team)
    offer_hook(place)
    (slow,) = claimed()
    (fast,) = claimed(later(seconds=31))
    settled(slow, DELIVERED)

    assert settled(fast, never("too late")).state == DeliveryState.DONE


def test_a_row_that_kills_its_workers_is_given_up(
    place: SimpleNamespace, receiver: HookReceiver
) -> None:
    """None of them lived to say how its attempt ended."""
    build.webhook(place.team, receiver.url)
    offer_hook(place)
    now = NOW
    for _ in range(MAX_ATTEMPTS):
        assert len(claimed(now)) == 1
        now += HOLD + timedelta(seconds=1)

    assert deliver_due(channel=Channel.WEBHOOK, clock=lambda: now) == 1
    (row,) = rows()
    assert (row.state, receiver.got) == (DeliveryState.DEAD, [])


def test_the_tenth_failure_is_the_last(place: SimpleNamespace) -> None:
    build.webhook(place.team)
    offer_hook(place)
    now = NOW
    for _ in range(MAX_ATTEMPTS):
        (row,) = claimed(now)
        row = settled(row, again("no"), now)
        now = max(now, row.next_at)

    assert (row.state, row.error, row.attempts, row.held_until) == (
        DeliveryState.DEAD,
        "no",
        MAX_ATTEMPTS,
        None,
    )
    assert timedelta(hours=1) < now - NOW < timedelta(hours=2)


@pytest.mark.parametrize(
    ("attempts", "asked_s", "least_s", "most_s"),
    [
        (1, 0, 7.5, 10),
        (2, 0, 15, 20),
        (9, 0, 1_920, 2_560),
        (10, 0, 2_700, 3_600),
        (1, 120, 120, 120),
        (1, 1e9, 21_600, 21_600),
    ],
)
def test_pauses_double_and_respect_what_the_receiver_asks(
    attempts: int, asked_s: float, least_s: float, most_s: float
) -> None:
    pauses = {
        (next_attempt(NOW, attempts, again("", pause_s=asked_s)) - NOW).total_seconds()
        for _ in range(50)
    }

    assert all(least_s <= pause <= most_s for pause in pauses)
    assert (len(pauses) > 1) is (asked_s == 0)


@pytest.mark.parametrize(
    ("header", "pause_s"),
    [
        ("", 0),
        ("120", 120),
        ("Sun, 07 Jun 2026 12:01:00 GMT", 60),
        ("Sun, 07 Jun 2026 11:00:00 GMT", 0),
        ("soon", 0),
        ("-5", 0),
        ("9" * 400, 999_999_999),
        ("٣", 0),
        ("Sun, 99 Jun 2026", 0),
    ],
)
def test_retry_after_is_read_or_ignored(header: str, pause_s: float) -> None:
    assert asked_pause_s(header, NOW) == pause_s


# -- lanes


def test_everything_due_is_sent_in_turn(place: SimpleNamespace, receiver: HookReceiver) -> None:
    build.webhook(place.team, receiver.url)
    for number in range(5):
        offer_hook(place, f"alert:{number}")

    assert deliver_due(channel=Channel.WEBHOOK, clock=lambda: NOW) == 5
    assert {row.state for row in rows()} == {DeliveryState.DONE}
    assert len(receiver.once) == 5
    assert deliver_due(channel=Channel.WEBHOOK, clock=lambda: NOW) == 0


def test_a_call_does_no_more_than_it_was_asked_for(
    place: SimpleNamespace, receiver: HookReceiver
) -> None:
    build.webhook(place.team, receiver.url)
    for number in range(5):
        offer_hook(place, f"alert:{number}")

    assert deliver_due(channel=Channel.WEBHOOK, limit=2, clock=lambda: NOW) == 2
    assert len(receiver.got) == 2


@pytest.mark.django_db(transaction=True)
def test_one_that_hangs_delays_no_other(place: SimpleNamespace, receiver: HookReceiver) -> None:
    with HookReceiver() as hanging, ThreadPoolExecutor(1) as pool:
        hanging.may_answer.clear()
        build.webhook(place.team, hanging.url, name="hangs")
        build.webhook(place.team, receiver.url, name="answers")
        for number in range(3):
            offer_hook(place, f"alert:{number}")

        lane = pool.submit(in_a_thread_of_its_own, limit=4)

        for _ in range(3):
            assert receiver.arrived.acquire(timeout=180)
        assert len(hanging.got) == 1
        hanging.may_answer.set()
        assert lane.result(180) == 4


def in_a_thread_of_its_own(limit: int) -> int:
    try:
        return deliver_due(channel=Channel.WEBHOOK, limit=limit, clock=lambda: NOW)
    finally:
        connections.close_all()


@pytest.mark.django_db(transaction=True)
def test_many_workers_send_each_message_once(
    place: SimpleNamespace, receiver: HookReceiver
) -> None:
    for number in range(6):
        build.webhook(place.team, receiver.url, name=str(number))
    for number in range(5):
        offer_hook(place, f"alert:{number}")

    with ThreadPoolExecutor(4) as pool:
        workers = [pool.submit(in_a_thread_of_its_own, limit=100) for _ in range(4)]
        done = sum(worker.result(180) for worker in workers)

    assert (done, len(receiver.got), len(receiver.once)) == (30, 30, 30)
    assert {(row.state, row.attempts) for row in rows()} == {(DeliveryState.DONE, 1)}


# -- afterwards


def test_a_dead_letter_is_tried_again_by_hand(
    place: SimpleNamespace, receiver: HookReceiver
) -> None:
    build.webhook(place.team, receiver.url)
    receiver.answers = [410]
    offer_hook(place)
    deliver_due(channel=Channel.WEBHOOK, clock=lambda: NOW)
    (dead,) = rows()

    with system():
        assert retry(deliveries=Delivery.objects.all(), now=later(days=1)) == 1
        assert retry(deliveries=Delivery.objects.all(), now=later(days=1)) == 0
    deliver_due(channel=Channel.WEBHOOK, clock=lambda: later(days=1))

    (row,) = rows()
    assert (row.state, row.attempts, row.error) == (DeliveryState.DONE, 1, "")
    assert list(receiver.once) == [str(dead.pk)]


def test_old_rows_go_and_what_waits_stays(place: SimpleNamespace) -> None:
    hook = build.webhook(place.team)
    with system():
        common = {"team": place.team, "channel": Channel.WEBHOOK, "webhook": hook, "next_at": NOW}
        for key, state, done_at in [
            ("old", DeliveryState.DONE, NOW),
            ("old and dead", DeliveryState.DEAD, NOW),
            ("young", DeliveryState.DONE, later(seconds=1)),
            ("waits", DeliveryState.PENDING, None),
        ]:
            Delivery.objects.create(key=key, state=state, done_at=done_at, **common)

    assert forget_what_is_over(now=NOW + KEEP + timedelta(microseconds=1)) == 2
    assert {row.key for row in rows()} == {"young", "waits"}

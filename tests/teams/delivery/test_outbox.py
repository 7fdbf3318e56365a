from __future__ import annotations

import threading
from types import SimpleNamespace
from typing import Any

import pytest

from teams.delivery import bell, outbox
from teams.delivery.outbox import put, to_webhook
from teams.enums import Channel, DeliveryState
from teams.models import Delivery, Membership, Webhook
from teams.scoping import ScopeError, scope
from tests.factories.system import system
from tests.teams.delivery import build
from tests.teams.delivery.build import NOW, offer, rows


def told(**wanted: Any) -> list[tuple[str, str, str]]:
    return [(row.channel, row.email, row.receiver) for row in rows(**wanted)]


def test_an_alert_becomes_one_row_a_receiver(place: SimpleNamespace) -> None:
    build.device(place.team, place.member)
    build.device(place.team, place.owner, agent="Chrome · Android")
    build.webhook(place.team)

    offer(place.team)

    assert told(team=place.team) == [
        ("email", "manager@example.com", ""),
        ("email", "member@example.com", ""),
        ("email", "owner@example.com", ""),
        ("push", "", "Firefox · Linux"),
        ("push", "", "Chrome · Android"),
        ("webhook", "", "Pit radio"),
    ]
    assert told(team=place.other) == []
    (row,) = rows(channel=Channel.WEBHOOK)
    assert (row.subject, row.body, row.state, row.attempts, row.next_at, row.held_until) == (
        "Kart 7 pits",
        build.BODY,
        DeliveryState.PENDING,
        0,
        NOW,
        None,
    )


def test_only_the_ways_that_were_asked_for(place: SimpleNamespace) -> None:
    build.receivers(place.team, place.member)

    offer(place.team, push=True, email=False, webhook=False)

    assert told() == [("push", "", "Firefox · Linux")]


def test_the_same_alert_offered_twice_is_told_once(place: SimpleNamespace) -> None:
    build.receivers(place.team, place.member)

    offer(place.team)
    before = [row.pk for row in rows()]
    offer(place.team)

    assert [row.pk for row in rows()] == before


def test_two_teams_may_use_the_same_key(place: SimpleNamespace) -> None:
    offer(place.team)
    offer(place.other)

    assert [row.email for row in rows(team=place.other, channel=Channel.EMAIL)] == [
        "stranger@example.com"
    ]


def test_who_may_not_see_alerts_is_told_nothing(place: SimpleNamespace) -> None:
    build.device(place.team, place.viewer)

    offer(place.team, push=True, email=True, webhook=False)

    assert "viewer@example.com" not in [row.email for row in rows()]
    assert rows(channel=Channel.PUSH) == []


def test_who_left_the_team_is_told_nothing(place: SimpleNamespace) -> None:
    build.device(place.team, place.member)
    with system():
        Membership.objects.filter(team=place.team, user=place.member).delete()

    offer(place.team, push=True, email=True, webhook=False)

    assert [row.email for row in rows()] == ["manager@example.com", "owner@example.com"]


@pytest.mark.parametrize(
    "change",
    [
        {"is_active": False},
        {"email_verified_at": None},
    ],
)
def test_who_cannot_be_written_to_gets_no_mail(
    change: dict[str, Any], place: SimpleNamespace
) -> None:
    type(place.member).objects.filter(pk=place.member.pk).update(**change)

    offer(place.team, push=False, email=True, webhook=False)

    assert [row.email for row in rows()] == ["manager@example.com", "owner@example.com"]


def test_who_switched_mails_off_gets_none(place: SimpleNamespace) -> None:
    with system():
        Membership.objects.filter(team=place.team).exclude(user=place.member).update(
            alerts_by_email=False
        )

    offer(place.team, push=False, email=True, webhook=False)

    assert [row.email for row in rows()] == ["member@example.com"]


def test_a_webhook_that_is_off_gets_nothing(place: SimpleNamespace) -> None:
    build.webhook(place.team, is_enabled=False)

    assert offer(place.team, push=False, email=False, webhook=True) == []


def test_without_a_key_of_ours_nothing_is_pushed(place: SimpleNamespace, settings: Any) -> None:
    settings.VAPID_PRIVATE_KEY = ""
    build.device(place.team, place.member)

    assert offer(place.team, push=True, email=False, webhook=False) == []


def test_a_subject_is_one_line(place: SimpleNamespace) -> None:
    offer(place.team, subject="Kart 7\r\nBcc: x@example.com " + "y" * 300, email=True)

    assert rows()[0].subject == ("Kart 7 Bcc: x@example.com " + "y" * 300)[:200]


def test_a_flood_of_alerts_is_not_sent_on(place: SimpleNamespace, monkeypatch: Any) -> None:
    monkeypatch.setattr(outbox, "MOST_A_MINUTE", 3)
    offer(place.team)
    before = [row.pk for row in rows(team=place.team)]
    with system():
        Delivery.objects.update(created_at=NOW)

    offer(place.team, key="another")
    offer(place.other)

    assert [row.pk for row in rows(team=place.team)] == before
    assert rows(team=place.other) != [], "another team's is not held up"


def test_another_teams_outbox_is_closed(place: SimpleNamespace) -> None:
    build.receivers(place.team, place.member)
    with system():
        hook = Webhook.objects.get(team=place.team)
    row = to_webhook(hook, "x", team_id=place.team.pk, subject="x", body={}, next_at=NOW, at=NOW)

    with scope(place.other), pytest.raises(ScopeError):
        put([row])


def test_the_bell_rings_when_the_rows_are_there(
    place: SimpleNamespace, django_capture_on_commit_callbacks: Any
) -> None:
    heard = threading.Event()
    bell.hang(heard)
    try:
        with django_capture_on_commit_callbacks(execute=True):
            offer(place.team)
            assert not heard.is_set()
        assert heard.is_set()
    finally:
        bell.take_down(heard)


@pytest.mark.parametrize("count", [1, 3])
def test_as_many_questions_for_many_receivers(
    count: int, place: SimpleNamespace, django_assert_num_queries: Any
) -> None:
    for _ in range(count):
        build.receivers(place.team, place.member)

    with django_assert_num_queries(5):
        offer(place.team)

"""Alerts into rows and the outbox: once, whatever is wrong with one of them."""

from __future__ import annotations

import logging
import uuid
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from races.models import Feed
from teams.models import Delivery, Team, Webhook
from tests import factories as make
from tests.factories import alerts as made
from tests.factories.system import system
from timing.models import Alert
from timing.seen import Seen
from timing.sinks.alerts import Raised, known_alerts, write_alerts, write_seen

pytestmark = pytest.mark.django_db


@pytest.fixture
def team() -> Iterator[Team]:
    with system():
        found = make.team("Otters")
        Webhook.objects.create(team=found, name="x", url="https://x.example/", secret="s")
        yield found


@pytest.fixture
def feed(team: Team) -> Feed:
    return make.followed_feed(team)


def raised(team: Team, feed: Feed, *, webhook: bool = False, **fields: Any) -> Raised:
    fields = {
        "id": uuid.uuid4(),
        "team": team,
        "feed": feed,
        "kind": "pit_in",
        "severity": "info",
        "title": "Kart 7 in the pits",
        "at": datetime(2026, 5, 30, tzinfo=UTC),
    } | fields
    return Raised(Alert(**fields), team.slug, webhook=webhook)


def test_an_alert_is_written_once_and_so_are_its_deliveries(team: Team, feed: Feed) -> None:
    each = raised(team, feed, rule=made.rule(team), webhook=True)
    quiet = raised(team, feed)
    for _ in range(2):
        write_alerts([each, quiet])
    later = raised(team, feed, id=each.alert.pk, title="Another", webhook=True)
    write_alerts([later])

    assert set(Alert.objects.values_list("pk", "title")) == {
        (each.alert.pk, "Kart 7 in the pits"),
        (quiet.alert.pk, "Kart 7 in the pits"),
    }
    (delivery,) = Delivery.objects.all()
    assert delivery.key.startswith(f"alert:{each.alert.pk}:webhook:")


def test_what_is_gone_is_left_out(team: Team, feed: Feed) -> None:
    rule, other = made.rule(team), make.team()
    gone = raised(other, feed)
    each = raised(team, feed, rule=rule)
    rule.delete()
    other.delete()
    write_alerts([gone, each])

    assert list(Alert.objects.values_list("pk", "rule")) == [(each.alert.pk, None)]


def test_what_is_wrong_with_one_costs_the_others_nothing(
    team: Team, feed: Feed, caplog: pytest.LogCaptureFixture
) -> None:
    wrong, right = raised(team, feed, webhook=True), raised(team, feed)
    wrong = replace(wrong, slug="no/slug")  # there is no such page
    with caplog.at_level(logging.ERROR):
        write_alerts([wrong, right])

    assert list(Alert.objects.values_list("pk", flat=True)) == [right.alert.pk]
    assert [record.getMessage() for record in caplog.records] == [
        f"alert {wrong.alert.pk} is not written"
    ]


def test_the_newest_of_a_feed_are_known(team: Team, feed: Feed) -> None:
    first, second, third = (made.alert(team, feed) for _ in range(3))
    made.alert(team, make.followed_feed(team))
    assert known_alerts(feed.pk, 2) == [second.pk, third.pk]
    assert len(known_alerts(feed.pk, 5)) == 3
    assert first.at < third.at


@pytest.mark.parametrize("count", [1, 3])
def test_quiet_alerts_take_the_same_queries_however_many(
    count: int, team: Team, feed: Feed, django_assert_num_queries: Any
) -> None:
    each = [raised(team, feed, rule=made.rule(team)) for _ in range(count)]
    with django_assert_num_queries(6):  # two of them a savepoint's
        write_alerts(each)


def test_what_was_seen_before_it_was_written_is_marked(team: Team, feed: Feed) -> None:
    ada, first = make.member(team, "ada"), datetime(2026, 5, 30, 12, tzinfo=UTC)
    mine, by_token, earlier = (made.alert(team, feed) for _ in range(3))
    Alert.objects.filter(pk=earlier.pk).update(seen_at=first)
    foreign = made.alert(make.team(), feed)
    at = datetime(2026, 5, 30, 13, tzinfo=UTC)

    write_seen(
        [
            Seen(team.pk, (mine.pk, earlier.pk, foreign.pk, uuid.uuid4()), None, at, ada.pk),
            Seen(team.pk, (by_token.pk,), None, at, None),
        ]
    )

    assert dict(Alert.objects.values_list("pk", "seen_at")) == {
        mine.pk: at,
        by_token.pk: at,
        earlier.pk: first,
        foreign.pk: None,
    }
    assert Alert.objects.get(pk=mine.pk).seen_by == ada


def test_who_saw_it_may_be_gone(team: Team, feed: Feed) -> None:
    alert, at = made.alert(team, feed), datetime(2026, 5, 30, 13, tzinfo=UTC)

    write_seen([Seen(team.pk, (alert.pk,), None, at, 987_654)])

    assert Alert.objects.values_list("seen_at", "seen_by").get() == (at, None)

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from races.models import Feed
from teams.models import Team
from teams.scoping import scope
from tests import factories as make
from tests.factories import alerts as made
from timing import queries
from timing.models import Alert, Plan

pytestmark = pytest.mark.django_db


@pytest.fixture
def team() -> Iterator[Team]:
    found = make.team()
    with scope(found):
        yield found


@pytest.fixture
def feed(team: Team) -> Feed:
    return make.followed_feed(team)


def test_an_alert_as_it_goes_over_the_wire(team: Team, feed: Feed) -> None:
    person = make.member(team, "ada")
    at = datetime(2026, 5, 30, 10, 0, 0, 250_000, tzinfo=UTC)
    alert = made.alert(
        team, feed, at=at, seen_at=at, seen_by=person, sound=True, key="r2", number="8", title="T"
    )
    assert queries.alert_json(alert) == {
        "id": str(alert.pk),
        "feed": str(feed.pk),
        "race": None,
        "kind": "pit_in",
        "severity": "warning",
        "key": "r2",
        "number": "8",
        "title": "T",
        "detail": "",
        "sound": True,
        "at": 1_780_135_200_250,
        "seen_at": 1_780_135_200_250,
        "seen_by": "ada",
    }


@pytest.mark.parametrize("count", [1, 3])
def test_open_alerts_are_the_newest_that_nobody_has_seen(
    count: int, team: Team, feed: Feed, django_assert_num_queries: Any
) -> None:
    open_ones = [made.alert(team, feed) for _ in range(count)]
    made.alert(team, feed, seen_at=make.after(0))
    made.alert(make.team(), feed)
    with django_assert_num_queries(1):
        found = [queries.alert_json(alert)["id"] for alert in queries.open_alerts(team)]

    assert found == [str(alert.pk) for alert in reversed(open_ones)]


def test_open_alerts_have_a_limit(team: Team, feed: Feed, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(queries, "OPEN_ALERTS", 2)
    for _ in range(3):
        made.alert(team, feed)
    assert len(queries.open_alerts(team)) == 2
    assert Alert.objects.count() == 3


def test_a_team_reads_its_own_marks_plan_and_rules(team: Team, feed: Feed) -> None:
    other = make.team()
    rival = made.monitor(team, feed)
    ours = made.monitor(team, feed, kind="ours")
    rule = made.rule(team)
    plan = Plan.objects.create(team=team, feed=feed, name="A")
    made.monitor(other, feed)
    made.rule(other)

    assert list(queries.monitors_of(team, feed)) == [ours, rival]
    assert list(queries.rules_of(team)) == [rule]
    assert queries.plan_of(team, feed) == plan

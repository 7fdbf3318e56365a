"""What a team does about watching and alerts, in its own scope."""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime, time
from typing import Any

import pytest
from django.db import connection

from races.models import Entry, Feed
from teams.audit import Actor, acting
from teams.models import AuditEntry, Team, User
from teams.scoping import ScopeError, scope
from tests import factories as make
from tests.factories import alerts as made
from tests.factories.system import system
from timing import services
from timing.models import Alert, AlertRule, Monitor, Plan
from timing.seen import Seen
from timing.services import WatchError

pytestmark = pytest.mark.django_db


@pytest.fixture
def team() -> Iterator[Team]:
    found = make.team("Otters")
    with scope(found):
        yield found


@pytest.fixture
def feed(team: Team) -> Feed:
    return make.followed_feed(team)


@pytest.fixture
def entry(feed: Feed) -> Entry:
    return make.entry(make.race(feed), number="24", competitor="Voles  Racing")


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, dict[str, Any]]]:
    """What went out, at the edge where it leaves the process."""
    sent: list[tuple[str, dict[str, Any]]] = []
    monkeypatch.setattr("teams.news.tell", lambda group, message: sent.append((group, message)))
    return sent


def marks(team: Team) -> list[tuple[Any, ...]]:
    return list(Monitor.objects.values_list("kind", "by", "value", "entry", "note", "place"))


def test_an_entry_is_marked_by_number_name_or_itself(team: Team, feed: Feed, entry: Entry) -> None:
    services.mark(team=team, feed=feed, kind="ours", value=" 7 ")
    services.mark(team=team, feed=feed, kind="rival", entry=entry, note=" fast ")
    services.mark(team=team, feed=feed, kind="rival", by="name", entry=entry)
    services.mark(team=team, feed=feed, kind="rival", by="entry", entry=entry)

    assert marks(team) == [
        ("ours", "number", "7", None, "", 0),
        ("rival", "number", "24", None, "fast", 1),
        ("rival", "name", "Voles Racing", None, "", 2),
        ("rival", "entry", "24", entry.pk, "", 3),
    ]


def test_marking_again_changes_what_is_given(team: Team, feed: Feed, entry: Entry) -> None:
    first = services.mark(team=team, feed=feed, kind="rival", entry=entry, note="fast")
    again = services.mark(team=team, feed=feed, kind="ours", value="24")
    whole = services.mark(team=team, feed=feed, kind="ours", by="entry", entry=entry)
    services.mark(team=team, feed=feed, kind="rival", by="entry", entry=entry, note="n", place=9)

    assert again == first
    assert marks(team) == [
        ("ours", "number", "24", None, "fast", 0),
        ("rival", "entry", "24", whole.entry_id, "n", 9),
    ]


def test_two_who_mark_the_same_at_once_mark_it_once(team: Team, feed: Feed) -> None:
    others: list[Monitor] = []

    def meanwhile(execute: Any, sql: str, *rest: Any) -> Any:
        answer = execute(sql, *rest)
        if sql.startswith("SELECT") and 'FROM "timing_monitor"' in sql and not others:
            others.append(Monitor(team=team, feed=feed, kind="rival", value="7", note="quick"))
            others[0].save()
        return answer

    with connection.execute_wrapper(meanwhile):
        mine = services.mark(team=team, feed=feed, kind="ours", value="7")

    assert mine == others[0]
    assert marks(team) == [("ours", "number", "7", None, "quick", 0)]


@pytest.mark.parametrize(
    "asked",
    [
        {"kind": "enemy", "value": "7"},
        {"kind": "ours", "by": "colour", "value": "7"},
        {"kind": "ours", "value": "  "},
        {"kind": "ours", "by": "name"},
        {"kind": "ours", "by": "entry"},
    ],
)
def test_a_mark_that_says_nothing_is_refused(team: Team, feed: Feed, asked: dict[str, str]) -> None:
    with pytest.raises(WatchError):
        services.mark(team=team, feed=feed, **asked)


def test_an_entry_of_another_feed_is_not_there(team: Team, feed: Feed) -> None:
    other = make.entry(make.race(make.followed_feed(team)))
    with pytest.raises(WatchError):
        services.mark(team=team, feed=feed, kind="ours", by="entry", entry=other)


def test_a_feed_that_is_not_followed_is_not_there(team: Team) -> None:
    for ask in (
        lambda feed: services.mark(team=team, feed=feed, kind="ours", value="7"),
        lambda feed: services.set_plan(team=team, feed=feed, name="x"),
        lambda feed: services.create_rule(team=team, kind="pit_in", feed=feed),
    ):
        with pytest.raises(WatchError):
            ask(make.followed_feed(make.team()))


def test_too_many_marks_are_refused(
    team: Team, feed: Feed, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(services, "MAX_MONITORS", 1)
    services.mark(team=team, feed=feed, kind="ours", value="7")
    services.mark(team=team, feed=feed, kind="rival", value="7")
    with pytest.raises(WatchError):
        services.mark(team=team, feed=feed, kind="ours", value="8")


def test_another_teams_mark_cannot_be_touched(team: Team) -> None:
    other = make.team()
    monitor = made.monitor(other, make.followed_feed(other))
    with pytest.raises(ScopeError):
        services.set_note(monitor=monitor, note="x")
    with pytest.raises(ScopeError):
        services.unmark(monitor=monitor)


def test_watched_entries_are_put_in_order(team: Team, feed: Feed) -> None:
    a, b, c, d = (services.mark(team=team, feed=feed, kind="rival", value=v) for v in "1234")
    services.set_order(team=team, feed=feed, monitors=[d.pk, 99_999, b.pk, d.pk])

    assert list(Monitor.objects.values_list("pk", flat=True)) == [d.pk, b.pk, a.pk, c.pk]


def test_a_plan_is_named_once(team: Team, feed: Feed) -> None:
    services.set_plan(team=team, feed=feed, name=" A ", notes="three stops")
    services.set_plan(team=team, feed=feed, name="B")

    assert list(Plan.objects.values_list("name", "notes")) == [("B", "three stops")]


# -- rules


def test_a_rule_is_made_changed_and_deleted(team: Team, feed: Feed) -> None:
    rule = services.create_rule(team=team, kind="gap", threshold=5_000, feed=feed, push=True)
    services.update_rule(rule=rule, threshold=3_000, quiet_from=time(22), quiet_to=time(7))

    fields = ("kind", "threshold", "push", "quiet_from", "quiet_to")
    assert list(AlertRule.objects.values_list(*fields)) == [("gap", 3_000, True, time(22), time(7))]
    services.delete_rule(rule=rule)
    assert not AlertRule.objects.exists()


def test_a_rule_about_one_entry_is_of_its_feed(team: Team, feed: Feed) -> None:
    monitor = services.mark(team=team, feed=feed, kind="rival", value="24")
    rule = services.create_rule(team=team, kind="pit_in", monitor=monitor)
    assert rule.feed == feed


def test_what_means_nothing_to_a_kind_is_left_out(team: Team, feed: Feed) -> None:
    monitor = services.mark(team=team, feed=feed, kind="rival", value="24")
    flag = services.create_rule(team=team, kind="flag", monitor=monitor, subject="any", threshold=7)
    assert (flag.monitor, flag.subject, flag.threshold, flag.feed) == (None, "watched", None, None)


@pytest.mark.parametrize(
    "asked",
    [
        {"kind": "weather"},
        {"kind": "pit_in", "subject": "everyone"},
        {"kind": "pit_in", "severity": "mad"},
        {"kind": "gap"},
        {"kind": "gap", "threshold": 0},
        {"kind": "pace", "threshold": 101},
        {"kind": "catch", "threshold": 1_000},
        {"kind": "pit_in", "cooldown_s": 86_401},
        {"kind": "pit_in", "quiet_from": time(22)},
    ],
)
def test_a_rule_that_cannot_work_is_refused(team: Team, asked: dict[str, Any]) -> None:
    with pytest.raises(WatchError):
        services.create_rule(team=team, **asked)


def test_a_rule_about_what_another_team_watches_is_refused(team: Team) -> None:
    other = make.team()
    monitor = made.monitor(other, make.followed_feed(other, team))
    with pytest.raises(WatchError):
        services.create_rule(team=team, kind="pit_in", monitor=monitor)


def test_too_many_rules_are_refused(team: Team, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(services, "MAX_RULES", 1)
    services.create_rule(team=team, kind="flag")
    with pytest.raises(WatchError):
        services.create_rule(team=team, kind="flag")


def test_the_pipeline_is_told_after_the_commit(
    team: Team, feed: Feed, told: list[Any], django_capture_on_commit_callbacks: Any
) -> None:
    with django_capture_on_commit_callbacks() as waiting:
        monitor = services.mark(team=team, feed=feed, kind="ours", value="7")
        services.set_note(monitor=monitor, note="x")
        services.set_plan(team=team, feed=feed, name="A")
        rule = services.create_rule(team=team, kind="flag")
        services.update_rule(rule=rule, is_enabled=False)
        services.delete_rule(rule=rule)
        services.unmark(monitor=monitor)
    assert told == []
    for each in waiting:
        each()

    assert told == [("ingest", {"type": "watch.changed", "team": str(team.pk)})] * 7


# -- alerts


@pytest.fixture
def person(team: Team) -> User:
    return make.member(team, "ada", first_name="Ada", last_name="L")


def test_alerts_are_seen_once_for_the_whole_team(
    team: Team,
    feed: Feed,
    person: User,
    told: list[Any],
    django_capture_on_commit_callbacks: Any,
) -> None:
    first, second = made.alert(team, feed), made.alert(team, feed)
    with django_capture_on_commit_callbacks(execute=True):
        seen = services.acknowledge(team=team, alerts=[first.pk], user=person)
        again = services.acknowledge(team=team, alerts=[first.pk], user=None)

    assert (seen, again) == ([first.pk], [])
    rows = dict(Alert.objects.values_list("pk", "seen_by"))
    assert rows == {first.pk: person.pk, second.pk: None}
    ((group, message),) = told
    topic = f"team.{team.pk}.alerts"
    assert (group, message["type"], message["topic"]) == ("hub", "hub.news", topic)
    assert json.loads(message["frame"])["data"] == {
        "topic": topic,
        "ids": [str(first.pk)],
        "seen_at": round(Alert.objects.get(pk=first.pk).seen_at.timestamp() * 1000),
        "seen_by": "Ada L",
    }


def test_an_alert_without_a_row_yet_is_left_to_who_has_it(
    team: Team,
    feed: Feed,
    person: User,
    told: list[Any],
    django_capture_on_commit_callbacks: Any,
) -> None:
    """It is on the pages before it is stored: the database may be away from who stores it."""
    stored, late = made.alert(team, feed), uuid.uuid4()
    with django_capture_on_commit_callbacks(execute=True), acting(Actor(person.pk, "ada")):
        seen = services.acknowledge(team=team, alerts=[late, stored.pk, late], user=person)

    assert seen == [stored.pk]
    (_hub, frame), (group, message) = told
    assert json.loads(frame["frame"])["data"]["ids"] == [str(stored.pk), str(late)]
    assert group == "ingest"
    row = Alert.objects.get(pk=stored.pk)
    assert Seen.of(message) == Seen(team.pk, (late,), None, row.seen_at, person.pk)
    (entry,) = AuditEntry.objects.all()
    assert (entry.action, entry.after) == ("acknowledged", {"alerts": 2})


def test_all_of_a_page_are_those_without_a_row_too(
    team: Team, person: User, told: list[Any], django_capture_on_commit_callbacks: Any
) -> None:
    until = datetime(2026, 5, 30, tzinfo=UTC)
    with django_capture_on_commit_callbacks(execute=True):
        services.acknowledge(team=team, alerts=[], user=None, until=until)

    ((group, message),) = told
    assert (group, message["alerts"], Seen.of(message).until) == ("ingest", [], until)


def test_another_teams_alert_stays_open(team: Team, feed: Feed, person: User) -> None:
    other = make.team()
    alert = made.alert(other, make.followed_feed(other))
    assert services.acknowledge(team=team, alerts=[alert.pk], user=person) == []
    with system():
        assert Alert.objects.get(pk=alert.pk).seen_at is None

"""Rows into what the kernel takes: who watches what on which feed, and who does not."""

from __future__ import annotations

from datetime import time
from typing import Any

import pytest
from django.db import connection

from races.models import Feed, Follow
from tests import factories as make
from tests.factories import alerts as made
from tests.factories.system import system
from timing.engine.watch import Rule, TeamWatch, Watched
from timing.models import Plan
from timing.watchlist import Ways, teams_watching

pytestmark = pytest.mark.django_db


def watching(*feeds: Feed) -> dict[Any, Any]:
    with system():
        return teams_watching([feed.pk for feed in feeds])


def test_marks_and_rules_of_a_team_come_as_the_kernel_takes_them() -> None:
    team = make.team("Otters", time_zone="Europe/Madrid")
    feed = make.followed_feed(team)
    race = make.race(feed)
    entry = make.entry(race, number="9")
    rival = made.monitor(team, feed, value="24", note="fast", place=1)
    ours = made.monitor(team, feed, kind="ours", value="7")
    itself = made.monitor(team, feed, by="entry", value="9", entry=entry, place=2)
    rule = made.rule(
        team,
        feed=feed,
        kind="gap",
        subject="rivals",
        monitor=rival,
        threshold=5_000,
        cooldown_s=60,
        severity="danger",
        sound=True,
        webhook=True,
        quiet_from=time(22),
        quiet_to=time(7),
    )
    general = made.rule(team, kind="flag")
    made.rule(team, kind="stint", threshold=1, is_enabled=False)
    with system():
        Plan.objects.create(team=team, feed=feed, name="Three stops")
    found = watching(feed)[feed.pk][str(team.pk)]

    assert (found.team, found.slug, found.zone) == (team.pk, "otters", "Europe/Madrid")
    assert found.watch == TeamWatch(
        team=str(team.pk),
        plan="Three stops",
        watched=(
            Watched(ours.pk, "ours", "number", "7"),
            Watched(rival.pk, "rival", "number", "24", note="fast"),
            Watched(itself.pk, "rival", "entry", "9", entry.key, str(race.pk)),
        ),
        rules=(
            Rule(general.pk, "flag", "watched", None, None, 30_000),
            Rule(rule.pk, "gap", "rivals", rival.pk, 5_000, 60_000),
        ),
    )
    assert found.ways == {
        general.pk: Ways("warning", False, False, False, False, None),
        rule.pk: Ways("danger", True, False, False, True, (time(22), time(7))),
    }
    assert found.since == general.created_at


def test_who_has_nothing_to_look_for_is_not_there() -> None:
    team = make.team()
    feed = make.followed_feed(team)
    made.rule(team, is_enabled=False)
    with system():
        Plan.objects.create(team=team, feed=feed, name="x")
    assert watching(feed) == {}


def test_who_does_not_follow_any_more_is_not_there() -> None:
    team, other = make.team(), make.team()
    feed, second = make.followed_feed(team, other), make.followed_feed(team)
    for each in (team, other):
        made.monitor(each, feed)
        made.rule(each)
    with system():
        Follow.objects.filter(team=team, feed=feed).delete()

    assert {pk: set(found) for pk, found in watching(feed, second).items()} == {
        feed.pk: {str(other.pk)},
        second.pk: {str(team.pk)},
    }


def test_a_private_feed_is_watched_by_its_owner_alone() -> None:
    owner, stranger = make.team(), make.team()
    feed = make.followed_feed(owner, stranger, owner=owner)
    for each in (owner, stranger):
        made.monitor(each, feed)
    assert set(watching(feed)[feed.pk]) == {str(owner.pk)}


def test_rules_of_one_feed_do_not_reach_another() -> None:
    team = make.team()
    first, second = make.followed_feed(team), make.followed_feed(team)
    made.rule(team, feed=first)
    assert set(watching(first, second)) == {first.pk}


def crowd(count: int) -> list[Feed]:
    teams = [make.team() for _ in range(count)]
    feeds = [make.followed_feed(*teams) for _ in range(count)]
    for team in teams:
        made.rule(team)
        for feed in feeds:
            made.monitor(team, feed)
            made.rule(team, feed=feed)
    return feeds


@pytest.mark.parametrize("count", [1, 3])
def test_the_number_of_queries_does_not_grow(count: int, django_assert_num_queries: Any) -> None:
    feeds = crowd(count)
    with django_assert_num_queries(4):
        found = watching(*feeds)
    assert [len(teams) for teams in found.values()] == [count] * count


def test_two_looks_are_equal() -> None:
    feeds = crowd(2)
    assert watching(*feeds) == watching(*feeds)


def test_what_is_marked_between_two_questions_is_seen_at_the_next_look() -> None:
    team = make.team()
    feed = make.followed_feed(team)
    marked: list[Any] = []

    def meanwhile(execute: Any, sql: str, *rest: Any) -> Any:
        if 'FROM "races_follow"' in sql and not marked:
            marked.append(None)
            marked[0] = made.monitor(team, feed, value="7")
        return execute(sql, *rest)

    with connection.execute_wrapper(meanwhile):
        first = watching(feed)

    assert (first, list(watching(feed)[feed.pk])) == ({}, [str(team.pk)])

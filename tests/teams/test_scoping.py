from __future__ import annotations

import asyncio
import logging
import threading

import pytest
from asgiref.sync import sync_to_async
from django.db.models import Count

from races.models import Entry, Feed, Follow, Lap, Race
from teams.models import Membership, Team
from teams.scoping import (
    ScopeError,
    current_scope,
    current_team,
    every_team,
    require,
    scope,
    scope_of,
)
from tests import factories as make

pytestmark = pytest.mark.django_db


@pytest.fixture
def teams():
    """Two teams: each with a feed of its own, a feed that it alone follows, and one in common."""
    ours, theirs = make.team("Ours"), make.team("Theirs")
    for each in (ours, theirs):
        make.full_race(make.followed_feed(each))
        make.full_race(make.followed_feed(each, owner=each))
    make.full_race(make.followed_feed(ours, theirs))
    return ours, theirs


def ids(rows):
    return sorted(str(row.pk) for row in rows)


@pytest.mark.parametrize(
    "ask",
    [
        lambda: list(Race.objects.all()),
        lambda: Race.objects.count(),
        lambda: Race.objects.exists(),
        lambda: Race.objects.exclude(pk=None).exists(),
        lambda: Race.objects.raw("SELECT * FROM races_race"),
        lambda: Race.objects.bulk_create([]),
        lambda: Race.objects.update(name=""),
        lambda: Race.objects.using("default").explain(),
        lambda: Feed(name="x").save(),
        lambda: Feed(name="x").delete(),
        lambda: current_team(),
    ],
)
def test_anything_without_a_scope_is_refused(ask):
    with pytest.raises(ScopeError):
        ask()


def test_nothing_may_be_asked_for_without_a_scope():
    assert list(Race.objects.none()) == []
    assert list(Race.objects.none().all() | Race.objects.none()) == []


def test_related_manager_without_a_scope_is_refused(teams):
    with pytest.raises(ScopeError):
        teams[0].memberships.count()


def test_rows_in_a_scope_are_those_of_owned_and_followed_feeds(teams):
    ours, theirs = teams
    with every_team("test"):
        hidden = Feed.objects.get(owner=theirs)
        private = Feed.objects.get(owner=ours)

    with scope(ours):
        assert Feed.objects.count() == 3
        assert Race.objects.count() == 3
        assert Entry.objects.count() == 6
        assert Lap.objects.count() == 12
        assert list(Team.objects.all()) == [ours]
        assert private in Feed.objects.all()
        assert not Feed.objects.filter(pk=hidden.pk).exists()
        assert not Lap.objects.filter(race__feed=hidden).exists()


def test_a_feed_that_is_owned_and_followed_comes_once(teams):
    with scope(teams[0]):
        feeds = Feed.objects.annotate(n=Count("races__entries"))

        assert sorted(feed.n for feed in feeds) == [2, 2, 2]


def test_an_owned_feed_that_is_no_longer_followed_stays_but_its_races_are_hidden(teams):
    with scope(teams[0]):
        own = Feed.objects.get(owner=teams[0])
        Follow.objects.filter(feed=own).delete()

        assert Feed.objects.filter(pk=own.pk).exists()
        assert not Race.objects.filter(feed=own).exists()


def test_related_managers_in_a_scope_are_scoped(teams):
    ours, theirs = teams
    with every_team("test"):
        foreign = Feed.objects.get(owner=theirs)
    with scope(ours):
        assert foreign.races.count() == 0


def test_a_scope_of_several_teams_sees_the_rows_of_each_once(teams):
    with scope_of(teams):
        assert Race.objects.count() == 5
        with pytest.raises(ScopeError):
            current_team()


def test_a_scope_of_no_team_sees_nothing(teams):
    with scope_of([]):
        assert Race.objects.count() == 0


def test_scopes_nest_and_close(teams):
    ours, theirs = teams
    with every_team("test"):
        with scope(ours):
            assert current_team() == ours
            with scope(theirs):
                assert current_team() == theirs
            assert current_team() == ours
        assert current_scope().teams is None
    with pytest.raises(ScopeError):
        current_scope()


def test_every_team_is_logged_with_its_reason(caplog):
    with caplog.at_level(logging.INFO, "teams.audit"), every_team("prune", actor="cron"):
        pass

    assert [(r.message, r.reason, r.actor) for r in caplog.records] == [
        ("every team: prune (cron)", "prune", "cron")
    ]


def test_every_team_without_a_reason_is_refused():
    with pytest.raises(ScopeError), every_team(""):
        pass


def test_require_refuses_a_team_that_is_not_in_scope(teams):
    with scope(teams[0]):
        require(teams[0])
        with pytest.raises(ScopeError):
            require(teams[1])


# -- writes


def test_a_row_for_another_team_is_refused(teams):
    ours, theirs = teams
    person = make.user()
    with every_team("test"):
        free = make.feed()
    with scope(ours):
        for write in (
            lambda: Membership.objects.create(team=theirs, user=person),
            lambda: Membership(team=theirs, user=person).save(),
            lambda: Membership.objects.get_or_create(team=theirs, user=person),
            lambda: Membership.objects.update_or_create(team=theirs, user=person),
            lambda: Membership.objects.bulk_create([Membership(team=theirs, user=person)]),
            lambda: Feed.objects.create(owner=theirs, name="x", protocol="apex", address="x"),
            lambda: Feed.objects.create(owner=None, name="x", protocol="apex", address="x"),
            lambda: Follow.objects.create(team=ours, feed=free),
            lambda: Team.objects.create(name="new", slug="new"),
        ):
            with pytest.raises(ScopeError):
                write()


def test_shared_facts_are_read_only_to_teams(teams):
    with scope(teams[0]):
        race = Race.objects.filter(feed__owner=None).first()
        kart = race.entries.first()
        for write in (
            lambda: race.save(),
            lambda: race.delete(),
            lambda: Race.objects.filter(pk=race.pk).update(name="mine"),
            lambda: Race.objects.all().delete(),
            lambda: race.laps.all().update(ms=1),
            lambda: Lap.objects.bulk_update(race.laps.all(), ["ms"]),
            lambda: Lap.objects.create(race=race, entry=kart, number=99, ms=1, at=kart.updated_at),
            lambda: race.feed.save(),
        ):
            with pytest.raises(ScopeError):
                write()


def test_facts_of_an_owned_feed_may_be_changed(teams):
    with scope(teams[0]):
        race = Race.objects.get(feed__owner=teams[0])
        race.name = "Ours"
        race.save()
        Race.objects.filter(pk=race.pk).update(event="Event")
        kart = race.entries.first()
        Lap.objects.create(race=race, entry=kart, number=9, ms=1, at=kart.updated_at)
        race.refresh_from_db()

        assert (race.event, race.name) == ("Event", "Ours")
        race.delete()
        assert not Race.objects.filter(pk=race.pk).exists()


def test_a_row_may_not_be_given_away_or_taken(teams):
    ours, theirs = teams
    with every_team("test"):
        foreign = Feed.objects.get(owner=theirs)
        foreign_race = Race.objects.get(feed=foreign)
    with scope(ours):
        own = Feed.objects.get(owner=ours)
        race = Race.objects.get(feed=own)
        taken = Feed(pk=foreign.pk, owner=ours, name="x", protocol="apex", address="x")
        taken._state.adding = False
        seized = Race(
            pk=foreign_race.pk,
            feed=own,
            first_seen_at=race.first_seen_at,
            last_seen_at=race.last_seen_at,
        )
        for write in (
            lambda: Feed.objects.filter(pk=own.pk).update(owner=theirs),
            lambda: Race.objects.filter(pk=race.pk).update(feed=foreign),
            lambda: Race.objects.filter(pk=race.pk).update(feed_id=foreign.pk),
            lambda: taken.save(),
            lambda: taken.delete(),
            lambda: Feed.objects.bulk_update([taken], ["name"]),
            lambda: seized.save(),
            lambda: Race.objects.bulk_create(
                [seized], update_conflicts=True, unique_fields=["id"], update_fields=["feed"]
            ),
        ):
            with pytest.raises(ScopeError):
                write()


def test_a_row_may_not_point_at_what_the_team_cannot_see(teams):
    ours, theirs = teams
    with every_team("test"):
        foreign = Entry.objects.filter(race__feed__owner=theirs).first()
        race = Race.objects.get(feed__owner=ours)
    with scope(ours), pytest.raises(ScopeError):
        Lap.objects.create(race=race, entry=foreign, number=1, ms=1, at=race.last_seen_at)


# -- tasks and threads


async def test_concurrent_tasks_keep_their_own_scope(teams):
    ours, theirs = teams

    async def count(team, rounds=3):
        seen = set()
        with scope(team):
            for _ in range(rounds):
                await asyncio.sleep(0)
                seen.add(current_team().slug)
                seen.add(await sync_to_async(lambda: current_team().slug)())
        return seen

    assert await asyncio.gather(count(ours), count(theirs)) == [{"ours"}, {"theirs"}]
    with pytest.raises(ScopeError):
        current_scope()


async def test_a_scope_opened_in_a_task_does_not_leak_to_its_starter(teams):
    opened = asyncio.Event()
    done = asyncio.Event()

    async def inside():
        with scope(teams[0]):
            opened.set()
            await done.wait()

    task = asyncio.create_task(inside())
    await opened.wait()
    with pytest.raises(ScopeError):
        current_scope()
    done.set()
    await task


@pytest.mark.django_db(transaction=True)
async def test_async_queries_are_scoped(teams, closed_afterwards):
    with scope(teams[0]):
        assert await Race.objects.acount() == 3
        with pytest.raises(ScopeError):
            await Race.objects.filter(feed__owner=None).aupdate(name="mine")


def test_a_new_thread_starts_without_a_scope(teams):
    found = []

    def ask():
        try:
            found.append(current_scope())
        except ScopeError as error:
            found.append(type(error))

    with scope(teams[0]):
        thread = threading.Thread(target=ask)
        thread.start()
        thread.join()

    assert found == [ScopeError]

from __future__ import annotations

from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from races.models import Feed, Lap, Race
from races.retention import Limits, Pruned, prune
from teams.scoping import every_team
from tests import factories as make

pytestmark = pytest.mark.django_db
DAY = 86_400


@pytest.fixture
def feed():
    return make.followed_feed(make.team())


def old_race(feed, days, **fields):
    at = make.after(-days * DAY)
    return make.full_race(feed, first_seen_at=at, last_seen_at=at, **fields)


def run(limits, dry_run=False):
    with every_team("test"):
        feeds = Feed.objects.all()
        return list(prune(feeds=feeds, now=make.after(0), limits=limits, dry_run=dry_run))


def left():
    with every_team("test"):
        return set(Race.objects.all())


def test_nothing_is_pruned_without_limits(feed):
    old_race(feed, 9999)

    assert run(Limits()) == []


def test_age_by_feed_goes_before_the_common_one(feed):
    kept_feed = make.followed_feed(make.team(), retention_days=0)
    short_feed = make.followed_feed(make.team(), retention_days=5)
    old, young = old_race(feed, 31), old_race(feed, 29)
    kept, doomed = old_race(kept_feed, 99), old_race(short_feed, 6)

    assert set(run(Limits(days=30), dry_run=True)) == {Pruned(feed, 1, 4), Pruned(short_feed, 1, 4)}
    assert left() == {old, young, kept, doomed}
    run(Limits(days=30))
    assert left() == {young, kept}
    assert run(Limits(days=30)) == []


def test_a_live_race_is_never_pruned(feed):
    live = old_race(feed, 99, is_live=True)
    run(Limits(days=1, sessions=1, laps=1))

    with every_team("test"):
        assert left() == {live}
        assert Lap.objects.count() == 4


def test_the_newest_sessions_are_kept(feed):
    other = make.followed_feed(make.team())
    races = [old_race(feed, days) for days in (4, 3, 2, 1)]
    live = old_race(feed, 5, is_live=True)
    alone = old_race(other, 9)

    assert run(Limits(sessions=2)) == [Pruned(feed, 3, 12)]
    assert left() == {races[3], live, alone}


def test_the_newest_laps_of_a_race_are_kept(feed):
    race = make.race(feed)
    kart = make.entry(race)
    make.laps(kart, [60_000] * 5)
    assert run(Limits(laps=3), dry_run=True) == [Pruned(feed, 0, 2)]
    assert run(Limits(laps=3)) == [Pruned(feed, 0, 2)]

    with every_team("test"):
        assert [lap.number for lap in kart.lap_set.all()] == [3, 4, 5]
        kart.refresh_from_db()
        assert kart.laps == 5


def test_the_command_reads_the_settings_and_says_what_it_did(feed, settings):
    settings.MAX_SESSIONS = 1
    now = timezone.now()
    for _ in range(2):
        make.full_race(feed, first_seen_at=now, last_seen_at=now)
    out = StringIO()
    call_command("prune", "--dry-run", stdout=out)
    call_command("prune", f"--feed={feed.pk}", stdout=out)
    call_command("prune", "--days=1", stdout=out)

    assert out.getvalue().splitlines() == [
        f"{feed}: 1 races, 4 laps",
        "Would delete 1 races and 4 laps.",
        f"{feed}: 1 races, 4 laps",
        "Deleted 1 races and 4 laps.",
        "Deleted 0 races and 0 laps.",
    ]
    with pytest.raises(CommandError):
        call_command("prune", "--feed=00000000-0000-0000-0000-000000000000")
    with pytest.raises(CommandError):
        call_command("prune", "--days=-1")

from __future__ import annotations

import pytest

from races import services
from races.models import Entry, Feed, FeedRequest, FlagPeriod, Follow, Lap, Race, RaceMessage
from teams.outbound import OutboundRefused
from teams.scoping import ScopeError, every_team, scope
from tests import factories as make

pytestmark = pytest.mark.django_db

PAGE = "https://www.apex-timing.com/live-timing/somewhere/"


@pytest.fixture
def team():
    return make.team("Ours")


def everything(model, **lookup):
    with every_team("test"):
        return list(model.objects.filter(**lookup))


def test_two_teams_that_add_one_page_share_a_feed(team):
    other = make.team("Theirs")
    with scope(team):
        first = services.add_feed(team=team, address=PAGE, name="What they call it")
    with scope(other):
        second = services.add_feed(team=other, address=PAGE + "index.html")

    assert first == second
    assert (first.owner, first.name) == (None, "somewhere")
    assert len(everything(Follow)) == 2
    assert [r.kind for r in everything(FeedRequest, feed=first)] == ["follow", "follow"]


def test_adding_again_changes_nothing(team):
    with scope(team):
        for _ in range(2):
            services.add_feed(team=team, address=PAGE)

        assert Follow.objects.count() == Feed.objects.count() == 1
    assert len(everything(FeedRequest)) == 1


def test_a_track_of_the_catalogue_and_its_page_are_one_feed(team):
    track = make.track("somewhere")
    with scope(team):
        by_track = services.add_track_feed(team=team, track=track)
        by_page = services.add_feed(team=team, address=PAGE)

    assert by_track == by_page
    assert (by_track.track, by_track.name) == (track, "Somewhere")


def test_private_addresses_are_refused_unless_allowed_and_then_belong_to_the_team(team, settings):
    other = make.team("Theirs")
    with scope(team), pytest.raises(OutboundRefused):
        services.add_feed(team=team, address="ws://10.0.0.8:8012/")

    settings.ALLOW_PRIVATE_FEEDS = ["10.0.0.0/8"]
    with scope(team):
        ours = services.add_feed(team=team, address="ws://10.0.0.8:8012/", name="Our box")
    with scope(other):
        theirs = services.add_feed(team=other, address="ws://10.0.0.8:8012/")
        assert Feed.objects.get() == theirs

    assert (ours.owner, ours.name, theirs.owner) == (team, "Our box", other)


def test_another_teams_private_feed_cannot_be_followed(team):
    foreign = make.feed(owner=make.team("Theirs"))
    with scope(team), pytest.raises(services.RaceError):
        services.follow_feed(team=team, feed=foreign)


def test_a_team_follows_so_many_feeds_and_those_again(team, monkeypatch):
    monkeypatch.setattr(services, "MAX_FOLLOWS", 2)
    with scope(team):
        pages = [f"https://timing{number}.example.com/" for number in range(3)]
        for page in (*pages[:2], pages[0]):
            services.add_feed(team=team, address=page)
        with pytest.raises(services.RaceError, match="at most 2 feeds"):
            services.add_feed(team=team, address=pages[2])
    with every_team("test"):
        assert sorted(Feed.objects.values_list("address", flat=True)) == pages[:2], "none is left"


def test_following_for_another_team_is_refused(team):
    with scope(team), pytest.raises(ScopeError):
        services.add_feed(team=make.team("Theirs"), address=PAGE)
    with pytest.raises(ScopeError):
        services.add_feed(team=team, address=PAGE)

    assert everything(Feed) == []


def test_unfollowing_hides_and_deletes_nothing(team):
    other = make.team("Theirs")
    feed = make.followed_feed(team, other)
    race = make.full_race(feed)
    with scope(team):
        services.unfollow_feed(team=team, feed=feed)
        assert not Race.objects.exists()

    with scope(other):
        assert Race.objects.get() == race
    with scope(team):
        services.follow_feed(team=team, feed=feed)
        assert Race.objects.get() == race


def test_what_is_asked_of_the_pipeline(team):
    feed = make.followed_feed(team, owner=team)
    with scope(team):
        services.restart_feed(feed=feed)
    with every_team("test"):
        services.replay_tape(team=team, tape="a.jsonl", speed=10)

    found = [(r.kind, r.feed_id, r.arguments, r.done_at) for r in reversed(everything(FeedRequest))]
    assert found == [
        ("restart", feed.pk, {}, None),
        ("replay", None, {"tape": "a.jsonl", "speed": 10, "team": team.slug}, None),
    ]


def test_shared_feeds_are_not_for_teams_to_restart_reset_pin_or_delete(team):
    feed = make.followed_feed(team)
    race = make.full_race(feed)
    with scope(team):
        for act in (
            lambda: services.restart_feed(feed=feed),
            lambda: Feed.objects.filter(pk=feed.pk).update(pinned=True),
            lambda: services.reset_race(race=race),
            lambda: services.delete_race(race=race),
            lambda: services.delete_feed(feed=feed),
        ):
            with pytest.raises(ScopeError):
                act()

    assert len(everything(Lap)) == 4


def test_reset_forgets_the_facts_and_keeps_the_race(team):
    feed = make.followed_feed(team, owner=team)
    race = make.full_race(feed, leader_laps=2, best_ms=60_001)
    kept = make.full_race(feed)
    with scope(team):
        services.reset_race(race=race)

        race.refresh_from_db()
        assert (race.leader_laps, race.best_ms) == (0, None)
        for model in (Entry, Lap, FlagPeriod, RaceMessage):
            assert {row.race for row in model.objects.select_related("race")} == {kept}


def test_a_live_race_is_not_deleted_nor_is_its_feed(team):
    feed = make.followed_feed(team, owner=team)
    race = make.race(feed, is_live=True)
    with scope(team):
        with pytest.raises(services.RaceError):
            services.delete_race(race=race)
        with pytest.raises(services.RaceError):
            services.delete_feed(feed=feed)
        Race.objects.update(is_live=False)
        services.delete_feed(feed=feed)

    assert everything(Race) == everything(Feed) == []


@pytest.mark.parametrize("speed", [-1, 0, 10_001, float("nan")])
def test_a_replay_needs_a_speed(team, speed):
    with every_team("test"), pytest.raises(services.RaceError):
        services.replay_tape(team=team, tape="a.jsonl", speed=speed)


def test_a_team_does_not_choose_recordings(team):
    with scope(team), pytest.raises(ScopeError):
        services.replay_tape(team=team, tape="a.jsonl")

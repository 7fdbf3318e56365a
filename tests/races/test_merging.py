from __future__ import annotations

import pytest

from displays.models import Display
from races.merging import merge_races
from races.models import Driver, Entry, FlagPeriod, Lap, LapGap, PitStop, Race, RaceMessage, Stint
from races.services import RaceError
from teams.scoping import ScopeError, every_team, scope
from tests import factories as make
from timing.models import FeedState

pytestmark = pytest.mark.django_db


@pytest.fixture
def team():
    return make.team()


@pytest.fixture
def feed(team):
    return make.followed_feed(team, owner=team)


@pytest.fixture
def halves(feed):
    return (
        make.race(feed, name="First", last_seen_at=make.after(100)),
        make.race(feed, name="Second", first_seen_at=make.after(120), started_at=None),
    )


def merged(*races):
    with every_team("test"):
        return merge_races(races=races)


def numbers(entry):
    with every_team("test"):
        return list(entry.lap_set.order_by("number").values_list("number", "ms"))


def test_the_earlier_race_takes_entries_and_facts_of_the_later(halves):
    first, second = halves
    kart = make.entry(first, key="r1")
    make.laps(kart, [60_000])
    full = make.full_race(second.feed, first_seen_at=make.after(120))

    assert merged(full, first) == first
    with every_team("test"):
        assert set(Race.objects.all()) == {first, second}
        assert Entry.objects.filter(race=first).count() == 3
        for model, count in ((Lap, 5), (Stint, 2), (PitStop, 2), (RaceMessage, 1), (FlagPeriod, 1)):
            assert {row.race_id for row in model.objects.all()} == {first.pk}
            assert model.objects.count() == count


def test_laps_that_count_on_keep_their_numbers_and_a_hole_is_counted(halves):
    ours, theirs = (make.entry(race, key="r1") for race in halves)
    make.laps(ours, [60_000, 61_000])
    make.laps(theirs, [63_000, 59_000], first=5)
    merged(*halves)

    assert numbers(ours) == [(1, 60_000), (2, 61_000), (5, 63_000), (6, 59_000)]
    with every_team("test"):
        assert list(LapGap.objects.values_list("entry", "after_number", "missed")) == [
            (ours.pk, 2, 2)
        ]
        ours.refresh_from_db()
        assert (ours.laps, ours.best_ms, ours.last_ms) == (6, 59_000, 59_000)
        race = Race.objects.get()
        assert (race.leader_laps, race.best_ms) == (6, 59_000)


def test_laps_that_follow_at_once_leave_no_gap(halves):
    ours, theirs = (make.entry(race, key="r1") for race in halves)
    make.laps(ours, [60_000, 61_000])
    make.laps(theirs, [62_000], first=3)
    merged(*halves)

    assert [number for number, _ms in numbers(ours)] == [1, 2, 3]
    with every_team("test"):
        assert not LapGap.objects.exists()


def test_laps_that_are_repeated_are_kept_once(halves):
    ours, theirs = (make.entry(race, key="r1") for race in halves)
    make.laps(ours, [60_000, 61_000, 62_000])
    make.laps(theirs, [61_000, 62_000, 63_000], first=2)
    make.pit_stop(ours, 1, lap=1)
    make.pit_stop(theirs, 1, lap=1)
    make.pit_stop(theirs, 2, lap=3)
    merged(*halves)

    assert numbers(ours) == [(1, 60_000), (2, 61_000), (3, 62_000), (4, 63_000)]
    with every_team("test"):
        assert list(PitStop.objects.values_list("number", "lap")) == [(1, 1), (2, 3)]
        ours.refresh_from_db()
        assert (ours.laps, ours.stops) == (4, 2)


def test_laps_that_began_again_go_on_after_the_last(halves):
    ours, theirs = (make.entry(race, key="r1") for race in halves)
    make.laps(ours, [60_000, 61_000])
    make.laps(theirs, [70_000, 71_000])
    make.pit_stop(ours, 1, lap=1)
    make.pit_stop(theirs, 1, lap=1)
    merged(*halves)

    assert numbers(ours) == [(1, 60_000), (2, 61_000), (3, 70_000), (4, 71_000)]
    with every_team("test"):
        assert list(PitStop.objects.values_list("number", "lap")) == [(1, 1), (2, 3)]
        ours.refresh_from_db()
        assert ours.laps == 4


def test_drivers_of_one_name_are_one(halves):
    ours, theirs = (make.entry(race, key="r1") for race in halves)
    ada, again = (make.driver(kart, "Ada", driving_ms=1000) for kart in (ours, theirs))
    bob = make.driver(theirs, "Bob")
    make.lap(ours, 1, driver=ada)
    make.lap(theirs, 2, driver=again)
    make.lap(theirs, 3, driver=bob)
    merged(*halves)

    with every_team("test"):
        assert list(Driver.objects.values_list("entry", "name", "driving_ms")) == [
            (ours.pk, "Ada", 1000),
            (ours.pk, "Bob", None),
        ]
        assert list(Lap.objects.values_list("number", "driver")) == [
            (1, ada.pk),
            (2, ada.pk),
            (3, bob.pk),
        ]


def test_an_open_stint_is_joined_with_that_of_the_same_driver(halves):
    ours, theirs = (make.entry(race, key="r1") for race in halves)
    make.laps(ours, [60_000, 61_000])
    make.laps(theirs, [62_000, 63_000], first=3)
    ada, again = make.driver(ours, "Ada"), make.driver(theirs, "Ada")
    make.stint(ours, 1, first_lap=1, driver=ada)
    make.stint(theirs, 1, first_lap=3, last_lap=3, driver=again, ended_at=make.after(200))
    make.stint(theirs, 2, first_lap=4)
    merged(*halves)

    with every_team("test"):
        assert list(Stint.objects.values_list("entry", "number", "first_lap", "last_lap")) == [
            (ours.pk, 1, 1, 3),
            (ours.pk, 2, 4, None),
        ]


def test_an_open_stint_of_another_driver_is_closed(halves):
    ours, theirs = (make.entry(race, key="r1") for race in halves)
    make.laps(ours, [60_000, 61_000])
    make.laps(theirs, [62_000], first=3)
    make.stint(ours, 1, driver=make.driver(ours, "Ada"))
    started = make.after(130)
    make.stint(theirs, 1, first_lap=3, driver=make.driver(theirs, "Bob"), started_at=started)
    merged(*halves)

    with every_team("test"):
        assert list(Stint.objects.values_list("number", "first_lap", "last_lap", "ended_at")) == [
            (1, 1, 2, started),
            (2, 3, None, None),
        ]


def test_flags_and_messages_go_on(halves):
    first, second = halves
    make.flag_period(first, 1, "green")
    make.flag_period(second, 1, "red", started_at=make.after(120))
    for order, key in enumerate("ab"):
        make.message(first, key=key, order=order)
    for order, key in enumerate("abc"):
        make.message(second, key=key, order=order)
    merged(*halves)

    with every_team("test"):
        assert list(FlagPeriod.objects.values_list("number", "flag", "ended_at")) == [
            (1, "green", make.after(120)),
            (2, "red", None),
        ]
        orders = RaceMessage.objects.order_by("order").values_list("key", flat=True)
        assert list(orders) == ["a", "b", "c"]


def test_times_of_the_race_span_both(halves):
    race = merged(*halves)

    assert (race.name, race.started_at, race.last_seen_at, race.ended_at) == (
        "First",
        make.after(0),
        make.after(3600),
        make.after(3600),
    )


def test_displays_and_the_feeds_state_follow_the_race(halves, team):
    other = make.team()
    with every_team("test"):
        FeedState.objects.create(feed=halves[1].feed, current_race=halves[1])
        for each in (team, other):
            Display.objects.create(team=each, name="Wall", race=halves[1])
    with scope(team):
        merge_races(races=halves)

    with every_team("test"):
        assert {d.race for d in Display.objects.all()} == {halves[0]}
        assert FeedState.objects.get().current_race == halves[0]


def test_what_cannot_be_merged_says_why(halves, feed):
    other = make.race(make.feed())
    live = make.race(feed, is_live=True)
    for pair in ((halves[0], halves[0]), (halves[0], other), (halves[0], live)):
        with pytest.raises(RaceError):
            merged(*pair)


def test_shared_races_are_not_a_teams_to_merge(team):
    feed = make.followed_feed(team)
    races = make.full_race(feed), make.full_race(feed)
    with scope(team), pytest.raises(ScopeError):
        merge_races(races=races)

    with every_team("test"):
        assert set(Race.objects.all()) == set(races)

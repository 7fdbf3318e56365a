from __future__ import annotations

import pytest

from races import queries
from teams.scoping import every_team, scope
from tests import factories as make

pytestmark = pytest.mark.django_db


@pytest.fixture
def team():
    return make.team()


def test_feeds_of_a_team_are_those_it_follows(team, django_assert_num_queries):
    quiet = make.followed_feed(team, name="A quiet one")
    busy = make.followed_feed(team, make.team(), name="Busy", track=make.track())
    make.race(busy)
    live = make.race(busy, is_live=True, first_seen_at=make.after(9), last_seen_at=make.after(99))
    make.feed(owner=team, name="Own, not followed")
    make.race(make.followed_feed(make.team()))

    with scope(team), django_assert_num_queries(1):
        found = [
            (f.name, f.track, f.live_race_id, f.last_race_at, f.race_count)
            for f in queries.feeds_of(team)
        ]
    assert found == [
        (quiet.name, None, None, None, None),
        (busy.name, busy.track, live.pk, make.after(99), 2),
    ]


def test_feeds_to_connect_are_followed_or_pinned_and_enabled(team):
    followed = make.followed_feed(team, make.team(), name="a")
    pinned = make.feed(pinned=True, name="b")
    make.feed()
    make.followed_feed(team, enabled=False)

    with every_team("test"):
        assert list(queries.feeds_to_connect()) == [followed, pinned]


def test_races_list_counts_entries_and_filters(team, django_assert_num_queries):
    feed = make.followed_feed(team, name="Somewhere")
    old = make.full_race(feed, name="Qualifying", first_seen_at=make.after(-9))
    new = make.race(feed, is_live=True, event="Grand Prix", name="Heat")
    kart = make.entry(old, number="07B", competitor="Écurie")
    make.full_race(make.followed_feed(make.team()), name="Qualifying")

    def found(**wanted):
        return [race.pk for race in queries.races_list(**wanted)]

    with scope(team):
        with django_assert_num_queries(1):
            rows = [(r.pk, r.feed.name, r.entry_count) for r in queries.races_list()]
        assert rows == [(new.pk, "Somewhere", None), (old.pk, "Somewhere", 3)]
        assert found(live=True) == found(text="grand") == [new.pk]
        assert found(live=False) == found(text="qualif") == [old.pk]
        assert found(text=kart.number.lower()) == found(text="curie") == [old.pk]
        assert found(feed=feed) == found(text="some") == [new.pk, old.pk]
        assert found(feed=make.feed().pk) == []


@pytest.mark.parametrize("laps", [1, 3])
def test_entry_page_shows_laps_and_what_was_missed(laps, team, django_assert_num_queries):
    race = make.race(make.followed_feed(team))
    kart = make.entry(race)
    make.laps(kart, [60_000 + n for n in range(laps)], first=3, sectors=[1, 2])
    with every_team("test"):
        for after, missed in ((0, 2), (9, 4)):
            kart.lap_gaps.create(race=race, after_number=after, missed=missed, at=make.after(0))
    with scope(team), django_assert_num_queries(5):
        page = queries.entry_page(kart)

    assert [(row.lap.number, row.missed, row.is_best) for row in page.laps] == [
        (3 + n, 2 if n == 0 else 0, n == 0) for n in range(laps)
    ]
    assert (page.missed_after, page.sectors) == (4, 2)

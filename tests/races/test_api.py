from __future__ import annotations

import base64

import pytest
from django.test import Client

from races.api import ROUTES
from races.models import Lap
from teams.models import Membership
from teams.scoping import every_team
from tests import factories as make

pytestmark = pytest.mark.django_db

PREFIXES = [prefix for prefix, _view, _name in ROUTES]


@pytest.fixture
def team():
    return make.team("Ours")


@pytest.fixture
def client(team):
    made = Client()
    made.force_login(make.member(team, "alice"))
    return made


@pytest.fixture
def race(team):
    return make.full_race(make.followed_feed(team, track=make.track("somewhere")))


def get(client, path, **headers):
    return client.get(f"/api/{path}", headers={"accept": "application/json"} | headers)


def results(client, path):
    return get(client, path).json()["results"]


@pytest.mark.parametrize("prefix", PREFIXES)
def test_every_list_and_row_can_be_read(client, race, prefix):
    with every_team("test"):
        race.entries.first().lap_gaps.create(race=race, after_number=1, missed=1, at=make.after(0))
    found = get(client, f"{prefix}/").json()
    assert set(found) == {"count", "next", "previous", "results"}
    assert found["count"] == len(found["results"]) > 0


def test_the_address_of_the_api_leads_to_its_description(client):
    assert client.get("/api/").headers["location"] == "/api/docs/"


@pytest.mark.parametrize("prefix", PREFIXES)
def test_every_row_of_a_list_can_be_asked_for_by_itself(client, race, prefix):
    for row in results(client, f"{prefix}/?limit=1"):
        key = row["slug" if prefix == "tracks" else "id"]
        assert get(client, f"{prefix}/{key}/").json() == row


def test_a_lap_says_what_the_fact_says(client, race):
    with every_team("test"):
        lap = Lap.objects.select_related("driver").get(driver__name="Driver 1", number=2)

    expected = {
        "id": lap.pk,
        "race": str(race.pk),
        "entry": str(lap.entry_id),
        "number": 2,
        "ms": 61_001,
        "sectors": [],
        "driver": "Driver 1",
        "position": None,
        "pit": False,
        "flag": "none",
        "source": "asserted",
        "at": "2026-05-01T12:02:01.002000Z",
    }
    assert results(client, "laps/?driver=Driver 1&number_min=2") == [expected]
    assert get(client, f"laps/{lap.pk}/").json() == expected


def test_a_feed_says_whether_it_is_private_and_which_race_is_live(client, team):
    feed = make.followed_feed(team, owner=team, track=make.track("somewhere"))
    live = make.race(feed, is_live=True)

    assert results(client, "feeds/") == [
        {
            "id": str(feed.pk),
            "name": feed.name,
            "protocol": "apex",
            "address": feed.address,
            "track": "somewhere",
            "is_private": True,
            "live_race": str(live.pk),
        }
    ]


def test_tracks_are_found_by_their_short_name(client):
    make.track("eupen", country="BE", length_m=1000)
    make.track("gone", is_active=False)

    assert [t["slug"] for t in results(client, "tracks/?country=be&q=eup")] == ["eupen"]
    assert get(client, "tracks/eupen/").json()["length_m"] == 1000
    assert get(client, "tracks/gone/").status_code == 404


@pytest.mark.parametrize(
    ("query", "count"),
    [
        ("races/?kind=race&is_live=false", 1),
        ("races/?is_live=true", 0),
        ("races/?since=2026-05-01T12:00:00Z", 1),
        ("races/?until=2026-05-01T12:00:00Z", 0),
        ("entries/?competitor=compet", 2),
        ("laps/?ms_min=61000&pit=false", 2),
        ("stints/?entry=00000000-0000-0000-0000-000000000000", 0),
        ("flag-periods/?flag=green", 1),
        ("flag-periods/?flag=red", 0),
    ],
)
def test_filters(client, race, query, count):
    assert get(client, query).json()["count"] == count


@pytest.mark.parametrize(
    "query",
    [
        "races/?feed=7",
        "laps/?flag=pink",
        "races/?since=yesterday",
        "races/?since=0001-01-01T00:00:00%2B23:59",
        "races/?until=9999-12-31T23:59:59-23:59",
        "laps/?ms_min=x",
        "laps/?ms_min=1e999999999",
        "laps/?driver=%00",
    ],
)
def test_a_filter_that_makes_no_sense_is_refused(client, race, query):
    assert get(client, query).status_code == 400


def test_order_and_pages(client, race):
    laps = get(client, f"laps/?race={race.pk}&ordering=-ms&limit=3").json()
    assert [lap["ms"] for lap in laps["results"]] == [61_002, 61_001, 60_002]
    assert laps["next"].endswith(f"limit=3&offset=3&ordering=-ms&race={race.pk}")
    assert len(results(client, "laps/?limit=999999")) == 4


@pytest.mark.parametrize("slug", ["%00", "a%00b", "%F0%9F%8F%81"])
def test_a_track_that_can_be_none_is_not_there(slug, client):
    assert get(client, f"tracks/{slug}/").status_code == 404


def test_writing_is_not_offered(client, race):
    for method in (client.post, client.put, client.patch, client.delete):
        assert method(f"/api/races/{race.pk}/", {}).status_code == 405


@pytest.mark.parametrize("prefix", PREFIXES)
def test_the_anonymous_are_challenged(prefix):
    answer = get(Client(), f"{prefix}/")

    assert (answer.status_code, answer["WWW-Authenticate"]) == (401, "Bearer")


def test_a_name_and_password_are_enough(team, race):
    make.member(team, "bob", password="secret words")
    login = base64.b64encode(b"bob:secret words").decode()

    assert get(Client(), "races/", authorization=f"Basic {login}").json()["count"] == 1


def test_who_is_in_several_teams_names_one(team, race):
    other = make.team("Theirs")
    person = make.member(team, "carol")
    with every_team("test"):
        Membership.objects.create(team=other, user=person)
    client = Client()
    client.force_login(person)

    assert get(client, "races/").status_code == 400
    assert get(client, "races/", **{"x-team": "ours"}).json()["count"] == 1
    assert get(client, "races/?team=theirs").json()["count"] == 0


def test_strangers_are_told_nothing(client, race):
    make.team("Theirs")
    loner = Client()
    loner.force_login(make.user())

    assert get(loner, "races/").status_code == 403
    for team in ("theirs", "nobody"):
        assert get(client, "races/", **{"x-team": team}).status_code == 404
    foreign = make.full_race(make.followed_feed(make.team()))
    assert get(client, f"races/{foreign.pk}/").status_code == 404
    assert get(client, f"laps/?race={foreign.pk}").json()["count"] == 0


@pytest.mark.parametrize("rows", [1, 3])
@pytest.mark.parametrize("prefix", PREFIXES)
def test_lists_ask_the_same_number_of_queries(
    client, team, prefix, rows, django_assert_max_num_queries
):
    for _ in range(rows):
        make.full_race(make.followed_feed(team, track=make.track()), entries=rows)
    # session, user, membership, count, rows; the drivers of entries
    with django_assert_max_num_queries(6 if prefix == "entries" else 5):
        assert get(client, f"{prefix}/").status_code == 200

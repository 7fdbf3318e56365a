from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from teams import jwt, tokens
from teams.enums import Role
from teams.models import ApiToken, AuditEntry, Membership, Team, User
from teams.scoping import scope
from tests import factories as make
from tests.factories.system import system

pytestmark = pytest.mark.django_db


@pytest.fixture
def team() -> Team:
    return make.team("Ours")


@pytest.fixture
def olga(team: Team) -> User:
    return make.member(team, "olga", role=Role.OWNER)


def a_key(team: Team, olga: User, **fields: Any) -> tuple[ApiToken, str]:
    with scope(team):
        given = {"name": "Pit wall", "access": "write"} | fields
        return tokens.create_token(team=team, created_by=olga, **given)


def by(key: str, **more: str) -> Client:
    return Client(headers={"authorization": f"Bearer {key}"} | more)


# -- who am I


def test_a_person_is_told_who_they_are(team, olga) -> None:
    other = make.team("Other")
    with system():
        Membership.objects.create(team=other, user=olga, role=Role.VIEWER)
    client = Client()
    client.force_login(olga)

    said = client.get("/api/me/").json()

    assert said["user"] == {"id": olga.pk, "username": "olga", "email": "olga@example.com"}
    assert said["token"] is None
    assert said["platform"] == []
    assert said["limit"]["limit"] == 6000
    assert said["teams"] == [
        {
            "id": str(other.pk),
            "slug": "other",
            "name": "Other",
            "role": "viewer",
            "permissions": ["dashboard:read"],
        },
        {
            "id": str(team.pk),
            "slug": "ours",
            "name": "Ours",
            "role": "owner",
            "permissions": ["alerts:read", "dashboard:read", "dashboard:write", "team:manage"],
        },
    ]


def test_a_token_is_told_what_it_may(team, olga) -> None:
    _token, key = a_key(team, olga)

    said = by(key).get("/api/me/").json()

    assert said["user"] is None
    assert said["token"] == {"name": "Pit wall", "access": "write", "expires_at": None}
    assert [(each["slug"], each["role"], each["permissions"]) for each in said["teams"]] == [
        ("ours", "", ["alerts:read", "dashboard:read", "dashboard:write"])
    ]


def test_staff_are_told_what_they_may_in_the_installation(team) -> None:
    client = Client()
    client.force_login(make.member(team, is_staff=True))

    assert client.get("/api/me/").json()["platform"] == ["broadcast", "system:read"]


def test_nobody_is_told_nothing() -> None:
    assert Client().get("/api/me/").status_code == 401


# -- API tokens


def test_a_token_opens_its_team_and_names_no_other(team, olga) -> None:
    make.followed_feed(team, name="Seen")
    make.followed_feed(make.team("Theirs"), name="Secret")
    _token, key = a_key(team, olga)

    found = by(key).get("/api/feeds/").json()["results"]
    assert [feed["name"] for feed in found] == ["Seen"]
    assert by(key).get("/api/feeds/?team=ours").status_code == 200
    assert by(key).get("/api/feeds/?team=theirs").status_code == 404
    assert by(key, **{"x-team": "theirs"}).get("/api/feeds/").status_code == 404


def test_a_token_lives_on_when_its_maker_leaves(team, olga) -> None:
    _token, key = a_key(team, olga)
    with system():
        Membership.objects.all().delete()

    assert by(key).get("/api/feeds/").status_code == 200


def test_a_revoked_token_says_what_to_do(team, olga) -> None:
    token, key = a_key(team, olga)
    with scope(team):
        tokens.revoke_token(token=token)

    answer = by(key).get("/api/feeds/")

    assert answer.status_code == 401
    assert answer.json() == {
        "detail": "This API token is unknown, expired or revoked. "
        "Ask an owner of the team for another."
    }


def test_the_token_is_named_in_the_audit_log(team, olga) -> None:
    feed = make.followed_feed(team)
    _token, key = a_key(team, olga)
    with system():
        AuditEntry.objects.all().delete()

    given = {"name": "Grandstand", "feed": str(feed.pk)}
    by(key).post("/api/displays/", given, content_type="application/json")

    with system():
        (entry,) = AuditEntry.objects.filter(model="displays.display")
    assert (entry.token_name, entry.actor_id, entry.team_id) == ("Pit wall", None, team.pk)


def test_the_person_of_an_access_token_is_named_in_the_audit_log(team, olga) -> None:
    feed = make.followed_feed(team)
    access = jwt.issue(user=olga, team=team).access

    given = {"name": "Grandstand", "feed": str(feed.pk)}
    by(access).post("/api/displays/", given, content_type="application/json")

    with system():
        (entry,) = AuditEntry.objects.filter(model="displays.display")
    assert (entry.actor_id, entry.actor_name, entry.token_name) == (olga.pk, "olga", "")


def test_a_token_goes_before_the_session_of_the_browser(team, olga) -> None:
    theirs = make.team("Theirs")
    client = Client()
    client.force_login(make.member(theirs))
    _token, key = a_key(team, olga)

    said = client.get("/api/me/", headers={"authorization": f"Bearer {key}"}).json()

    assert [each["slug"] for each in said["teams"]] == ["ours"]


# -- limits


def test_each_answer_says_what_the_team_has_left(settings, team, olga) -> None:
    settings.RATE_LIMIT_MAX_REQUESTS = 4
    _token, key = a_key(team, olga)
    other = Client()
    other.force_login(make.member(make.team("Other")))
    person = Client()
    person.force_login(olga)

    answers = [
        by(key).get("/api/races/"),
        person.get("/api/races/?kind=nonsense"),
        person.get("/api/races/00000000-0000-0000-0000-000000000000/"),
        by(key).post("/api/races/"),
        by(key).get("/api/races/"),
    ]

    assert [answer.status_code for answer in answers] == [200, 400, 404, 405, 429]
    left = [answer["RateLimit-Remaining"] for answer in answers]
    assert left == ["3", "2", "1", "0", "0"]
    refused = answers[-1]
    assert (refused["RateLimit-Limit"], refused["X-RateLimit-Limit"]) == ("4", "4")
    assert 0 < int(refused["Retry-After"]) <= int(refused["RateLimit-Reset"]) <= 900
    assert refused.json()["detail"].startswith("Your team asked too often.")
    assert person.get("/t/ours/").status_code == 200, "pages are not counted"
    assert other.get("/api/races/").status_code == 200


# -- following


def test_a_track_is_followed_and_unfollowed(team, olga) -> None:
    make.track("eupen", name="Eupen")
    _token, key = a_key(team, olga)
    client = by(key)

    made = client.post("/api/feeds/", {"track": "eupen"}, content_type="application/json")
    again = client.post("/api/feeds/", {"track": "eupen"}, content_type="application/json")

    assert (made.status_code, again.status_code) == (201, 201)
    assert again.json() == made.json()
    assert (made.json()["name"], made.json()["track"]) == ("Eupen", "eupen")
    assert client.get("/api/feeds/").json()["results"] == [made.json()]
    assert client.delete(f"/api/feeds/{made.json()['id']}/").status_code == 204
    assert client.get("/api/feeds/").json()["results"] == []
    assert client.delete(f"/api/feeds/{made.json()['id']}/").status_code == 404


@pytest.mark.parametrize(
    ("given", "named"),
    [
        ({}, "non_field_errors"),
        ({"track": "nowhere"}, "track"),
        ({"track": "eupen", "address": "x.example"}, "non_field_errors"),
        ({"address": "ftp://x.example/"}, "detail"),
        ({"address": "http://127.0.0.1/"}, "detail"),
    ],
)
def test_what_cannot_be_followed_is_explained(given, named, team, olga) -> None:
    make.track("eupen")
    _token, key = a_key(team, olga)

    answer = by(key).post("/api/feeds/", given, content_type="application/json")

    assert answer.status_code == 400
    assert list(answer.json()) == [named]
    assert by(key).get("/api/feeds/").json()["count"] == 0


def test_a_private_feed_of_another_team_is_not_there(team, olga) -> None:
    theirs = make.team("Theirs")
    private = make.followed_feed(theirs, owner=theirs)
    _token, key = a_key(team, olga)

    assert by(key).delete(f"/api/feeds/{private.pk}/").status_code == 404

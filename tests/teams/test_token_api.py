"""Signing in for programs: tokens from a name and a password."""

from __future__ import annotations

import base64
from typing import Any

import pytest
from django.test import Client

from teams import jwt
from teams.enums import Role
from teams.models import Membership, Team, User
from tests import factories as make
from tests.factories.system import system

pytestmark = pytest.mark.django_db

PASSWORD = "a long password"


@pytest.fixture
def team() -> Team:
    return make.team("Ours")


@pytest.fixture
def ada(team: Team) -> User:
    return make.member(team, "ada", role=Role.MANAGER, password=PASSWORD)


@pytest.fixture
def client(db: None, request) -> Client:
    """From an address of its own: failures and limits count by address."""
    number = abs(hash(request.node.nodeid)) % 60_000
    return Client(REMOTE_ADDR=f"198.18.{number // 250}.{number % 250 + 1}")


def post(client: Client, path: str, **data: Any) -> Any:
    return client.post(path, data, content_type="application/json")


def sign_in(client: Client, name: str = "ada", password: str = PASSWORD, **more: Any) -> Any:
    return post(client, "/auth/token", username=name, password=password, **more)


def bearer(text: str) -> dict[str, Any]:
    return {"headers": {"authorization": f"Bearer {text}"}}


@pytest.mark.parametrize("name", ["ada", "ada@example.com", "ADA@Example.com", " ada "])
def test_a_name_or_address_and_a_password_give_a_pair(name, settings, client, team, ada) -> None:
    answer = sign_in(client, name)

    assert answer.status_code == 200
    said = answer.json()
    assert sorted(said) == ["access", "expires_in", "refresh", "token_type"]
    assert (said["token_type"], said["expires_in"]) == ("Bearer", 86_400)
    assert answer["Cache-Control"] == "no-store"
    assert answer["RateLimit-Limit"] == str(settings.RATE_LIMIT_MAX_SIGN_INS)
    me = client.get("/api/me/", **bearer(said["access"])).json()
    assert (me["user"]["username"], [each["slug"] for each in me["teams"]]) == ("ada", ["ours"])


def test_a_form_is_as_good_as_json(client, ada) -> None:
    form = "application/x-www-form-urlencoded"
    body = f"username=ada&password={PASSWORD}"

    assert client.post("/auth/token", body, content_type=form).status_code == 200


def test_an_address_that_somebody_is_called_by_signs_in_nobody_else(client, team, ada) -> None:
    make.member(team, "ada@example.com", email="other@example.com", password="another password")

    assert sign_in(client, "ada@example.com").status_code == 401
    assert sign_in(client, "ada").status_code == 200


def test_who_is_in_several_teams_names_one(client, ada) -> None:
    other = make.team("Theirs")
    make.team("Strangers")
    with system():
        Membership.objects.create(team=other, user=ada, role=Role.VIEWER)

    unnamed = sign_in(client)
    assert unnamed.status_code == 400
    assert unnamed.json() == {"team": ["Name one of your teams."], "teams": ["ours", "theirs"]}
    assert sign_in(client, team="strangers").json() == unnamed.json()
    access = sign_in(client, team="theirs").json()["access"]
    (found,) = client.get("/api/me/", **bearer(access)).json()["teams"]
    assert (found["slug"], found["permissions"]) == ("theirs", ["dashboard:read"])
    assert client.get("/api/races/", **bearer(access)).status_code == 200
    refused = client.get("/api/races/?team=ours", **bearer(access))
    assert refused.status_code == 404, "the token is of another team"


def test_who_belongs_to_no_team_gets_no_token(client) -> None:
    make.user("eve", password=PASSWORD)

    assert sign_in(client, "eve").status_code == 403


@pytest.mark.parametrize("given", [{}, {"username": "ada"}, {"username": "", "password": ""}])
def test_what_is_missing_is_named(given, client, ada) -> None:
    answer = post(client, "/auth/token", **given)

    assert answer.status_code == 400
    assert "password" in answer.json() or "username" in answer.json()


def test_wrong_passwords_lock_the_name_for_this_address(client, ada) -> None:
    answers = [sign_in(client, password="wrong").status_code for _ in range(5)]
    locked = sign_in(client)

    assert answers[:4] == [401] * 4
    assert locked.status_code == 429
    assert int(locked["Retry-After"]) > 0
    assert "access" not in locked.text
    assert sign_in(Client(REMOTE_ADDR="192.0.2.200")).status_code == 200


def test_the_lockout_counts_the_address_and_the_name_as_one(client, ada) -> None:
    for name in ("ada", "ada@example.com", "ada", "ada@example.com", "ada"):
        sign_in(client, name, password="wrong")

    assert sign_in(client).status_code == 429


def test_a_wrong_password_of_basic_authentication_counts_as_well(client, ada) -> None:
    def basic(password: str) -> Any:
        login = base64.b64encode(f"ada@example.com:{password}".encode()).decode()
        return client.get("/api/races/", headers={"authorization": f"Basic {login}"})

    assert basic(PASSWORD).status_code == 200
    assert [basic("wrong").status_code for _ in range(5)][:4] == [401] * 4
    assert basic(PASSWORD).status_code == 429
    assert sign_in(client).status_code == 429


def test_signing_in_ends_the_count(client, ada) -> None:
    for _ in range(2):
        for _ in range(4):
            sign_in(client, password="wrong")
        assert sign_in(client).status_code == 200


def test_an_address_asks_so_often_and_no_more(settings, client, ada) -> None:
    settings.RATE_LIMIT_MAX_SIGN_INS = 2
    answers = [sign_in(client) for _ in range(3)]

    assert [answer.status_code for answer in answers] == [200, 200, 429]
    assert [answer["RateLimit-Remaining"] for answer in answers] == ["1", "0", "0"]
    assert int(answers[2]["Retry-After"]) > 0
    login = base64.b64encode(f"ada:{PASSWORD}".encode()).decode()
    basic = client.get("/api/races/", headers={"authorization": f"Basic {login}"})
    assert basic.status_code == 429


def test_a_pair_is_renewed_once(client, ada) -> None:
    first = sign_in(client).json()

    second = post(client, "/auth/token/refresh", refresh=first["refresh"])

    assert second.status_code == 200
    assert client.get("/api/me/", **bearer(second.json()["access"])).status_code == 200
    again = post(client, "/auth/token/refresh", refresh=first["refresh"])
    assert again.status_code == 401
    assert again["WWW-Authenticate"] == "Bearer"


def test_a_token_that_is_revoked_is_no_more(client, ada) -> None:
    pair = sign_in(client).json()

    assert post(client, "/auth/token/revoke", token=pair["refresh"]).status_code == 204

    refused = client.get("/api/races/", **bearer(pair["access"]))
    assert refused.status_code == 401
    assert "/auth/token/refresh" in refused.json()["detail"]
    assert post(client, "/auth/token/refresh", refresh=pair["refresh"]).status_code == 401
    assert post(client, "/auth/token/revoke", token="nonsense").status_code == 204


def test_who_is_removed_or_inactive_is_out_at_the_next_request(client, team, ada) -> None:
    access = sign_in(client).json()["access"]
    with system():
        Membership.objects.all().delete()
    assert client.get("/api/races/", **bearer(access)).status_code == 403
    with system():
        Membership.objects.create(team=team, user=ada)
    assert client.get("/api/races/", **bearer(access)).status_code == 200
    User.objects.update(is_active=False)
    assert client.get("/api/races/", **bearer(access)).status_code == 401


@pytest.mark.parametrize("text", ["", "x", "lt_x", "a.b.c", "é"])
def test_what_is_no_token_is_refused(text, client) -> None:
    answer = client.get("/api/races/", **bearer(text))

    assert (answer.status_code, answer["WWW-Authenticate"]) == (401, "Bearer")


def test_a_refresh_token_opens_nothing(client, team, ada) -> None:
    pair = jwt.issue(user=ada, team=team)

    assert client.get("/api/races/", **bearer(pair.refresh)).status_code == 401

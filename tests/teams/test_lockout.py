from __future__ import annotations

from base64 import b64encode
from datetime import timedelta
from typing import Any

import pytest
from axes.models import AccessAttempt
from django.test import Client
from django.utils import timezone

from teams import lockout
from teams.models import User
from tests import factories as make

pytestmark = pytest.mark.django_db

LOGIN = "/accounts/login/"


@pytest.fixture
def ada() -> User:
    return make.user("ada")


def attempt(client: Client, password: str, name: str = "ada", **extra: Any) -> Any:
    return client.post(LOGIN, {"username": name, "password": password}, **extra)


def fail(client: Client, times: int, **extra: Any) -> list[int]:
    return [attempt(client, "wrong", **extra).status_code for _time in range(times)]


def test_fifth_failure_closes_and_says_for_how_long(ada, client: Client):
    assert fail(client, 5) == [200, 200, 200, 200, 429]

    page = attempt(client, "pw")

    assert page.status_code == 429
    assert "opens again in 15 minutes" in page.text
    assert page.headers["Retry-After"] == "900"
    assert "_auth_user_id" not in client.session


def test_lock_opens_after_a_quarter_of_an_hour_not_later(ada, client: Client):
    fail(client, 5)
    AccessAttempt.objects.update(attempt_time=timezone.now() - timedelta(minutes=10))

    assert "opens again in 5 minutes" in attempt(client, "wrong").text, "knocking does not prolong"

    AccessAttempt.objects.update(attempt_time=timezone.now() - timedelta(minutes=15, seconds=1))
    assert attempt(client, "pw").status_code == 302


def test_lock_is_for_one_name_from_one_address(ada, client: Client):
    make.user("bob")
    fail(client, 5)

    assert attempt(client, "pw", name="bob").status_code == 302
    assert attempt(Client(), "pw", REMOTE_ADDR="192.0.2.9").status_code == 302


def test_other_browsers_do_not_give_more_attempts(ada, client: Client):
    agents = [f"browser {number}" for number in range(5)]
    answers = [fail(client, 1, headers={"user-agent": agent})[0] for agent in agents]

    assert answers == [200, 200, 200, 200, 429]


def test_names_nobody_has_are_locked_alike(client: Client, db: None):
    assert [attempt(client, "wrong", name="nobody").status_code for _t in range(5)][-1] == 429


def test_success_counts_from_zero_again(ada, client: Client):
    fail(client, 4)
    attempt(client, "pw")
    client.logout()

    assert fail(client, 4) == [200, 200, 200, 200]


def test_lock_holds_for_the_admin_which_has_no_door_of_its_own(ada, client: Client):
    fail(client, 5)

    assert client.get("/admin/")["Location"] == "/admin/login/?next=/admin/"
    assert client.get("/admin/login/?next=/admin/")["Location"] == f"{LOGIN}?next=/admin/"
    assert client.post("/admin/login/", {"username": "ada", "password": "pw"}).status_code == 405


def test_lock_holds_for_the_api(ada, client: Client):
    team = make.team("Ours")
    bob = make.member(team, "bob")
    key = b64encode(b"bob:pw").decode()
    fail(client, 5, name="bob")

    answer = client.get("/api/races/", headers={"authorization": f"Basic {key}"})

    assert answer.status_code in (401, 403, 429)
    assert bob.pk


def test_lift_opens(ada, client: Client):
    fail(client, 5)

    lockout.lift("ada")

    assert attempt(client, "pw").status_code == 302


def test_what_is_kept_and_logged_holds_no_secret(ada, client: Client, caplog):
    with caplog.at_level("DEBUG", logger="axes"):
        client.post(
            f"{LOGIN}?next=/join/t0ken/",
            {"username": "ada", "password": "s3cret", "next": "/join/t0ken/"},
        )

    (row,) = AccessAttempt.objects.all()
    kept = f"{row.post_data} {row.get_data} {row.path_info}"
    for text in (kept, caplog.text):
        assert "s3cret" not in text
        assert "t0ken" not in text
    assert "ada" not in caplog.text


def test_code_of_ours_may_ask_without_a_request(ada, client: Client):
    assert client.login(username="ada", password="pw")
    assert not client.login(username="ada", password="wrong")


def test_an_address_and_its_name_are_locked_as_one(ada, client: Client):
    fail(client, 2)

    answers = [attempt(client, "wrong", name="Ada@Example.com").status_code for _time in range(3)]

    assert answers == [200, 200, 429]


@pytest.mark.parametrize("name", ["ada\x00", "x" * 1000, "\x00@example.com"])
def test_names_that_nobody_can_have_are_refused_like_any(name: str, ada, client: Client):
    key = b64encode(f"{name}:pw".encode()).decode()

    assert client.get("/api/me/", headers={"authorization": f"Basic {key}"}).status_code == 401


@pytest.mark.parametrize("owner", ["ada", "nobody"])
def test_an_address_counts_as_one_however_it_is_spelled(owner: str, ada, client: Client):
    """Or it would show by its lock whether somebody has it."""
    names = [f"{owner}@example.com", f"{owner.upper()}@Example.COM"] * 3

    answers = [attempt(client, "wrong", name=name).status_code for name in names]

    assert answers == [200, 200, 200, 200, 429, 429]


def test_neighbours_of_one_ipv6_network_are_locked_as_one(ada, client: Client):
    addresses = [f"2001:db8:1:2::{number}" for number in range(1, 6)]

    answers = [fail(client, 1, REMOTE_ADDR=address)[0] for address in addresses]

    assert answers == [200, 200, 200, 200, 429]
    assert attempt(client, "pw", REMOTE_ADDR="2001:db8:1:2::77").status_code == 429
    assert attempt(Client(), "pw", REMOTE_ADDR="2001:db8:1:3::1").status_code == 302

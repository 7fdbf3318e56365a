from __future__ import annotations

import re
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from teams.enums import Role
from teams.models import ApiToken
from teams.scoping import scope
from teams.tokens import create_token, revoke_token, token_of
from tests import factories as make
from tests.factories.system import system

pytestmark = pytest.mark.django_db

PAGE, NEW = "/t/ours/tokens/", "/t/ours/tokens/new/"


@pytest.fixture
def place() -> SimpleNamespace:
    team = make.team("Ours")
    return SimpleNamespace(team=team, olga=make.member(team, "olga", role=Role.OWNER))


@pytest.fixture
def owner(place) -> Client:
    client = Client()
    client.force_login(place.olga)
    return client


def a_token(place: SimpleNamespace, **fields: Any) -> tuple[ApiToken, str]:
    given = {"name": "Laptop", "access": "read"} | fields
    with scope(place.team):
        return create_token(team=place.team, created_by=place.olga, **given)


def rows() -> list[ApiToken]:
    with system():
        return list(ApiToken.objects.order_by("pk"))


def test_without_any_the_page_says_what_they_are_for(owner) -> None:
    page = owner.get(PAGE).text

    assert "There are none" in page
    assert "does what a manager may" in page


def test_a_token_is_made_and_its_key_shown_once(owner, place) -> None:
    answer = owner.post(NEW, {"name": "Pit wall", "access": "write", "days": "30"})

    (row,) = rows()
    (key,) = set(re.findall(r"lt_[\w-]{43}", answer.text))
    assert (row.name, row.access, row.created_by) == ("Pit wall", "write", place.olga)
    assert row.expires_at is not None
    assert timedelta(days=29) < row.expires_at - timezone.now() <= timedelta(days=30)
    assert token_of(key) == row
    assert "no-store" in answer["Cache-Control"]
    page = owner.get(PAGE).text
    assert key not in page
    assert f"{row.prefix}…" in page
    assert "Pit wall" in page


def test_a_token_may_last_until_it_is_revoked(owner) -> None:
    owner.post(NEW, {"name": "Pit wall", "access": "read", "days": ""})

    assert rows()[0].expires_at is None


@pytest.mark.parametrize(
    "given",
    [
        {},
        {"name": "", "access": "read"},
        {"name": "x", "access": "all"},
        {"name": "x", "access": "read", "days": "9"},
    ],
)
def test_what_is_wrong_with_a_token_is_said(owner, given) -> None:
    answer = owner.post(NEW, given)

    assert answer.status_code == 422
    assert "errorlist" in answer.text
    assert rows() == []


def test_a_team_that_has_too_many_is_told(owner, monkeypatch) -> None:
    monkeypatch.setattr("teams.tokens.MAX_TOKENS", 0)

    answer = owner.post(NEW, {"name": "x", "access": "read"})

    assert (answer.status_code, rows()) == (422, [])
    assert "A team has at most 0 tokens." in answer.text


def test_revoking_asks_first(owner, place) -> None:
    token, key = a_token(place)
    path = f"{PAGE}{token.pk}/revoke/"

    assert "Revoke Laptop?" in owner.get(path).text
    assert token_of(key) == token
    page = owner.post(path, follow=True).text
    assert "Laptop opens nothing any more." in page
    assert "revoked " in page
    assert token_of(key) is None


def test_what_ended_stands_apart(owner, place) -> None:
    now = timezone.now()
    a_token(place, name="Open")
    a_token(place, name="Lasting", expires_at=now + timedelta(days=1))
    a_token(place, name="Expired", expires_at=now - timedelta(days=1))
    revoked, _key = a_token(place, name="Revoked", expires_at=now + timedelta(days=1))
    with scope(place.team):
        revoke_token(token=revoked)

    good, ended = owner.get(PAGE).text.split('id="ended"')

    assert [name in good for name in ("Open", "Lasting", "Expired", "Revoked")] == [
        True,
        True,
        False,
        False,
    ]
    assert [name in ended for name in ("Expired", "Revoked")] == [True, True]


@pytest.mark.parametrize("role", [Role.VIEWER, Role.MEMBER, Role.MANAGER])
def test_tokens_are_the_owners_business(role, place) -> None:
    token, _key = a_token(place)
    client = Client()
    client.force_login(make.member(place.team, role=role))

    paths = [PAGE, f"{PAGE}{token.pk}/revoke/"]
    assert [client.get(path).status_code for path in paths] == [403, 403]
    assert client.post(NEW, {"name": "x", "access": "write"}).status_code == 403
    assert client.post(paths[1]).status_code == 403
    assert rows() == [token]
    assert rows()[0].revoked_at is None


def test_tokens_of_another_team_are_not_there(owner) -> None:
    theirs = make.team("Theirs")
    other = SimpleNamespace(team=theirs, olga=make.member(theirs, role=Role.OWNER))
    token, key = a_token(other, name="Secret")

    assert "Secret" not in owner.get(PAGE).text
    assert owner.post(f"{PAGE}{token.pk}/revoke/").status_code == 404
    assert token_of(key) == token


@pytest.mark.parametrize("count", [1, 3])
def test_the_page_asks_the_same_number_of_queries(
    owner, place, count, django_assert_max_num_queries
) -> None:
    for _ in range(count):
        a_token(place)
        a_token(place, expires_at=timezone.now())
    with django_assert_max_num_queries(5):  # session, user, memberships, open, ended
        owner.get(PAGE)

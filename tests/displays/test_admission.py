from __future__ import annotations

import uuid

import pytest
from django.core.cache import cache
from django.test import Client

from displays import admission
from displays.admission import Places, wait_for_code
from displays.models import Display
from teams.scoping import every_team
from teams.throttles import Guesses
from tests import factories as make


def test_a_place_that_is_given_back_can_be_taken_again() -> None:
    places = Places()
    assert [places.take("ada", most=2) for _ in range(3)] == [True, True, False]
    assert places.take("bob", most=2)
    places.give_back("ada")
    assert places.take("ada", most=2)
    for key in ("ada", "ada", "bob"):
        places.give_back(key)
    assert places == Places()


@pytest.fixture(autouse=True)
def _own_counts(monkeypatch) -> None:
    monkeypatch.setattr(admission, "codes", Guesses(f"display-{uuid.uuid4()}", free=2))


def test_sockets_are_told_how_long_to_wait() -> None:
    def guess(code: str, address: str | None = "192.0.2.1") -> int | None:
        return wait_for_code(address, code, is_right=lambda: code == "right")

    assert [guess("right"), guess("a"), guess("b"), guess("c"), guess("d")] == [None, 0, 0, 0, 2]
    assert guess("right") is None, "it was asked before"
    assert guess("a") == 0
    assert guess("d", "192.0.2.2") == 0
    assert [guess("a", None), guess("right", None)] == [0, None], "an address is not always known"


@pytest.mark.django_db
def test_pages_and_sockets_count_together_and_the_page_says_what_is_left() -> None:
    team = make.team()
    with every_team("test"):
        display = Display.objects.create(team=team, name="TV", feed=make.followed_feed(team))
    client = Client(REMOTE_ADDR="192.0.2.7")

    first = client.get("/d/aaaaaaaa/")
    wait_for_code("192.0.2.7", "bbbbbbbb", is_right=lambda: False)
    third = client.get("/d/cccccccc/")
    refused = client.get(f"/d/{display.code}/")

    assert [first.status_code, third.status_code, refused.status_code] == [404, 404, 429]
    assert (first["RateLimit-Limit"], first["RateLimit-Remaining"]) == ("2", "1")
    assert third["RateLimit-Remaining"] == "0"
    assert "This page is not here" in first.text
    assert refused["Retry-After"] in ("1", "2")
    assert "Too many attempts" in refused.text
    assert display.name not in refused.text
    assert Client(REMOTE_ADDR="192.0.2.8").get(f"/d/{display.code}/").status_code == 200


@pytest.mark.django_db
def test_a_screen_that_is_open_stays_open_whatever_its_neighbours_guess() -> None:
    team = make.team()
    with every_team("test"):
        display = Display.objects.create(team=team, name="TV", feed=make.followed_feed(team))
    screen = Client(REMOTE_ADDR="192.0.2.7")
    assert screen.get(f"/d/{display.code}/").status_code == 200
    for number in range(9):
        screen.get(f"/d/wrong{number:03}/")

    assert screen.get("/d/another1/").status_code == 429
    assert screen.get(f"/d/{display.code}/").status_code == 200


def test_a_cache_that_is_away_closes_nothing(monkeypatch) -> None:
    def fails(*args: object, **kwargs: object) -> None:
        raise ConnectionError

    for name in ("get", "add", "incr", "delete"):
        monkeypatch.setattr(cache, name, fails, raising=False)
    answers = [wait_for_code("192.0.2.1", str(n), is_right=lambda: False) for n in range(9)]

    assert answers == [0] * 9
    assert wait_for_code("192.0.2.1", "x", is_right=lambda: True) is None

from __future__ import annotations

import uuid

import pytest
from django.core.cache import cache
from django.test import Client

from displays import admission
from displays.admission import Places, TooManyGuesses, guessed
from displays.models import Display
from teams.scoping import every_team
from teams.throttles import Guesses
from tests import factories as make

OPENS = {"right": "the door"}


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
def clock(monkeypatch) -> list[float]:
    """Counts of our own; this is what they take for the time."""
    at = [90_000.0]
    codes = Guesses(f"display-{uuid.uuid4()}", free=2, now=lambda: at[0])
    monkeypatch.setattr(admission, "codes", codes)
    return at


def guess_on(address: str, clock: list[float]) -> None:
    """Until who guesses waits for five minutes, which no test takes."""
    for number in range(12):
        clock[0] += 300
        guessed(admission.codes, address, f"wrong{number}", OPENS.get)


def test_sockets_are_told_how_long_to_wait(clock: list[float]) -> None:
    def guess(code: str, address: str | None = "192.0.2.1") -> bool | int:
        try:
            return bool(guessed(admission.codes, address, code, OPENS.get))
        except TooManyGuesses as refused:
            return refused.wait_s

    assert [guess(code) for code in ("right", "a", "b", "c")] == [True, False, False, False]
    guess_on("192.0.2.1", clock)
    assert guess("d") == 300
    assert guess("right"), "it was asked before"
    assert not guess("a")
    assert not guess("d", "192.0.2.2")
    assert [guess("a", None), guess("right", None)] == [False, True], "not every address is known"


@pytest.mark.django_db
def test_pages_and_sockets_count_together_and_the_page_says_what_is_left(
    clock: list[float],
) -> None:
    team = make.team()
    with every_team("test"):
        display = Display.objects.create(team=team, name="TV", feed=make.followed_feed(team))
    client = Client(REMOTE_ADDR="192.0.2.7")

    first = client.get("/d/aaaaaaaa/")
    guessed(admission.codes, "192.0.2.7", "bbbbbbbb", OPENS.get)
    third = client.get("/d/cccccccc/")
    guess_on("192.0.2.7", clock)
    refused = client.get(f"/d/{display.code}/")

    assert [first.status_code, third.status_code, refused.status_code] == [404, 404, 429]
    assert (first["RateLimit-Limit"], first["RateLimit-Remaining"]) == ("2", "1")
    assert third["RateLimit-Remaining"] == "0"
    assert "This page is not here" in first.text
    assert refused["Retry-After"] == "300"
    assert "Too many attempts" in refused.text
    assert display.name not in refused.text
    assert Client(REMOTE_ADDR="192.0.2.8").get(f"/d/{display.code}/").status_code == 200


@pytest.mark.django_db
def test_a_screen_that_is_open_stays_open_whatever_its_neighbours_guess(
    clock: list[float],
) -> None:
    team = make.team()
    with every_team("test"):
        display = Display.objects.create(team=team, name="TV", feed=make.followed_feed(team))
    screen = Client(REMOTE_ADDR="192.0.2.7")
    assert screen.get(f"/d/{display.code}/").status_code == 200
    guess_on("192.0.2.7", clock)

    assert screen.get("/d/another1/").status_code == 429
    assert screen.get(f"/d/{display.code}/").status_code == 200


def test_a_cache_that_is_away_closes_nothing(monkeypatch) -> None:
    def fails(*args: object, **kwargs: object) -> None:
        raise ConnectionError

    for name in ("get", "add", "incr", "delete"):
        monkeypatch.setattr(cache, name, fails, raising=False)
    secrets = ["1", "2", "3", "4", "5", "right"]
    answers = [guessed(admission.codes, "192.0.2.1", each, OPENS.get) for each in secrets]

    assert answers == [*[None] * 5, "the door"]

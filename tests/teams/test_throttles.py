from __future__ import annotations

import uuid
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.http import HttpRequest, HttpResponse
from django.test import RequestFactory

from teams.throttles import Guesses, Left, Window, limited, neighbourhood


class Clock:
    def __init__(self, at: float = 90_000.0) -> None:
        self.at = at

    def __call__(self) -> float:
        return self.at


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def window(settings, clock: Clock) -> Window:
    settings.RATE_LIMIT_WINDOW, settings.RATE_LIMIT_MAX_REQUESTS = 15, 2
    return Window(str(uuid.uuid4()), "RATE_LIMIT_MAX_REQUESTS", now=clock)


def test_a_window_says_what_is_left_and_begins_anew(window: Window, clock: Clock) -> None:
    assert [window.count("a") for _ in range(4)] == [
        Left(2, 1, 900),
        Left(2, 0, 900),
        Left(2, 0, 900, 900),
        Left(2, 0, 900, 900),
    ]
    clock.at += 899.5
    assert window.count("a") == Left(2, 0, 1, 1)
    assert window.count("b") == Left(2, 1, 1)
    clock.at += 0.5
    assert window.count("a") == Left(2, 1, 900)


def test_requests_that_come_at_once_are_all_counted(window: Window, settings) -> None:
    settings.RATE_LIMIT_MAX_REQUESTS = 30
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(window.count, ["a"] * 40))

    assert sorted(left.remaining for left in found) == [0] * 10 + list(range(30))
    assert sum(left.wait_s > 0 for left in found) == 10


def test_what_is_left_has_two_names() -> None:
    assert Left(6000, 17, 450).headers() == {
        "RateLimit-Limit": "6000",
        "RateLimit-Remaining": "17",
        "RateLimit-Reset": "450",
        "X-RateLimit-Limit": "6000",
        "X-RateLimit-Remaining": "17",
        "X-RateLimit-Reset": "450",
    }
    assert Left(1, 0, 9, 9).headers()["Retry-After"] == "9"


# -- guesses


@pytest.fixture
def guesses(clock: Clock) -> Guesses:
    return Guesses(str(uuid.uuid4()), free=3, now=clock)


def test_right_guesses_take_none_of_the_free_ones(guesses: Guesses) -> None:
    for number in range(9):
        assert guesses.turn("a", str(number)) == Left(3, 2, 0)
        guesses.was_right("a", str(number))


def test_the_wait_after_each_wrong_guess(guesses: Guesses, clock: Clock) -> None:
    waits = []
    for number in range(14):
        while left := guesses.turn("192.0.2.1", str(number)).wait_s:
            clock.at += left
        guesses.was_wrong("192.0.2.1", str(number))
        waits.append(guesses.turn("192.0.2.1", "x" * number).wait_s if number > 2 else 0)
    assert waits == [0, 0, 0, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300, 300]
    assert guesses.turn("192.0.2.2", "other").wait_s == 0


def test_a_thousand_guesses_at_once_are_not_a_thousand_turns(guesses: Guesses) -> None:
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda n: guesses.turn("a", str(n)), range(60)))

    assert sum(left.wait_s == 0 for left in found) == guesses.free + 1


def test_what_was_asked_before_costs_nothing_and_waits_for_nothing(guesses: Guesses) -> None:
    guesses.turn("a", "right")
    guesses.was_right("a", "right")
    for _ in range(20):
        assert guesses.turn("a", "stale link").wait_s == 0
        guesses.was_wrong("a", "stale link")
    assert guesses.turn("a", "1") == Left(3, 1, 0)
    for number in range(9):
        guesses.turn("a", str(number))
        guesses.was_wrong("a", str(number))

    assert guesses.turn("a", "new").wait_s > 0
    assert guesses.turn("a", "right").wait_s == 0
    assert guesses.turn("a", "stale link").wait_s == 0
    assert guesses.turn("b", "stale link") == Left(3, 2, 0)


# -- addresses


@pytest.mark.parametrize(
    ("address", "counted"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::"),
        ("2001:db8:1:2::7", "2001:db8:1:2::"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("fe80::7%eth0", "fe80::"),
        (None, None),
        ("testclient", None),
    ],
)
def test_an_ipv6_network_counts_as_one(address, counted) -> None:
    assert neighbourhood(address) == counted


def test_what_is_posted_is_counted_by_address(window: Window) -> None:
    @limited(window)
    def view(request: HttpRequest) -> HttpResponse:
        return HttpResponse("asked")

    def ask(method: str, address: str) -> HttpResponse:
        return view(getattr(RequestFactory(REMOTE_ADDR=address), method)("/"))

    assert "RateLimit-Limit" not in ask("get", "192.0.2.1").headers
    answers = [ask("post", "192.0.2.1") for _ in range(3)]
    assert [answer.status_code for answer in answers] == [200, 200, 429]
    assert [answer["RateLimit-Remaining"] for answer in answers] == ["1", "0", "0"]
    assert answers[2]["Retry-After"] == "900"
    assert "Try again in 15 minutes" in answers[2].text
    assert ask("post", "192.0.2.2").status_code == 200
    assert ask("post", "").status_code == 200, "nobody is blamed for an unknown address"

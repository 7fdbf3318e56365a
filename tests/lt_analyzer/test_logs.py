from __future__ import annotations

import asyncio
import io
import json
import logging
from typing import Any

import pytest
from django.conf import settings
from django.test import Client

from lt_analyzer.isolation.routes import all_routes
from lt_analyzer.logs import About, Json, Line, NoKeys, without_secrets
from teams import log_context
from timing.writer import Writer

KEY = "Xk3y-of_that:page"
FORMAT = settings.LOGGING["formatters"]["text"]["format"]  # type: ignore[index]
JWT = "eyJhbGciOiJIUzI1NiJ9.eyJ1c2VyX2lkIjoiNyJ9.c2lnbmVkLWJ5LXVz"


def logged(message: str, *args: object) -> str:
    record = logging.LogRecord("django.request", logging.WARNING, "", 0, message, args, None)
    assert NoKeys().filter(record)
    return record.getMessage()


class Log:
    """A logger of its own that writes as the product's does."""

    def __init__(self, formatter: logging.Formatter) -> None:
        self.stream = io.StringIO()
        handler = logging.StreamHandler(self.stream)
        handler.setFormatter(formatter)
        handler.addFilter(About())
        self.logger = logging.Logger("lt.test")
        self.logger.addHandler(handler)

    @property
    def text(self) -> str:
        return self.stream.getvalue()

    @property
    def lines(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.text.splitlines()]


@pytest.fixture
def in_json() -> Log:
    return Log(Json())


@pytest.fixture
def in_text() -> Log:
    return Log(Line(FORMAT, style="{"))


# -- what it must not hold


def test_an_address_that_is_a_key_is_logged_without_it() -> None:
    for route in all_routes():
        if "token" not in route.kwargs:
            continue
        path = route.path(dict.fromkeys(route.kwargs, KEY))
        assert KEY in path
        assert KEY not in logged("%s: %s", "Forbidden", path), route
        assert KEY not in logged(f"Too Many Requests: {path}"), route


def test_other_lines_stay_as_they_are() -> None:
    said = ("%s: %s", "Not Found", "/t/ours/join/x 100%")
    assert logged(*said) == "Not Found: /t/ours/join/x 100%".replace("join/x", "join/…")
    assert logged("100% of /t/ours/") == "100% of /t/ours/"


@pytest.mark.parametrize(
    "text",
    [
        "feed 5f0c9a52-8a0f-4d59-9d0a-0c6d8c6f4b11: bad values on its tape, the first at 12",
        'File "lt_analyzer/asgi.py", line 41, in application',
        "displays.consumers and display.services_are",
        "https://www.apex-timing.com/live-timing/mariembourg/",
        "race r1: 3 laps: no token",
    ],
)
def test_what_is_no_secret_is_told(text: str) -> None:
    assert without_secrets(text) == text


SECRETS = {
    "an API token": ("bad key lt_q3jP9Xk3yofthatpage0123456789abcdefghij", "q3jP9X"),
    "an access token": (f"refused {JWT}", "c2lnbmVk"),
    "a bearer header": ("Authorization: Bearer abc.def-ghi", "abc.def"),
    "a password in an address": ("redis://lt:hunter2@10.0.0.1:6379/0", "hunter2"),
    "a session's cookie": ("Cookie: theme=dark; sessionid=hunter2hunter2; x=1", "hunter2"),
    "a password in a form": ("{'username': 'ada', 'password': 'hunter2'}", "hunter2"),
    "a token in a query": ("GET /stats?token=hunter2&x=1", "hunter2"),
    "a token in a message": ('{"type":"auth","token":"hunter2"}', "hunter2"),
    "a display's page": ("Not Found: /d/Ab3dEf7h/", "Ab3dEf7h"),
    "a display's socket": ("GET /ws/?display=Ab3dEf7h", "Ab3dEf7h"),
    "a display's channel": ("display.Ab3dEf7h: frame 3 does not fit", "Ab3dEf7h"),
    "an invitation": ("Forbidden: /join/Ab3dEf7h", "Ab3dEf7h"),
}


@pytest.mark.parametrize(("text", "secret"), SECRETS.values(), ids=SECRETS)
def test_what_lets_one_in_is_not_told(text: str, secret: str, in_json: Log, in_text: Log) -> None:
    for log in (in_json, in_text):
        log.logger.warning("said: %s", text)
        try:
            raise ValueError(text)
        except ValueError:
            log.logger.exception("failed")
        assert secret not in log.text
        assert "ValueError" in log.text


def test_what_django_says_of_a_refused_link_holds_no_key(
    db: None, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.handler.addFilter(NoKeys())

    assert Client(enforce_csrf_checks=True).post(f"/join/{KEY}/").status_code == 403

    assert caplog.messages
    assert KEY not in caplog.text


# -- what it says


def test_json_is_one_object_a_line(in_json: Log) -> None:
    in_json.logger.warning("two\nlines of %s", "feed text é")
    try:
        raise OSError("disk")
    except OSError:
        in_json.logger.exception("failed")
    first, second = in_json.lines
    assert first | {"time": ""} == {
        "time": "",
        "level": "WARNING",
        "logger": "lt.test",
        "message": "two\nlines of feed text é",
    }
    assert first["time"].endswith("Z")
    assert "OSError: disk" in second["exception"]


def test_a_line_says_what_it_is_about(in_json: Log, in_text: Log) -> None:
    about = log_context.About(feed="f" * 36, connection="c" * 36)
    for log in (in_json, in_text):
        with log_context.about(about):
            log.logger.warning("inside")
        log.logger.warning("outside")
    assert [set(line) & {"feed", "race", "connection"} for line in in_json.lines] == [
        {"feed", "connection"},
        set(),
    ]
    inside, outside = in_text.text.splitlines()
    assert inside.endswith("WARNING lt.test: inside [feed=ffffffff connection=cccccccc]")
    assert outside.endswith("WARNING lt.test: outside")


def test_an_id_that_is_in_the_message_is_not_said_twice(in_text: Log) -> None:
    with log_context.about(log_context.About(feed="f" * 36)):
        in_text.logger.warning("feed %s: lost", "f" * 36)
    assert "[" not in in_text.text


async def test_it_is_known_in_tasks_and_in_the_writers_thread(in_json: Log) -> None:
    writer = Writer()
    about = log_context.About(feed="one")

    async def task() -> None:
        in_json.logger.warning("task")
        await writer.call(in_json.logger.warning, "thread")

    with log_context.about(about):
        begun = asyncio.create_task(task())
        await begun
        about.race = "two"
        await writer.call(in_json.logger.warning, "later")
    await writer.call(in_json.logger.warning, "of nobody")
    await writer.close()

    assert [(line.get("feed"), line.get("race")) for line in in_json.lines] == [
        ("one", None),
        ("one", None),
        ("one", "two"),
        (None, None),
    ]

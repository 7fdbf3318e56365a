from __future__ import annotations

import logging

import pytest
from django.test import Client

from lt_analyzer.isolation.routes import all_routes
from lt_analyzer.logs import NoKeys

KEY = "Xk3y-of_that:page"


def logged(message: str, *args: object) -> str:
    record = logging.LogRecord("django.request", logging.WARNING, "", 0, message, args, None)
    assert NoKeys().filter(record)
    return record.getMessage()


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


def test_what_django_says_of_a_refused_link_holds_no_key(
    db: None, settings: object, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.handler.addFilter(NoKeys())

    assert Client(enforce_csrf_checks=True).post(f"/join/{KEY}/").status_code == 403

    assert caplog.messages
    assert KEY not in caplog.text

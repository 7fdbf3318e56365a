from __future__ import annotations

import sys

import pytest
from django.core.management import call_command
from pytest_django import Settings

from lt_analyzer import checks


def test_the_project_has_no_findings() -> None:
    call_command("check", fail_level="WARNING")


def test_separate_ingester_when_redis_is_missing_is_an_error(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.REDIS_URL = ""
    monkeypatch.setattr(sys, "argv", ["manage.py", "ingest"])

    assert [message.id for message in checks.separate_ingester_needs_redis()] == ["lt.E001"]


def test_separate_ingester_when_redis_is_set_is_fine(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.REDIS_URL = "redis://127.0.0.1:6379/0"
    monkeypatch.setattr(sys, "argv", ["manage.py", "ingest"])

    assert checks.separate_ingester_needs_redis() == []


def test_live_when_redis_is_missing_is_fine(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.REDIS_URL = ""
    monkeypatch.setattr(sys, "argv", ["manage.py", "live"])

    assert checks.separate_ingester_needs_redis() == []


@pytest.mark.parametrize(("length", "found"), [(31, ["lt.W007"]), (32, [])])
def test_a_short_key_for_tokens_is_said(length: int, found: list[str], settings: Settings) -> None:
    settings.JWT_SECRET_KEY = "x" * length

    assert [message.id for message in checks.tokens_are_signed_with_enough()] == found


@pytest.mark.parametrize(("length", "found"), [(31, ["lt.W008"]), (32, [])])
def test_a_short_key_is_said(length: int, found: list[str], settings: Settings) -> None:
    settings.SECRET_KEY = "x" * length

    assert [message.id for message in checks.everything_is_signed_with_enough()] == found


@pytest.mark.parametrize(
    ("hosts", "public", "found"),
    [
        (["localhost"], "http://localhost:8000", []),
        (["timing.example"], "http://localhost:8000", ["lt.W009"]),
        (["timing.example"], "http://timing.example", []),
        (["*"], "http://[::1]:8000", ["lt.W009"]),
    ],
)
def test_mails_whose_links_lead_nowhere_are_said(
    hosts: list[str], public: str, found: list[str], settings: Settings
) -> None:
    settings.ALLOWED_HOSTS, settings.PUBLIC_URL = hosts, public

    assert [message.id for message in checks.links_lead_to_where_people_reach_us()] == found


@pytest.mark.parametrize(
    ("public", "behind_tls", "found"),
    [
        ("https://timing.example", False, ["lt.W010"]),
        ("https://timing.example", True, []),
        ("http://timing.example", False, []),
    ],
)
def test_cookies_that_would_go_in_clear_are_said(
    public: str, behind_tls: bool, found: list[str], settings: Settings
) -> None:
    settings.PUBLIC_URL, settings.BEHIND_TLS = public, behind_tls

    assert [message.id for message in checks.cookies_are_secure_behind_tls()] == found

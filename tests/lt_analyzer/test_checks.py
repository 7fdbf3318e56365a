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

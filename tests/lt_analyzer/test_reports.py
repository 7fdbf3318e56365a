from __future__ import annotations

import sys
from typing import Any

import pytest
from django.test import RequestFactory
from django.views.debug import ExceptionReporter, get_default_exception_reporter_filter

from lt_analyzer.reports import NoSecrets
from teams.models import Webhook

HUSH = "hush-hush"


@pytest.fixture
def secretive(settings: Any) -> Any:
    settings.DATABASE_URL = f"postgres://lt:{HUSH}@db/lt"
    settings.REDIS_URL = f"rediss://:{HUSH}@redis:6379/0"
    settings.CACHES = settings.CACHES | {"other": {"LOCATION": settings.REDIS_URL}}
    settings.CHANNEL_LAYERS = {"default": {"CONFIG": {"hosts": [settings.REDIS_URL]}}}
    settings.EMAIL_HOST_PASSWORD = settings.JWT_SECRET_KEY = settings.SECRET_KEY = HUSH
    settings.SECRETS_KEYS, settings.VAPID_PRIVATE_KEY = [HUSH], HUSH
    settings.SIMPLE_JWT = {"SIGNING_KEY": HUSH}
    return settings


def report(**headers: str) -> str:
    """What Django would show, and what it would mail, of an error with secrets all around it."""
    posted = {"password": HUSH, "url": f"https://hooks.example.net/{HUSH}"}
    request = RequestFactory().post("/t/ours/webhooks/", posted, headers=headers)
    hook = Webhook(name="n", url=posted["url"], secret=HUSH)
    try:
        _deliver(hook.url, hook.secret)
    except ZeroDivisionError:
        reporter = ExceptionReporter(request, *sys.exc_info())  # type: ignore[arg-type]
    return reporter.get_traceback_html() + reporter.get_traceback_text()


def _deliver(address: str, innocuous: str) -> None:
    assert address.endswith(innocuous)
    print(1 / 0)


def test_it_is_the_filter_of_all_reports() -> None:
    assert isinstance(get_default_exception_reporter_filter(), NoSecrets)


def test_a_report_says_where_and_with_no_secret(secretive: Any) -> None:
    found = report(authorization=f"Bearer {HUSH}", cookie=f"sessionid={HUSH}")

    assert "ZeroDivisionError" in found
    assert "_deliver" in found
    assert HUSH not in found


def test_settings_keep_their_secrets_from_developers_too(secretive: Any) -> None:
    secretive.DEBUG = True

    shown = get_default_exception_reporter_filter().get_safe_settings()

    assert HUSH not in str(shown)
    assert shown["DATABASE_URL"] == "postgres://***@db/lt"


def test_developers_see_the_values_that_were_at_hand(settings: Any) -> None:
    settings.DEBUG = True

    assert "innocuous" in report()
    assert HUSH in report()


def test_an_error_outside_a_request_is_reported_too() -> None:
    assert NoSecrets().get_post_parameters(None) == {}

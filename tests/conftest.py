from __future__ import annotations

import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest
from asgiref.sync import SyncToAsync
from django.db import connections
from hypothesis import HealthCheck, settings

from displays import admission
from teams.throttles import Guesses

BROWSER = Path(__file__).parent / "browser"


# However slow a machine is, it says the same of the same code. `--hypothesis-profile=default` seeks
# further than that.
settings.register_profile(
    "repeatable", deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("repeatable")


@pytest.fixture(autouse=True)
def _own_guesses(monkeypatch: pytest.MonkeyPatch) -> None:
    """Wrong codes and tokens of other tests come from the same address."""
    monkeypatch.setattr(admission, "codes", Guesses(f"display-{uuid.uuid4()}"))
    monkeypatch.setattr(admission, "tokens", Guesses(f"token-{uuid.uuid4()}"))


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None) -> Iterator[None]:
    """What coroutines ask of the database, a thread of asgiref's asks, which keeps its connection;
    and PostgreSQL drops no database that somebody is connected to."""
    yield
    SyncToAsync.single_thread_executor.submit(connections.close_all).result()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Browser tests come last: Playwright keeps an event loop running in the main thread, and no
    coroutine test could begin in that process any more. Each xdist worker keeps this order."""
    items.sort(key=lambda item: item.path.is_relative_to(BROWSER))

from __future__ import annotations

import os
import threading

import pytest
from django.db import connection

from teams.models import User


@pytest.mark.django_db
def test_database_is_the_one_that_was_asked_for() -> None:
    wanted = "postgresql" if os.environ.get("LT_TEST_DATABASE_URL") else "sqlite"

    assert connection.vendor == wanted


@pytest.mark.django_db(transaction=True)
def test_rows_when_written_by_another_thread_are_seen() -> None:
    def write() -> None:
        User.objects.create_user("ann", email="ann@example.org")
        connection.close()

    thread = threading.Thread(target=write)
    thread.start()
    thread.join()

    assert list(User.objects.values_list("username", flat=True)) == ["ann"]


@pytest.mark.django_db(transaction=True)
def test_sqlite_when_opened_keeps_a_write_ahead_log() -> None:
    if connection.vendor != "sqlite":
        pytest.skip("PostgreSQL has its own")
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA journal_mode")
        assert cursor.fetchone() == ("wal",)

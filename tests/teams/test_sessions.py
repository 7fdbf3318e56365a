from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from teams import sessions
from teams.browsers import words_for
from teams.models import Session
from tests import factories as make

pytestmark = pytest.mark.django_db

FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"


def sign_in(client: Client, **extra: str) -> Session:
    make.user("ada")
    client.post("/accounts/login/", {"username": "ada", "password": "pw"}, **extra)
    return Session.objects.get(user__username="ada")


def test_session_knows_whose_it_is_and_from_where(client: Client):
    row = sign_in(client, REMOTE_ADDR="192.0.2.7", headers={"user-agent": FIREFOX})

    assert (row.address, row.agent) == ("192.0.2.7", FIREFOX)
    assert timezone.now() - row.seen_at < timedelta(minutes=1)


def test_sign_in_gives_the_session_another_key(client: Client):
    client.get("/accounts/login/")
    client.session["planted"] = 1
    planted = client.session.session_key

    assert sign_in(client).session_key != planted


def test_session_is_seen_once_a_minute(client: Client, django_assert_num_queries):
    row = sign_in(client)
    long_ago = timezone.now() - timedelta(hours=1)
    Session.objects.update(seen_at=long_ago)

    client.get("/account/")
    assert Session.objects.get(pk=row.pk).seen_at == long_ago, "just written, as far as we know"

    sessions._written.clear()
    client.get("/account/", REMOTE_ADDR="192.0.2.9")
    seen = Session.objects.get(pk=row.pk)
    assert timezone.now() - seen.seen_at < timedelta(minutes=1)
    assert seen.address == "192.0.2.9"


def test_session_seen_by_another_process_is_not_written_again(client: Client):
    row = sign_in(client)
    Session.objects.update(seen_at=timezone.now(), address=None)

    sessions._written.clear()
    client.get("/account/")

    assert Session.objects.get(pk=row.pk).address is None


def test_anonymous_visitors_and_public_pages_cost_nothing(
    client: Client, django_assert_num_queries
):
    with django_assert_num_queries(0):
        client.get("/accounts/login/")


def test_what_is_remembered_has_an_end(monkeypatch):
    monkeypatch.setattr(sessions, "MOST_REMEMBERED", 2)
    for key in ("a", "b", "c"):
        assert not sessions._is_fresh(f"test-{key}")

    assert len(sessions._written) <= 2


@pytest.mark.parametrize(
    ("agent", "words"),
    [
        (FIREFOX, "Firefox on Linux"),
        ("Mozilla/5.0 (Windows NT 10.0) Chrome/140 Safari/537 Edg/140", "Edge on Windows"),
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) Safari/604", "Safari on iPhone"),
        ("Mozilla/5.0 (Linux; Android 15) Chrome/140 Mobile Safari/537", "Chrome on Android"),
        ("Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15) Safari/605", "Safari on macOS"),
        ("curl/8.5", "curl"),
        ("", "Unknown browser"),
    ],
)
def test_browsers_in_words(agent: str, words: str):
    assert words_for(agent) == words

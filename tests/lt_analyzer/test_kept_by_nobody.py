"""What a browser or a proxy may keep of an answer."""

from __future__ import annotations

import pytest
from django.test import Client

from tests import factories as make

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("path", ["/t/ours/", "/account/", "/t/ours/members/", "/", "/t/theirs/"])
def test_a_page_of_whoever_is_signed_in_is_kept_by_nobody(path: str, client: Client) -> None:
    client.force_login(make.member(make.team("Ours"), "ada"))

    answer = client.get(path)

    assert answer["Cache-Control"] == "private, no-store", "Back after signing out shows nothing"
    assert answer["X-Frame-Options"] == "DENY"


@pytest.mark.parametrize("path", ["/api/me/", "/api/monitors/", "/api/nothing/"])
def test_what_the_api_says_is_kept_by_nobody(path: str, client: Client) -> None:
    client.force_login(make.member(make.team("Ours"), "ada"))

    assert client.get(path)["Cache-Control"] == "private, no-store"


def test_who_says_how_long_an_answer_is_good_is_heard(client: Client) -> None:
    assert client.get("/sw.js")["Cache-Control"] == "no-cache"

"""Pages where anybody may try: so often an address, and no more."""

from __future__ import annotations

import pytest
from django.test import Client

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("path", "address"),
    [
        ("/accounts/login/", "192.0.2.31"),
        ("/account/reset/", "192.0.2.32"),
        ("/join/nothing/", "192.0.2.33"),
    ],
)
def test_attempts_are_counted_by_address(path, address, settings) -> None:
    settings.RATE_LIMIT_MAX_SIGN_INS = 2
    client = Client(REMOTE_ADDR=address)
    for _ in range(5):
        assert client.get(path).status_code != 429, "looking is free"

    answers = [client.post(path, {"username": "x", "password": "y"}) for _ in range(3)]

    assert [answer.status_code == 429 for answer in answers] == [False, False, True]
    assert [answer["RateLimit-Remaining"] for answer in answers] == ["1", "0", "0"]
    assert int(answers[2]["Retry-After"]) > 0
    assert "Too many attempts" in answers[2].text

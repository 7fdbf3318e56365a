from __future__ import annotations

import pytest
from django.test import Client, override_settings

from lt_analyzer.demo import USERNAME, prepare_demo

HOME = "/t/demo-team/"


@pytest.mark.django_db
def test_demo_when_prepared_again_leaves_its_viewers_signed_in(client: Client) -> None:
    first = prepare_demo()
    assert client.login(username=USERNAME, password=first.password)

    again = prepare_demo()

    assert again == first
    assert client.get(HOME).status_code == 200


@pytest.mark.django_db
def test_demo_of_another_key_has_another_password() -> None:
    passwords = set()
    for key in ("one key", "another key"):
        with override_settings(SECRET_KEY=key):
            passwords.add(prepare_demo().password)

    assert len(passwords) == 2
    assert all(len(password) == 12 for password in passwords)

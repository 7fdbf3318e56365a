from __future__ import annotations

import pytest
from django.test import Client, override_settings

from displays.usual_rules import USUAL
from lt_analyzer.demo import USERNAME, prepare_demo
from teams.scoping import every_team
from timing.models import AlertRule, Monitor

HOME = "/t/demo-team/"


@pytest.mark.django_db
def test_demo_when_prepared_again_leaves_its_viewers_signed_in(client: Client) -> None:
    first = prepare_demo()
    assert client.login(username=USERNAME, password=first.password)

    again = prepare_demo()

    assert again == first
    assert client.get(HOME).status_code == 200


@pytest.mark.django_db
def test_demo_watches_karts_of_its_race_and_has_rules() -> None:
    prepare_demo(["A", "B", "C", "D", "E"])
    prepare_demo(["A", "B", "C", "D", "E"])

    with every_team("test"):
        watched = Monitor.objects.values_list("kind", "value")
        assert list(watched) == [("ours", "A"), ("rival", "B"), ("rival", "C"), ("rival", "D")]
        assert AlertRule.objects.count() == len(USUAL)


@pytest.mark.django_db
def test_demo_of_another_race_watches_its_karts() -> None:
    prepare_demo(["7", "8"])
    prepare_demo(["1", "2"])

    with every_team("test"):
        assert list(Monitor.objects.values_list("value", flat=True)) == ["1", "2"]


@pytest.mark.django_db
def test_demo_of_another_key_has_another_password() -> None:
    passwords = set()
    for key in ("one key", "another key"):
        with override_settings(SECRET_KEY=key):
            passwords.add(prepare_demo().password)

    assert len(passwords) == 2
    assert all(len(password) == 12 for password in passwords)

from __future__ import annotations

import json
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.test import Client, override_settings

from displays.usual_rules import USUAL
from lt_analyzer.demo import USERNAME, prepare_demo
from races.models import Feed
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


def test_a_demonstration_on_a_track_of_its_own_address(db: None) -> None:
    out = StringIO()
    call_command("prepare_demo", "--address", "http://127.0.0.1:4711/simulated/", stdout=out)
    call_command("prepare_demo", "--address", "http://127.0.0.1:4712/simulated/", stdout=StringIO())
    told = json.loads(out.getvalue())

    with every_team("test"):
        feed = Feed.objects.get(name="Demonstration track")
    assert (str(feed.pk), feed.address) == (told["feed"], "http://127.0.0.1:4712/simulated/")
    assert (told["username"], len(told["display"])) == ("demo", 8)


def test_web_processes_need_redis(settings: Any) -> None:
    settings.REDIS_URL = ""
    with pytest.raises(CommandError, match="Without REDIS_URL"):
        call_command("web")

"""Names and notes are what is seen of them, wherever people write them."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from django.apps import apps
from django.test import Client

from races.models import Feed
from teams.scoping import every_team

HIDDEN = "\u202eA\x1b\u200bB\r\n C"
SHOWN = "AB C"
RULE = {"kind": "flag", "severity": "info", "cooldown_s": "0"}


def stored(label: str, field: str) -> list[str]:
    with every_team("test"):
        rows: Any = apps.get_model(label).objects
        return list(rows.values_list(field, flat=True))


@pytest.mark.parametrize(
    ("path", "given", "where"),
    [
        ("settings/", {"name": HIDDEN}, "teams.Team.name"),
        ("tokens/new/", {"name": HIDDEN, "access": "read", "days": ""}, "teams.ApiToken.name"),
        ("webhooks/", {"name": HIDDEN, "url": "https://a.example/"}, "teams.Webhook.name"),
        ("rules/new/", RULE | {"name": HIDDEN}, "timing.AlertRule.name"),
        ("displays/new/", {"name": HIDDEN, "feed": "FEED"}, "displays.Display.name"),
        ("feeds/FEED/watch/plan/", {"name": HIDDEN}, "timing.Plan.name"),
        (
            "feeds/FEED/watch/add/",
            {"note": HIDDEN, "value": "7", "by": "number", "kind": "ours"},
            "timing.Monitor.note",
        ),
    ],
)
def test_names_on_pages(path, given, where, owner: Client, place: SimpleNamespace) -> None:
    feed = str(place.feed.pk)
    given = {name: feed if value == "FEED" else value for name, value in given.items()}

    owner.post(f"/t/ours/{path.replace('FEED', feed)}", given)

    assert SHOWN in stored(*where.rsplit(".", 1))


@pytest.mark.parametrize(
    ("prefix", "given", "where"),
    [
        ("displays", {"name": HIDDEN, "feed": "FEED"}, "displays.Display.name"),
        ("alert-rules", {"kind": "flag", "name": HIDDEN}, "timing.AlertRule.name"),
        ("plans", {"feed": "FEED", "name": HIDDEN}, "timing.Plan.name"),
        (
            "monitors",
            {"feed": "FEED", "kind": "ours", "value": "7", "note": HIDDEN},
            "timing.Monitor.note",
        ),
    ],
)
def test_names_in_the_api(prefix, given, where, owner: Client, place: SimpleNamespace) -> None:
    given = {
        name: str(place.feed.pk) if value == "FEED" else value for name, value in given.items()
    }

    answer = owner.post(f"/api/{prefix}/", given, content_type="application/json")

    assert answer.status_code == 201
    assert SHOWN in stored(*where.rsplit(".", 1))


def test_notes_of_a_plan_keep_their_lines(owner: Client, place: SimpleNamespace) -> None:
    given = {"name": "", "notes": "stop\x07 at\r\n\r\n\u202e40 "}

    owner.post(f"/t/ours/feeds/{place.feed.pk}/watch/plan/", given)

    assert stored("timing.Plan", "notes") == ["stop at\n\n40"]


def test_a_name_of_which_nothing_is_seen_is_none(owner: Client, place: SimpleNamespace) -> None:
    hidden = {"name": "\u202e\u200b"}

    for path, given in (
        ("/teams/", hidden),
        ("/t/ours/tokens/new/", hidden | {"access": "read"}),
        ("/t/ours/displays/new/", hidden | {"feed": str(place.feed.pk)}),
        ("/t/ours/webhooks/", hidden | {"url": "https://a.example/"}),
    ):
        assert owner.post(path, given).status_code == 422, path


def test_the_name_of_a_private_feed(owner: Client, place: SimpleNamespace, settings) -> None:
    settings.ALLOW_PRIVATE_FEEDS = ["timing.local"]

    owner.post("/t/ours/feeds/add/", {"address": "http://timing.local/", "name": HIDDEN})

    with every_team("test"):
        assert [feed.name for feed in Feed.objects.filter(owner=place.team)] == [SHOWN]

"""What pages have in common: a heading, the way around, the zone of their times."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from races.models import Race
from teams.models import Team, User
from teams.scoping import every_team
from tests import factories as make
from tests.pages.boards import board, tell_hub
from timing.models import FeedState

SETTINGS = {
    "settings": "Team settings",
    "members": "Members",
    "channels": "Channels",
    "deliveries": "Deliveries",
    "tokens": "API tokens",
    "audit": "Audit log",
}
WITH_TIMES = ["", "races/", "displays/", "alerts/", *(f"{name}/" for name in SETTINGS)]
ADMIN, DOCS = 'href="/admin/"', 'href="/api/docs/"'


DOORS = {
    "/": "For teams",
    "/accounts/login/": "Sign in",
    "/account/reset/": "Forgotten your password?",
    "/account/reset/sent/": "Look into your mail",
    "/account/reset/done/": "Your new password is set",
    "/account/reset/x/y-z/": "This link has ended",
    "/account/verify/nope/": "This link has ended",
    "/join/nope/": "This invitation cannot be used",
}


def headings(page: Any) -> list[str]:
    return re.findall(r"<h1[^>]*>([^<]*)</h1>", page.text)


@pytest.mark.parametrize("name", SETTINGS)
def test_each_page_of_the_settings_says_which_one_it_is(
    name: str, owner: Client, place: SimpleNamespace
) -> None:
    page = owner.get(f"/t/ours/{name}/")

    assert headings(page) == [SETTINGS[name]]
    assert f'aria-current="page">{SETTINGS[name].removesuffix(" settings")}</a>' in page.text


@pytest.mark.django_db
@pytest.mark.parametrize("path", DOORS)
def test_a_door_is_headed_by_what_it_is_for(path: str, client: Client) -> None:
    page = client.get(path)

    assert headings(page) == [DOORS[path]]
    assert page.text.index("<main") < page.text.index("<h1")


def test_the_way_home_has_a_name_where_only_its_sign_is_seen(owner: Client) -> None:
    assert (
        '<a class="brand" aria-label="LT-Analyzer" href="/t/ours/">' in owner.get("/t/ours/").text
    )


@pytest.mark.parametrize("path", WITH_TIMES)
def test_pages_with_times_name_their_zone(path: str, owner: Client, place: SimpleNamespace) -> None:
    with every_team("test"):
        Team.objects.filter(pk=place.team.pk).update(time_zone="Europe/Lisbon")

    page = owner.get(f"/t/ours/{path}").text

    assert "Times of day are in Europe/Lisbon." in page
    assert ' data-zone="Europe/Lisbon">' in page


def test_times_of_a_team_are_those_of_its_clocks(owner: Client, place: SimpleNamespace) -> None:
    with every_team("test"):
        Team.objects.filter(pk=place.team.pk).update(time_zone="Asia/Tokyo")
    at = datetime(2026, 5, 30, 20, 15, tzinfo=UTC)
    make.race(place.feed, event="Night Cup", first_seen_at=at)

    page = owner.get("/t/ours/races/").text

    assert '31 May<span class="opt2"> 2026, 05:15</span>' in page


def test_ones_own_account_is_in_the_zone_of_the_installation(owner: Client) -> None:
    assert "Times of day are in UTC." in owner.get("/account/").text


@pytest.mark.parametrize("path", ["/t/ours/", "/account/", "/teams/"])
def test_operators_find_the_administration_and_the_api_in_their_menu(
    path: str, owner: Client, place: SimpleNamespace
) -> None:
    before = owner.get(path).text
    User.objects.filter(pk=place.owner.pk).update(is_staff=True)
    after = owner.get(path).text

    assert (ADMIN in before, DOCS in before) == (False, False)
    assert (ADMIN in after, DOCS in after) == (True, True)


@pytest.mark.parametrize(("name", "seconds"), [("feed-board", 60), ("wall", 15), ("phone", 60)])
def test_a_live_page_without_a_script_loads_itself_anew(
    name: str, seconds: int, owner: Client, place: SimpleNamespace
) -> None:
    page = owner.get(reverse(name, args=["ours", place.feed.pk])).text

    assert f'<noscript><meta http-equiv="refresh" content="{seconds}"></noscript>' in page


def test_two_races_that_are_on_are_told_apart_by_ear(owner: Client, place: SimpleNamespace) -> None:
    other = make.followed_feed(place.team, name="Short Twist")
    races: list[Race] = []
    with every_team("test"):
        for feed in (place.feed, other):
            race = make.race(feed, event="Night Cup", is_live=True)
            FeedState.objects.create(feed=feed, state="live", current_race=race)
            races.append(race)
    for race in races:
        tell_hub(board(str(race.pk)))

    page = owner.get("/t/ours/").text

    labels = re.findall(r'data-hero="[^>]*aria-label="([^"]*)"', page)
    assert sorted(labels) == ["On now: Long Straight", "On now: Short Twist"]


def test_who_invites_reads_what_each_role_may(owner: Client) -> None:
    page = owner.get("/t/ours/members/").text

    assert re.findall(r"<dt>(\w+)</dt><dd>(\w+)", page) == [
        ("Owner", "Owners"),
        ("Manager", "Managers"),
        ("Member", "Members"),
        ("Viewer", "Viewers"),
    ]


@pytest.mark.parametrize(
    ("path", "query", "mark"),
    [
        ("/t/ours/", "kind=race", "Kind of session"),
        ("/t/ours/races/", "q=x", 'name="q"'),
        ("/t/ours/alerts/", "kind=flag", 'name="kind"'),
        ("/t/ours/deliveries/", "state=dead", 'aria-label="State"'),
    ],
)
def test_where_nothing_is_there_is_nothing_to_filter(
    path: str, query: str, mark: str, owner: Client
) -> None:
    assert mark not in owner.get(path).text
    assert mark in owner.get(f"{path}?{query}").text


def test_an_empty_log_has_nothing_to_filter(owner: Client, place: SimpleNamespace) -> None:
    empty, searched = owner.get("/t/ours/audit/").text, owner.get("/t/ours/audit/?who=x").text

    assert "Nothing has been changed yet" in empty
    assert ('name="who"' in empty, 'name="who"' in searched) == (False, True)

"""The wall and the phone are about one of our karts: which one, the address says."""

from __future__ import annotations

import re
from types import SimpleNamespace
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from races.models import Race
from teams.scoping import every_team
from tests import factories as make
from tests.pages.boards import board, tell_hub
from timing.models import FeedState, Monitor

PAGES = pytest.mark.parametrize("name", ["wall", "phone"])
CHOICE = re.compile(r'<a href="\?kart=([^"]*)" data-key="([^"]*)"( aria-current="true")?>')


@pytest.fixture
def race(place: SimpleNamespace) -> Race:
    made = make.race(place.feed, event="Night Cup", name="Heat 2", is_live=True)
    with every_team("test"):
        FeedState.objects.create(feed=place.feed, state="live", current_race=made)
    tell_hub(board(str(made.pk), rows=5))
    return made


def ours(place: SimpleNamespace, *values: str, by: str = "number") -> list[int]:
    with every_team("test"):
        made = [
            Monitor.objects.create(
                team=place.team, feed=place.feed, kind="ours", by=by, value=value, place=at
            )
            for at, value in enumerate(values)
        ]
    return [each.pk for each in made]


def url(place: SimpleNamespace, name: str) -> str:
    return reverse(name, args=["ours", place.feed.pk])


def choices(page: Any) -> list[tuple[str, str, bool]]:
    nav = page.text[page.text.index("data-mine") : page.text.index("</nav>")]
    return [(asked, key, bool(here)) for asked, key, here in CHOICE.findall(nav)]


@PAGES
def test_the_first_kart_is_shown_and_each_has_a_link(
    name: str, owner: Client, place: SimpleNamespace, race: Race
) -> None:
    second, fourth = ours(place, "2", "4")

    page = owner.get(url(place, name))

    assert page.context["us"]["number"] == "2"
    assert choices(page) == [(f"{second}-r2", "r2", True), (f"{fourth}-r4", "r4", False)]


@PAGES
def test_the_address_says_which_kart(
    name: str, owner: Client, place: SimpleNamespace, race: Race
) -> None:
    second, fourth = ours(place, "2", "4")

    page = owner.get(url(place, name), {"kart": f"{fourth}-r4"})

    us = page.context["us"]
    found = {part: us[part] for part in ("place", "number", "ahead_number", "behind_number")}
    assert found == {"place": "P4", "number": "4", "ahead_number": "3", "behind_number": "5"}
    gaps = {row["number"]: row["to_us_laps"] + row["to_us"] for row in page.context["near"]}
    short = name == "wall"
    assert gaps == {
        "1": "−4.5" if short else "−4.500",
        "2": "−3.0" if short else "−3.000",
        "3": "−1.5" if short else "−1.500",
        "4": "",
        "5": "+1.5" if short else "+1.500",
    }
    assert choices(page) == [(f"{second}-r2", "r2", False), (f"{fourth}-r4", "r4", True)]


def test_the_link_is_good_in_the_next_race(
    owner: Client, place: SimpleNamespace, race: Race
) -> None:
    _second, fourth = ours(place, "2", "4")

    page = owner.get(url(place, "wall"), {"kart": f"{fourth}-r77"})

    assert page.context["us"]["number"] == "4"


def test_of_two_that_one_mark_finds_each_can_be_chosen(
    owner: Client, place: SimpleNamespace, race: Race
) -> None:
    shown = board(str(race.pk), rows=3)
    for key in ("r1", "r3"):
        shown["rows"][key]["competitor"] = "Phoenix"
    tell_hub(shown, seq=4)
    [phoenix] = ours(place, "Phoenix", by="name")

    first = owner.get(url(place, "wall"))
    third = owner.get(url(place, "wall"), {"kart": f"{phoenix}-r3"})

    assert first.context["us"]["place"] == "P1"
    assert third.context["us"]["place"] == "P3"


@pytest.mark.parametrize(
    "asked", ["", "0", "999999-r2", "-r4", "r4", "4", '"><script>', "x" * 3000]
)
def test_what_cannot_be_found_is_the_first(
    asked: str, owner: Client, place: SimpleNamespace, race: Race
) -> None:
    ours(place, "2", "4")

    page = owner.get(url(place, "phone"), {"kart": asked})

    assert page.context["us"]["number"] == "2"
    assert "<script>" not in page.text.split('id="live"')[0].split("<body")[1]


@PAGES
@pytest.mark.parametrize("values", [(), ("2",), ("2", "77")])
def test_without_a_choice_none_is_offered(
    name: str, values: tuple[str, ...], owner: Client, place: SimpleNamespace, race: Race
) -> None:
    ours(place, *values)

    page = owner.get(url(place, name))

    assert choices(page) == []
    assert re.search(r"<nav[^>]* data-mine [^>]*hidden>", page.text)


def test_our_last_laps_are_those_of_the_kart_that_is_shown(
    owner: Client, place: SimpleNamespace, race: Race
) -> None:
    _second, fourth = ours(place, "2", "4")
    make.laps(make.entry(race, key="r4", number="4"), (61_000, 61_200, 61_400))

    live = owner.get(url(place, "wall"), {"kart": str(fourth)}).context["live"]

    assert live["overlay"]["asked"] == str(fourth)
    assert live["overlay"]["recent"][:3] == [61_000, 61_200, 61_400]


def test_the_board_is_about_all_of_them(owner: Client, place: SimpleNamespace, race: Race) -> None:
    _second, fourth = ours(place, "2", "4")

    page = owner.get(url(place, "feed-board"), {"kart": str(fourth)})

    assert page.context["own_number"] == "2"

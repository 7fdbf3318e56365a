from __future__ import annotations

import re
from types import SimpleNamespace
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from displays.models import Display
from races.models import Race
from teams.scoping import every_team
from tests import factories as make
from tests.pages.boards import board, row, tell_hub
from timing.models import FeedState

HOSTILE = '<script>alert("x")</script>'


@pytest.fixture
def race(place: SimpleNamespace) -> Race:
    made = make.race(place.feed, event="Night Cup", name="Heat 2", is_live=True)
    with every_team("test"):
        FeedState.objects.create(feed=place.feed, state="live", current_race=made)
    return made


def feed_url(place: SimpleNamespace) -> str:
    return reverse("feed-board", args=["ours", place.feed.pk])


def rows_of(page: str) -> list[str]:
    body = re.search(r"<tbody data-rows>(.*?)</tbody>", page, re.S)
    assert body
    return re.findall(r'<tr data-key="([^"]*)"', body[1])


def test_board_is_a_table_without_a_script(
    owner: Client, place: SimpleNamespace, race: Race
) -> None:
    tell_hub(board(str(race.pk)))

    page = owner.get(feed_url(place)).text

    assert rows_of(page) == ["r1", "r2", "r3"]
    assert "1:00.001" in page
    assert "Night Cup" in page
    assert "12:34" in page


def test_board_carries_its_place_in_the_topic(
    owner: Client, place: SimpleNamespace, race: Race
) -> None:
    tell_hub(board(str(race.pk)), epoch=9, seq=41, at=1_800_000_000_000)

    live = owner.get(feed_url(place)).context["live"]

    assert {name: live[name] for name in ("race", "epoch", "seq", "at", "follows", "channels")} == {
        "race": str(race.pk),
        "epoch": 9,
        "seq": 41,
        "at": 1_800_000_000_000,
        "follows": "feed",
        "channels": [f"feed.{place.feed.pk}", f"race.{race.pk}"],
    }


def test_board_without_a_hub_comes_from_the_facts(
    owner: Client, place: SimpleNamespace, race: Race
) -> None:
    make.entry(race, key="r9", number="9", competitor="Fact Racing", position=1)

    page = owner.get(feed_url(place)).text

    assert rows_of(page) == ["r9"]
    assert "Fact Racing" in page


def test_board_of_a_feed_without_a_race_waits(owner: Client, place: SimpleNamespace) -> None:
    page = owner.get(feed_url(place))

    assert page.status_code == 200
    assert rows_of(page.text) == []
    assert "Waiting for a race" in page.text


def test_board_without_a_race_says_when_its_feed_does_not_answer(
    owner: Client, place: SimpleNamespace
) -> None:
    with every_team("test"):
        FeedState.objects.create(feed=place.feed, state="down")

    page = owner.get(feed_url(place)).text

    assert 'data-stale="down"' in page
    assert "The timing feed does not answer" in page


def test_board_shows_the_last_race_of_an_idle_feed(owner: Client, place: SimpleNamespace) -> None:
    over = make.race(place.feed)
    make.entry(over, key="r1", position=1)

    assert rows_of(owner.get(feed_url(place)).text) == ["r1"]


def test_race_board_stays_with_its_race(owner: Client, place: SimpleNamespace, race: Race) -> None:
    old = make.race(place.feed)

    live = owner.get(reverse("race-board", args=["ours", old.pk])).context["live"]

    assert (live["race"], live["follows"], live["channels"]) == (
        str(old.pk),
        "race",
        [f"race.{old.pk}"],
    )


def test_feed_text_is_text(owner: Client, place: SimpleNamespace, race: Race) -> None:
    shown = board(str(race.pk), session={"event": HOSTILE, "name": HOSTILE, "track": HOSTILE})
    names = ["number", "competitor", "driver", "nation", "category", "penalty", "state", "class"]
    shown["rows"]["r1"] = row("r1", 1, **dict.fromkeys(names, HOSTILE))
    shown["rows"][HOSTILE] = row(HOSTILE, 4)
    shown["order"].append(HOSTILE)
    shown["messages"] = [{"time": HOSTILE, "kind": HOSTILE, "number": HOSTILE, "text": HOSTILE}]
    shown["session"]["banner"] = {"kind": "text", "text": HOSTILE}
    tell_hub(shown)

    page = owner.get(feed_url(place)).text

    assert "<script>alert" not in page
    assert page.count("&lt;script&gt;alert") > 8


@pytest.mark.parametrize(
    ("key", "colour"), [("no1", "red;}*{display:none"), ('x"]{}', "#0080ff"), ("</style>", "#fff")]
)
def test_no_feed_text_gets_into_a_style(
    key: str, colour: str, owner: Client, place: SimpleNamespace, race: Race
) -> None:
    shown = board(str(race.pk))
    shown["classes"] = {key: {"colour": colour, "ink": colour}}
    tell_hub(shown)

    page = owner.get(feed_url(place)).text

    style = re.search(r"<style nonce=[^>]*>(.*?)</style>", page, re.S)
    assert style
    assert style[1] == ""


def test_style_of_the_classes_has_the_nonce(
    owner: Client, place: SimpleNamespace, race: Race
) -> None:
    tell_hub(board(str(race.pk)))

    page = owner.get(feed_url(place))

    nonce, css = re.findall(r'<style nonce="([^"]+)">(.*?)</style>', page.text)[0]
    assert css == '[data-class="no1"]{--cls:#0080ff;--cls-ink:#0c0e12}'
    assert f"'nonce-{nonce}'" in page.headers["Content-Security-Policy"]


@pytest.mark.parametrize("rows", [1, 3])
def test_board_asks_the_same_number_of_questions(
    rows: int,
    owner: Client,
    place: SimpleNamespace,
    race: Race,
    django_assert_num_queries: Any,
) -> None:
    tell_hub(board(str(race.pk), rows))

    with django_assert_num_queries(7):
        owner.get(feed_url(place))


# -- displays


@pytest.fixture
def display(place: SimpleNamespace) -> Display:
    with every_team("test"):
        return Display.objects.create(team=place.team, name="Pit lane screen", feed=place.feed)


def test_display_needs_no_login(client: Client, display: Display, race: Race) -> None:
    tell_hub(board(str(race.pk)))

    page = client.get(f"/d/{display.code}/")

    assert page.status_code == 200
    assert rows_of(page.text) == ["r1", "r2", "r3"]
    assert page.headers["Cache-Control"] == "no-store"


def test_display_shows_nothing_of_the_team(
    client: Client, place: SimpleNamespace, display: Display, race: Race
) -> None:
    tell_hub(board(str(race.pk)))

    page = client.get(f"/d/{display.code}/")

    assert "/t/" not in page.text
    assert "Ours" not in page.text
    assert str(place.feed.pk) not in page.text
    assert page.context["live"]["channels"] == [f"display.{display.code}"]


def test_display_waits_for_a_race(client: Client, display: Display) -> None:
    page = client.get(f"/d/{display.code}/")

    assert page.status_code == 200
    assert "Waiting for a race" in page.text


@pytest.mark.parametrize("code", ["nosuchco", "x", "K7PX2M9Q9"])
def test_wrong_code_is_not_found(code: str, client: Client, display: Display) -> None:
    assert client.get(f"/d/{code}/").status_code == 404


def test_display_that_is_off_is_not_found(client: Client, display: Display) -> None:
    with every_team("test"):
        Display.objects.update(is_enabled=False)

    assert client.get(f"/d/{display.code}/").status_code == 404

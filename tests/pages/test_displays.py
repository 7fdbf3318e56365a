from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from displays.models import Display
from teams.scoping import every_team
from tests import factories as make

LIST, NEW = "/t/ours/displays/", "/t/ours/displays/new/"


def displays() -> list[Display]:
    with every_team("test"):
        return list(Display.objects.all())


@pytest.fixture
def display(place: SimpleNamespace) -> Display:
    with every_team("test"):
        return Display.objects.create(team=place.team, name="Café", feed=place.feed)


def test_list_without_any_says_what_they_are(owner: Client) -> None:
    assert "No displays yet" in owner.get(LIST).text


def test_list_gives_the_whole_link(owner: Client, display: Display) -> None:
    assert f"http://testserver/d/{display.code}/" in owner.get(LIST).text


def test_display_of_a_feed_is_made(owner: Client, place: SimpleNamespace) -> None:
    page = owner.post(NEW, {"name": "Grandstand", "feed": place.feed.pk}, follow=True)

    (made,) = displays()
    assert (made.name, made.feed_id, made.race_id, made.team_id) == (
        "Grandstand",
        place.feed.pk,
        None,
        place.team.pk,
    )
    assert len(made.code) == 8
    assert "Grandstand is open" in page.text


def test_display_of_a_race_is_made(owner: Client, place: SimpleNamespace) -> None:
    race = make.race(place.feed)

    owner.post(NEW, {"name": "Final", "race": race.pk})

    assert [made.race_id for made in displays()] == [race.pk]


def test_display_shows_one_thing(owner: Client, place: SimpleNamespace) -> None:
    race = make.race(place.feed)

    for data in ({}, {"feed": place.feed.pk, "race": race.pk}):
        page = owner.post(NEW, {"name": "Both", **data})
        assert page.status_code == 422
        assert "one of them" in page.text
    assert displays() == []


def test_display_of_what_the_team_cannot_see_is_refused(
    owner: Client, place: SimpleNamespace
) -> None:
    foreign = make.followed_feed(place.other)

    assert owner.post(NEW, {"name": "Spy", "feed": foreign.pk}).status_code == 422
    race = make.race(foreign)
    assert owner.post(NEW, {"name": "Spy", "race": race.pk}).status_code == 422
    assert displays() == []


def test_switching_keeps_the_code(owner: Client, display: Display, client: Client) -> None:
    url = reverse("display-switch", args=["ours", display.pk])

    owner.post(url, {"enabled": "0"})
    assert client.get(f"/d/{display.code}/").status_code == 404

    owner.post(url, {"enabled": "1"})
    assert client.get(f"/d/{display.code}/").status_code == 200


def test_deleting_asks_first(owner: Client, display: Display) -> None:
    url = reverse("display-delete", args=["ours", display.pk])

    assert "go dark" in owner.get(url).text
    assert displays() == [display]

    owner.post(url)
    assert displays() == []


@pytest.mark.parametrize("name", ["display-switch", "display-delete"])
def test_display_of_another_team_is_not_there(
    name: str, owner: Client, place: SimpleNamespace
) -> None:
    with every_team("test"):
        foreign = Display.objects.create(
            team=place.other, name="Theirs", feed=make.followed_feed(place.other)
        )

    assert owner.post(reverse(name, args=["ours", foreign.pk])).status_code == 404
    assert displays() == [foreign]


def test_readers_change_nothing(place: SimpleNamespace, client: Client, display: Display) -> None:
    client.force_login(place.reader)

    assert client.get(LIST).status_code == 200
    assert client.get(NEW).status_code == 403
    assert client.post(reverse("display-delete", args=["ours", display.pk])).status_code == 403
    assert displays() == [display]


def test_display_of_what_is_no_longer_followed_shows_nothing(
    owner: Client, place: SimpleNamespace, display: Display, client: Client
) -> None:
    owner.post(reverse("feed-unfollow", args=["ours", place.feed.pk]), follow=True)

    page = owner.get(LIST).text

    assert "Long Straight" not in page
    assert "no longer followed" in page
    assert client.get(f"/d/{display.code}/").status_code == 404


@pytest.mark.parametrize("count", [1, 3])
def test_list_asks_the_same_number_of_questions(
    count: int, owner: Client, place: SimpleNamespace, django_assert_num_queries: Any
) -> None:
    for number in range(count):
        with every_team("test"):
            Display.objects.create(team=place.team, name=f"Screen {number}", feed=place.feed)

    with django_assert_num_queries(5):
        owner.get(LIST)

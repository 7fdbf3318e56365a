from __future__ import annotations

from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from displays.models import Display
from teams.scoping import every_team
from tests import factories as make
from tests.pages.boards import board, tell_hub
from timing.models import FeedState

HOME = "/t/ours/"


def state(feed: Any, **fields: Any) -> FeedState:
    with every_team("test"):
        return FeedState.objects.create(feed=feed, **fields)


def test_home_of_a_new_team_says_what_to_do(place: SimpleNamespace, client: Client) -> None:
    client.force_login(place.stranger)

    page = client.get("/t/theirs/").text

    assert "Nothing followed yet" in page
    assert "No displays yet" in page
    assert "No races yet" in page


def test_home_shows_feeds_with_state_and_age(owner: Client, place: SimpleNamespace) -> None:
    six = timezone.now() - timedelta(minutes=6)
    state(place.feed, state="down", data_at=six, error="The host is not known.")

    page = owner.get(HOME).text

    assert "The host is not known." in page
    assert "Long Straight" in page
    assert "no answer" in page
    assert "6 min" in page


def test_home_says_stale_when_nobody_holds_the_feed(owner: Client, place: SimpleNamespace) -> None:
    state(place.feed, state="live", held_until=timezone.now() - timedelta(minutes=1))

    assert owner.get(HOME).context["feeds"][0].state == "stale"


def test_home_shows_the_race_that_is_on(owner: Client, place: SimpleNamespace) -> None:
    race = make.race(place.feed, event="Night Cup", is_live=True)
    state(place.feed, state="live", current_race=race)
    tell_hub(board(str(race.pk)))

    page = owner.get(HOME)

    assert [hero["race"] for hero in page.context["heroes"]] == [race]
    assert "Crew 3" in page.text


def test_home_of_a_live_race_without_a_board_still_opens(
    owner: Client, place: SimpleNamespace
) -> None:
    race = make.race(place.feed, event="Night Cup", is_live=True)
    state(place.feed, state="live", current_race=race)

    assert "Night Cup" in owner.get(HOME).text


def test_home_filters_past_races(owner: Client, place: SimpleNamespace) -> None:
    made = {kind: make.race(place.feed, kind=kind) for kind in ("race", "practice")}

    page = owner.get(HOME, {"kind": "practice"})

    assert page.context["past"] == [made["practice"]]


def test_home_shows_nothing_of_another_team(owner: Client, place: SimpleNamespace) -> None:
    foreign = make.followed_feed(place.other, name="Their Track")
    make.race(foreign, event="Their Race")
    with every_team("test"):
        Display.objects.create(team=place.other, name="Their Screen", feed=foreign)

    assert "Their" not in owner.get(HOME).text


def test_readers_are_offered_no_changes(place: SimpleNamespace, client: Client) -> None:
    client.force_login(place.reader)

    page = client.get(HOME).text

    assert "/feeds/add/" not in page
    assert "/unfollow/" not in page


@pytest.mark.parametrize("count", [1, 3])
def test_home_asks_the_same_number_of_questions(
    count: int, owner: Client, place: SimpleNamespace, django_assert_num_queries: Any
) -> None:
    owner.get(HOME)  # the session now remembers the team
    for number in range(count):
        feed = make.followed_feed(place.team, name=f"Feed {number}")
        state(feed, state="live", current_race=make.race(feed, is_live=True))
        make.full_race(feed)
        with every_team("test"):
            Display.objects.create(team=place.team, name=f"Screen {number}", feed=feed)

    with django_assert_num_queries(10):
        owner.get(HOME)

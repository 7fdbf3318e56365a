from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from races.models import Feed, Follow
from teams.scoping import every_team
from tests import factories as make

ADD = "/t/ours/feeds/add/"


def followed_names(place: SimpleNamespace) -> set[str]:
    with every_team("test"):
        return set(Follow.objects.filter(team=place.team).values_list("feed__name", flat=True))


def test_track_of_the_catalogue_is_followed(owner: Client, place: SimpleNamespace) -> None:
    track = make.track("hairpin", name="Hairpin Park")

    page = owner.post(ADD, {"track": track.pk})

    with every_team("test"):
        feed = Feed.objects.get(track=track)
    assert page.headers["Location"] == reverse("feed-board", args=["ours", feed.pk])
    assert followed_names(place) == {"Long Straight", "Hairpin Park"}


def test_address_is_followed(owner: Client, place: SimpleNamespace) -> None:
    address = "https://www.apex-timing.com/live-timing/somewhere/index.html"

    page = owner.post(ADD, {"address": address})

    assert page.status_code == 302
    assert followed_names(place) == {"Long Straight", "somewhere"}


@pytest.mark.parametrize(
    "data",
    [
        {},
        {"address": ""},
        {"address": "http://127.0.0.1:9000/"},
        {"address": "http://10.0.0.3/"},
        {"address": "file:///etc/passwd"},
        {"address": "not an address"},
        {"track": "999999"},
        {"track": "<script>"},
    ],
)
def test_what_cannot_be_followed_is_explained(
    data: dict[str, str], owner: Client, place: SimpleNamespace
) -> None:
    page = owner.post(ADD, data)

    assert page.status_code == 422
    assert "errorlist" in page.text
    assert "<script>alert" not in page.text
    assert followed_names(place) == {"Long Straight"}


def test_catalogue_is_searched_by_name_and_country(owner: Client) -> None:
    make.track("alpha", name="Alpha Ring", country="FR")
    make.track("beta", name="Beta Ring", country="ES")

    def found(**query: str) -> list[str]:
        return [track.name for track in owner.get(ADD, query).context["page"]]

    assert found() == ["Alpha Ring", "Beta Ring"]
    assert found(q="ring alp") == ["Alpha Ring"]
    assert found(country="ES") == ["Beta Ring"]
    assert found(q="nothing") == []
    assert "No track found" in owner.get(ADD, {"q": "nothing"}).text


def test_followed_track_is_marked(owner: Client, place: SimpleNamespace) -> None:
    track = make.track("hairpin")
    owner.post(ADD, {"track": track.pk})

    assert owner.get(ADD).context["followed"] >= {track.pk}


def test_unfollow_hides_and_keeps(owner: Client, place: SimpleNamespace) -> None:
    url = reverse("feed-unfollow", args=["ours", place.feed.pk])

    asked = owner.get(url)
    assert "Stop following Long Straight?" in asked.text
    assert followed_names(place) == {"Long Straight"}
    page = owner.post(url, follow=True)

    assert "no longer follow" in page.text
    assert followed_names(place) == set()
    with every_team("test"):
        assert Feed.objects.filter(pk=place.feed.pk).exists()


def test_readers_change_nothing(place: SimpleNamespace, client: Client) -> None:
    client.force_login(place.reader)

    assert client.get(ADD).status_code == 403
    url = reverse("feed-unfollow", args=["ours", place.feed.pk])
    assert (client.get(url).status_code, client.post(url).status_code) == (403, 403)
    assert followed_names(place) == {"Long Straight"}


def test_feed_of_another_team_is_not_there(owner: Client, place: SimpleNamespace) -> None:
    private = make.followed_feed(place.other, owner=place.other)

    url = reverse("feed-unfollow", args=["ours", private.pk])
    assert (owner.get(url).status_code, owner.post(url).status_code) == (404, 404)
    assert owner.get(reverse("feed-board", args=["ours", private.pk])).status_code == 404


@pytest.mark.parametrize("count", [1, 3])
def test_catalogue_asks_the_same_number_of_questions(
    count: int, owner: Client, django_assert_num_queries: Any
) -> None:
    for number in range(count):
        make.track(f"t{number}", country="FR")

    with django_assert_num_queries(7):
        owner.get(ADD)

from __future__ import annotations

from types import SimpleNamespace

import pytest
from django.test import Client
from django.urls import reverse

from tests import factories as make


def test_landing_shows_a_visitor_the_way_in(client: Client, db: None) -> None:
    page = client.get("/")

    assert page.status_code == 200
    assert reverse("login") in page.text


def test_sign_in_leads_to_the_team(place: SimpleNamespace, client: Client) -> None:
    page = client.post(reverse("login"), {"username": "owner", "password": "pw"}, follow=True)

    assert [to for to, _status in page.redirect_chain] == ["/", "/t/ours/"]


def test_sign_in_says_what_is_wrong(place: SimpleNamespace, client: Client) -> None:
    page = client.post(reverse("login"), {"username": "owner", "password": "no"})

    assert page.status_code == 200
    assert "errorlist" in page.text


def test_landing_goes_to_the_team_seen_last(place: SimpleNamespace, client: Client) -> None:
    second = make.team("A second one")
    person = make.member(second, "both")
    make_member(place, person)
    client.force_login(person)

    client.get("/t/ours/")

    assert client.get("/").headers["Location"] == "/t/ours/"


def make_member(place: SimpleNamespace, person: object) -> None:
    from teams.models import Membership
    from teams.scoping import every_team

    with every_team("test"):
        Membership.objects.create(team=place.team, user=person)


def test_landing_without_a_team_says_so(client: Client, db: None) -> None:
    client.force_login(make.user("alone"))

    assert "no team yet" in client.get("/", follow=True).text


def test_teams_are_listed(owner: Client) -> None:
    page = owner.get(reverse("teams"))

    assert "Ours" in page.text
    assert "Theirs" not in page.text


@pytest.mark.parametrize(
    "url", ["/t/ours/", "/t/ours/races/", "/t/ours/displays/", "/t/ours/feeds/add/"]
)
def test_pages_of_a_team_are_closed(url: str, place: SimpleNamespace, client: Client) -> None:
    assert client.get(url).headers["Location"].startswith(reverse("login"))

    client.force_login(place.stranger)

    assert client.get(url).status_code == 404


def test_errors_have_pages_of_their_own(client: Client, db: None) -> None:
    page = client.get("/nowhere/")

    assert page.status_code == 404
    assert "not here" in page.text


def test_look_comes_from_cookies_that_are_checked(client: Client, db: None) -> None:
    client.cookies["lt_theme"] = "light"
    client.cookies["lt_density"] = '"><script>'

    page = client.get("/").text

    assert 'data-theme="light" data-contrast="normal" data-density="m"' in page

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from django.test import Client

from displays import services
from displays.models import Display
from races.models import Follow
from teams.enums import Role
from teams.scoping import every_team
from tests import factories as make

pytestmark = pytest.mark.django_db


def a_place(name: str) -> SimpleNamespace:
    team = make.team(name)
    feed = make.followed_feed(team)
    return SimpleNamespace(team=team, feed=feed, race=make.race(feed))


@pytest.fixture
def ours() -> SimpleNamespace:
    return a_place("Ours")


@pytest.fixture
def client(ours) -> Client:
    client = Client()
    client.force_login(make.member(ours.team, role=Role.MANAGER))
    return client


def send(client: Client, method: str, path: str, **data: Any) -> Any:
    asked = getattr(client, method)
    return asked(f"/api/{path}", data, content_type="application/json")


def displays() -> list[Display]:
    with every_team("test"):
        return list(Display.objects.order_by("pk"))


def test_a_display_is_made_turned_closed_and_deleted(client, ours) -> None:
    made = send(client, "post", "displays/", name="Grandstand", feed=str(ours.feed.pk))

    (row,) = displays()
    assert made.status_code == 201
    assert made.json() == {
        "id": row.pk,
        "name": "Grandstand",
        "feed": str(ours.feed.pk),
        "race": None,
        "is_enabled": True,
        "code": row.code,
        "url": f"http://testserver/d/{row.code}/",
        "created_at": row.created_at.isoformat().replace("+00:00", "Z"),
    }
    path = f"displays/{row.pk}/"
    assert client.get(f"/api/{path}").json() == made.json()
    turned = send(client, "patch", path, feed=None, race=str(ours.race.pk))
    assert turned.json() == made.json() | {"feed": None, "race": str(ours.race.pk)}
    closed = send(client, "patch", path, is_enabled=False, code="AAAAAAAA")
    assert closed.json() == turned.json() | {"is_enabled": False}
    assert client.get(f"/d/{row.code}/").status_code == 404
    assert client.delete(f"/api/{path}").status_code == 204
    assert displays() == []


def test_a_display_may_be_made_closed(client, ours) -> None:
    answer = send(client, "post", "displays/", name="TV", race=str(ours.race.pk), is_enabled=False)

    assert answer.json()["is_enabled"] is False
    assert displays()[0].is_enabled is False


def test_a_display_shows_a_feed_or_a_race(client, ours) -> None:
    feed, race = str(ours.feed.pk), str(ours.race.pk)
    error = "A display shows a feed or a race: give one of them and set the other to null."

    neither = send(client, "post", "displays/", name="TV")
    both = send(client, "post", "displays/", name="TV", feed=feed, race=race)
    send(client, "post", "displays/", name="TV", feed=feed)
    added = send(client, "patch", f"displays/{displays()[0].pk}/", race=race)

    for answer in (neither, both, added):
        assert (answer.status_code, answer.json()) == (400, {"non_field_errors": [error]})


def test_a_team_has_so_many_displays(client, ours, monkeypatch) -> None:
    monkeypatch.setattr(services, "MAX_DISPLAYS", 1)
    given = {"name": "TV", "feed": str(ours.feed.pk)}
    assert send(client, "post", "displays/", **given).status_code == 201

    answer = send(client, "post", "displays/", **given)
    page = client.post("/t/ours/displays/new/", given)

    why = "A team has at most 1 displays: delete one first."
    assert (answer.status_code, answer.json()) == (400, {"detail": why})
    assert page.status_code == 422
    assert why in page.text
    assert len(displays()) == 1


def test_nothing_of_another_team_is_shown_or_changed(client, ours) -> None:
    theirs = a_place("Theirs")
    with every_team("test"):
        foreign = Display.objects.create(team=theirs.team, name="Secret", feed=theirs.feed)
    make.followed_feed(ours.team)

    assert client.get("/api/displays/").json()["results"] == []
    for method in ("get", "patch", "delete"):
        assert send(client, method, f"displays/{foreign.pk}/").status_code == 404
    for given in ({"feed": str(theirs.feed.pk)}, {"race": str(theirs.race.pk)}):
        answer = send(client, "post", "displays/", name="TV", **given)
        assert (answer.status_code, list(answer.json())) == (400, list(given))
    assert displays() == [foreign]


@pytest.mark.parametrize("role", [Role.VIEWER, Role.MEMBER])
def test_who_only_looks_changes_nothing(role, ours) -> None:
    client = Client()
    client.force_login(make.member(ours.team, role=role))

    assert client.get("/api/displays/").status_code == 200
    answer = send(client, "post", "displays/", name="TV", feed=str(ours.feed.pk))
    assert answer.status_code == 403
    assert displays() == []


@pytest.mark.parametrize("rows", [1, 3])
def test_the_list_asks_the_same_number_of_queries(
    client, ours, rows, django_assert_max_num_queries
) -> None:
    with every_team("test"):
        for number in range(rows):
            Display.objects.create(team=ours.team, name=str(number), feed=ours.feed)
    with django_assert_max_num_queries(5):  # session, user, membership, count, rows
        assert client.get("/api/displays/").json()["count"] == rows


def test_a_display_of_an_unfollowed_feed_can_be_named_closed_and_deleted(client, ours) -> None:
    with every_team("test"):
        made = Display.objects.create(team=ours.team, name="TV", feed=ours.feed)
        Follow.objects.all().delete()
    path = f"displays/{made.pk}/"

    assert send(client, "patch", path, name="Old TV").status_code == 200
    assert send(client, "patch", path, is_enabled=False).status_code == 200
    assert [(row.name, row.is_enabled) for row in displays()] == [("Old TV", False)]
    assert client.delete(f"/api/{path}").status_code == 204
    assert displays() == []

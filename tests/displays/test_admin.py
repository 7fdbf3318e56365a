from __future__ import annotations

import pytest
from django.test import Client

from displays.models import Display
from teams.scoping import every_team
from tests import factories as make

pytestmark = pytest.mark.django_db
URL = "/admin/displays/display/"


def a_display(name: str = "TV", **fields) -> Display:
    team = make.team()
    with every_team("test"):
        return Display.objects.create(team=team, name=name, feed=make.followed_feed(team), **fields)


@pytest.fixture
def admin() -> Client:
    client = Client()
    client.force_login(make.user("root", is_staff=True, is_superuser=True))
    return client


@pytest.mark.parametrize("count", [1, 3])
def test_the_list_of_displays_costs_the_same_for_any_number(
    count: int, admin: Client, django_assert_max_num_queries
) -> None:
    shown = [a_display(f"TV {number}") for number in range(count)]
    with django_assert_max_num_queries(9):
        page = admin.get(URL, {"q": "TV"}).content.decode()
    assert [display.code in page for display in shown] == [True] * count


def test_displays_are_switched_off_and_on(admin: Client) -> None:
    display = a_display()
    for action, enabled in [("disable", False), ("enable", True)]:
        admin.post(URL, {"action": action, "_selected_action": [display.pk]})
        with every_team("test"):
            assert Display.objects.get(pk=display.pk).is_enabled is enabled


def test_a_display_can_be_added_and_opened(admin: Client) -> None:
    display = a_display()
    assert admin.get(f"{URL}add/").status_code == 200
    assert display.code in admin.get(f"{URL}{display.pk}/change/").content.decode()


def test_the_form_of_a_new_display_offers_no_link(admin: Client) -> None:
    display = a_display()

    assert "/d/" not in admin.get(f"{URL}add/").text
    assert f"/d/{display.code}/" in admin.get(f"{URL}{display.pk}/change/").text

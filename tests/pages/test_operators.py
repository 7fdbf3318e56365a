"""The admin's doors are the product's own."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
from django.test import Client

from teams.models import AuditEntry, User
from teams.scoping import every_team

pytestmark = pytest.mark.django_db


@pytest.fixture
def boss(db: None) -> User:
    return User.objects.create_superuser("boss", "boss@example.com", "pw")


def test_operators_sign_in_as_everybody_does(boss: User, client: Client) -> None:
    door = client.get("/admin/", follow=True)
    page = client.post(
        "/accounts/login/", {"username": "boss", "password": "pw", "next": "/admin/"}, follow=True
    )

    assert door.redirect_chain[-1][0] == "/accounts/login/?next=/admin/"
    assert 'name="next" value="/admin/"' in door.text
    assert page.redirect_chain == [("/admin/", 302)]
    with every_team("test"):
        assert [entry.action for entry in AuditEntry.objects.all()] == ["signed in"]


def test_who_is_no_operator_is_told_so_and_sent_round_in_no_circle(
    owner: Client, place: SimpleNamespace
) -> None:
    assert owner.get("/admin/", follow=True).status_code == 403


def test_an_operator_who_is_in_is_led_on(boss: User, client: Client) -> None:
    client.force_login(boss)

    assert client.get("/admin/login/?next=https://example.com/")["Location"] == "/admin/"
    assert client.get("/admin/password_change/")["Location"] == "/account/password/"
    assert client.post("/admin/logout/")["Location"] == "/"
    assert "_auth_user_id" not in client.session

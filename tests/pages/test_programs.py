"""Programs that signed in for a token, on the page of their person."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from django.test import Client

from tests.post import IN_MEMORY, Ear

ACCOUNT, END = "/account/", "/account/programs/end/"


def sign_in(number: int = 1, agent: str = "python-httpx/0.28") -> dict[str, str]:
    asked = Client(REMOTE_ADDR=f"192.0.2.{number}").post(
        "/auth/token",
        {"username": "owner", "password": "pw"},
        content_type="application/json",
        headers={"user-agent": agent},
    )
    found: dict[str, str] = asked.json()
    return found


def opens(pair: dict[str, str]) -> bool:
    authorization = f"Bearer {pair['access']}"
    return Client().get("/api/me/", headers={"authorization": authorization}).status_code == 200


def programs(owner: Client) -> list[Any]:
    return list(owner.get(ACCOUNT).context["programs"])


def test_a_program_is_seen_and_signed_out(
    owner: Client, settings: Any, django_capture_on_commit_callbacks: Any
) -> None:
    settings.CHANNEL_LAYERS = IN_MEMORY
    first, second = sign_in(41), sign_in(42, "curl/8")
    assert "Programs that use your account" in owner.get(ACCOUNT).text
    assert [row.token for row in programs(owner)] == ["curl · 192.0.2.42", "Python · 192.0.2.41"]
    ear = Ear()

    with django_capture_on_commit_callbacks(execute=True):
        page = owner.post(END, {"family": programs(owner)[1].jti}, follow=True)

    assert "Signed out there." in page.text
    assert [opens(first), opens(second)] == [False, True]
    assert len(ear.users()) == 1, "sockets look again"
    assert [row.token for row in programs(owner)] == ["curl · 192.0.2.42"]


def test_programs_of_others_are_not_there(owner: Client, place: SimpleNamespace) -> None:
    pair = sign_in(43)
    (row,) = programs(owner)
    other = Client()
    other.force_login(place.reader)

    assert other.post(END, {"family": row.jti}).status_code == 404
    assert "Programs that use" not in other.get(ACCOUNT).text
    assert opens(pair)


@pytest.mark.parametrize("family", ["", "x", "\x00"])
def test_a_family_that_is_none_is_not_there(family: str, owner: Client) -> None:
    assert owner.post(END, {"family": family}).status_code == 404


def test_signing_out_everywhere_else_ends_programs_too(owner: Client) -> None:
    pair = sign_in(44)

    owner.post("/account/sessions/end/", {"handle": "others"})

    assert not opens(pair)
    assert owner.get(ACCOUNT).status_code == 200
    assert programs(owner) == []


def test_another_password_ends_programs_too(owner: Client) -> None:
    pair = sign_in(45)

    changed = {"old_password": "pw", "new_password1": "rain on slicks"}
    owner.post("/account/password/", changed | {"new_password2": "rain on slicks"})

    assert not opens(pair)
    assert programs(owner) == []

"""The page behind an invitation's link."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from django.test import Client

from teams import invitations
from teams.enums import Role
from teams.models import Invitation, Membership, User
from teams.scoping import every_team, scope
from tests import factories as make

NEW = {
    "username": "newcomer",
    "email": "new@example.com",
    "password1": "long enough 1",
    "password2": "long enough 1",
}


@pytest.fixture
def invited(place: SimpleNamespace) -> invitations.Invited:
    with scope(place.team):
        return invitations.invite(
            team=place.team, email="new@example.com", role=Role.MANAGER, by=place.owner
        )


def mailed(invited: invitations.Invited) -> str:
    return f"{invited.path}?mailed={invitations.proof_of(invited.invitation, invited.token)}"


def role_of(username: str) -> list[str]:
    with every_team("test"):
        return [each.role for each in Membership.objects.filter(user__username=username)]


def end(invited: invitations.Invited, **fields: Any) -> None:
    with every_team("test"):
        Invitation.objects.filter(pk=invited.invitation.pk).update(**fields)


def test_link_says_which_team_and_for_whom(client: Client, invited: Any) -> None:
    page = client.get(invited.path)

    assert page.status_code == 200
    for text in ("Ours", "Manager", "new@example.com", "owner"):
        assert text in page.text
    assert "no-store" in page.headers["Cache-Control"]
    assert page.headers["Referrer-Policy"] == "same-origin"


def test_link_that_is_looked_at_changes_nothing(owner: Client, client: Client, invited: Any):
    for method in ("get", "head"):
        getattr(Client(), method)(invited.path)
        getattr(owner, method)(invited.path)

    assert invitations.is_open(invitations.find(invited.token))


def test_newcomer_signs_up_and_is_in(client: Client, invited: Any) -> None:
    page = client.post(mailed(invited), NEW, follow=True)

    assert page.redirect_chain == [("/t/ours/", 302)]
    assert "Welcome to Ours." in page.text
    assert role_of("newcomer") == ["manager"]
    assert User.objects.get(username="newcomer").email_verified_at is not None


def test_newcomer_with_the_copied_link_has_an_address_to_verify(client: Client, invited: Any):
    client.post(invited.path, NEW)

    assert User.objects.get(username="newcomer").email_verified_at is None


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"username": "OWNER"}, "already exists"),
        ({"email": "Owner@example.com"}, "already exists"),
        ({"password2": "another one 1"}, "match"),
        ({"password1": "short", "password2": "short"}, "too short"),
        ({"username": ""}, "required"),
    ],
)
def test_newcomer_is_told_what_is_wrong(
    wrong: dict[str, str], said: str, client: Client, place: SimpleNamespace, invited: Any
) -> None:
    page = client.post(invited.path, NEW | wrong)

    assert page.status_code == 200, "a refused request would be logged with its address, the key"
    assert said in page.text
    assert not User.objects.filter(username="newcomer").exists()
    assert invitations.is_open(invitations.find(invited.token))


def test_newcomer_with_an_account_signs_in_and_comes_back(client: Client, invited: Any) -> None:
    make.user("ada")
    to_login = client.get(mailed(invited)).text.partition('href="/accounts/login/?next=')[2]
    query = to_login.partition('"')[0]

    page = client.get(f"/accounts/login/?next={query}")
    back = page.context["next"]
    answer = client.post("/accounts/login/", {"username": "ada", "password": "pw", "next": back})

    assert answer.headers["Location"] == mailed(invited)
    assert "Join as ada" in client.get(mailed(invited)).text


def test_user_accepts_signed_in(client: Client, invited: Any) -> None:
    client.force_login(make.user("ada"))

    page = client.post(invited.path, follow=True)

    assert page.redirect_chain == [("/t/ours/", 302)]
    assert role_of("ada") == ["manager"]


def test_user_whose_address_is_invited_has_it_verified(client: Client, invited: Any) -> None:
    for name, email in (("ada", "NEW@example.com"), ("bob", "bob@example.com")):
        make.user(name, email=email)
    client.force_login(User.objects.get(username="ada"))

    client.post(mailed(invited))

    assert User.objects.get(username="ada").email_verified_at is not None


def test_member_keeps_role_and_leaves_the_invitation(owner: Client, invited: Any) -> None:
    for page in (owner.get(invited.path), owner.post(invited.path)):
        assert "You are in this team already" in page.text

    assert role_of("owner") == ["owner"]
    assert invitations.is_open(invitations.find(invited.token))


@pytest.mark.parametrize("how", ["wrong", "used", "revoked", "expired"])
@pytest.mark.parametrize("signed_in", [False, True])
@pytest.mark.parametrize("method", ["get", "post"])
def test_link_that_has_ended_has_one_answer(
    how: str, signed_in: bool, method: str, client: Client, invited: Any
) -> None:
    past = invited.invitation.created_at
    path = "/join/nobody-made-this/" if how == "wrong" else invited.path
    if how != "wrong":
        field = {"used": "accepted_at", "revoked": "revoked_at", "expired": "expires_at"}[how]
        end(invited, **{field: past})
    if signed_in:
        client.force_login(make.user("stray"))

    page = getattr(client, method)(path, NEW)

    assert page.status_code == 404
    assert "This invitation cannot be used" in page.text
    assert "Ours" not in page.text
    assert not User.objects.filter(username="newcomer").exists()


def test_link_used_by_oneself_leads_on(client: Client, invited: Any) -> None:
    client.force_login(make.user("ada"))
    client.post(invited.path)

    assert client.get(invited.path).headers["Location"] == "/t/ours/"

"""Members, invitations and settings of a team, and the ways out of it."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from django.test import Client

from teams import invitations
from teams.enums import Role
from teams.models import Invitation, Membership, Team
from teams.scoping import every_team, scope
from teams.tokens import create_token
from tests import factories as make

MEMBERS, SETTINGS = "/t/ours/members/", "/t/ours/settings/"


@pytest.fixture
def reader(place: SimpleNamespace) -> Client:
    client = Client()
    client.force_login(place.reader)
    return client


def membership(name: str) -> Membership:
    with every_team("test"):
        return Membership.objects.get(user__username=name)


def roles(place: SimpleNamespace) -> dict[str, str]:
    with every_team("test"):
        found = Membership.objects.filter(team=place.team).select_related("user")
        return {each.user.username: each.role for each in found}


def open_ones(place: SimpleNamespace) -> list[tuple[str, str]]:
    with scope(place.team):
        return [(each.email, each.role) for each in invitations.open_invitations(place.team)]


def pk_of(place: SimpleNamespace) -> int:
    with scope(place.team):
        return int(invitations.open_invitations(place.team).get().pk)


# -- members


def test_members_are_listed_for_all_addresses_for_owners(owner: Client, reader: Client) -> None:
    for client, sees in ((owner, True), (reader, False)):
        page = client.get(MEMBERS).text
        assert "reader" in page
        assert ("reader@example.com" in page) == sees
        assert ("Invite" in page) == sees


def test_role_is_changed(owner: Client, place: SimpleNamespace) -> None:
    url = f"{MEMBERS}{membership('reader').pk}/role/"

    page = owner.post(url, {"role": "manager"}, follow=True)

    assert "reader is Manager now." in page.text
    assert roles(place) == {"owner": "owner", "reader": "manager"}


@pytest.mark.parametrize("role", ["root", ""])
def test_role_that_is_none_is_refused(role: str, owner: Client, place: SimpleNamespace) -> None:
    page = owner.post(f"{MEMBERS}{membership('reader').pk}/role/", {"role": role}, follow=True)

    assert "Choose one of the roles." in page.text
    assert roles(place)["reader"] == "viewer"


def test_last_owner_stays_and_is_told_why(owner: Client, place: SimpleNamespace) -> None:
    pk = membership("owner").pk
    for url, data in (
        (f"{MEMBERS}{pk}/role/", {"role": "member"}),
        (f"{MEMBERS}{pk}/remove/", {}),
        ("/t/ours/leave/", {}),
    ):
        page = owner.post(url, data, follow=True)
        assert "A team keeps at least one owner" in page.text

    assert roles(place)["owner"] == "owner"


def test_keys_that_a_leaving_owner_knows_are_named(owner: Client, place: SimpleNamespace) -> None:
    boss = make.member(place.team, "boss", Role.OWNER)
    with scope(place.team):
        for name, access, by in (("Pit wall", "write", boss), ("TV", "read", place.owner)):
            create_token(team=place.team, name=name, access=access, created_by=by)

    page = owner.get(f"{MEMBERS}{membership('boss').pk}/remove/").text

    assert "Pit wall" in page
    assert "TV" not in page
    assert "/t/ours/tokens/" in page
    assert "go on working" not in owner.get(f"{MEMBERS}{membership('reader').pk}/remove/").text


def test_member_is_removed_after_a_question(owner: Client, place: SimpleNamespace) -> None:
    url = f"{MEMBERS}{membership('reader').pk}/remove/"

    assert "Remove reader?" in owner.get(url).text
    assert "reader" in roles(place)
    page = owner.post(url, follow=True)

    assert "reader is no longer in the team." in page.text
    assert roles(place) == {"owner": "owner"}


def test_member_leaves(reader: Client, place: SimpleNamespace) -> None:
    assert "Leave Ours?" in reader.get("/t/ours/leave/").text
    page = reader.post("/t/ours/leave/", follow=True)

    assert "You have left Ours." in page.text
    assert reader.get("/t/ours/").status_code == 404
    assert roles(place) == {"owner": "owner"}


@pytest.mark.parametrize("count", [1, 3])
def test_members_take_few_queries(
    count: int, owner: Client, place: SimpleNamespace, django_assert_num_queries: Any
) -> None:
    with scope(place.team):
        for number in range(count):
            invitations.invite(
                team=place.team, email=f"n{number}@example.com", role=Role.MEMBER, by=place.owner
            )
            make.member(place.team)

    with django_assert_num_queries(5):
        owner.get(MEMBERS)


# -- invitations


def test_invite_shows_the_link_and_keeps_it_nowhere(owner: Client, place: SimpleNamespace) -> None:
    page = owner.post(f"{MEMBERS}invite/", {"email": "new@example.com", "role": "member"})

    link = page.context["shown"]
    assert page.status_code == 200
    assert link.startswith("http://testserver/join/")
    assert "no-store" in page.headers["Cache-Control"]
    assert Client().get(link.removeprefix("http://testserver")).status_code == 200
    assert link not in owner.get(MEMBERS).text
    assert open_ones(place) == [("new@example.com", "member")]


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"email": "nonsense", "role": "member"}, "valid email"),
        ({"email": "new@example.com", "role": "root"}, "not one of the available"),
        ({"email": "reader@example.com", "role": "member"}, "in the team already"),
    ],
)
def test_invite_says_what_is_wrong(
    given: dict[str, str], said: str, owner: Client, place: SimpleNamespace
) -> None:
    page = owner.post(f"{MEMBERS}invite/", given)

    assert page.status_code == 422
    assert said in page.text
    assert open_ones(place) == []


def test_new_link_ends_the_old_one(owner: Client, place: SimpleNamespace) -> None:
    data = {"email": "new@example.com", "role": "member"}
    old = owner.post(f"{MEMBERS}invite/", data).context["shown"]

    new = owner.post(f"/t/ours/invitations/{pk_of(place)}/again/").context["shown"]

    answers = [Client().get(each.removeprefix("http://testserver")) for each in (old, new)]
    assert [each.status_code for each in answers] == [404, 200]


def test_invitation_is_withdrawn(owner: Client, place: SimpleNamespace) -> None:
    data = {"email": "new@example.com", "role": "member"}
    link = owner.post(f"{MEMBERS}invite/", data).context["shown"]

    page = owner.post(f"/t/ours/invitations/{pk_of(place)}/revoke/", follow=True)

    assert "is withdrawn" in page.text
    assert open_ones(place) == []
    assert Client().get(link.removeprefix("http://testserver")).status_code == 404


# -- settings


def test_settings_are_saved_by_owners(owner: Client, place: SimpleNamespace) -> None:
    owner.post(SETTINGS, {"name": "Ours & Co", "time_zone": "Europe/Oslo"})

    with every_team("test"):
        team = Team.objects.get(pk=place.team.pk)
    assert (team.name, team.slug, team.zone) == ("Ours & Co", "ours", "Europe/Oslo")


@pytest.mark.parametrize("given", [{"name": " "}, {"name": "x", "time_zone": "Mars/Olympus"}])
def test_settings_say_what_is_wrong(given: dict[str, str], owner: Client) -> None:
    page = owner.post(SETTINGS, given)

    assert page.status_code == 422
    assert "errorlist" in page.text


def test_team_is_deleted_by_its_name(owner: Client, place: SimpleNamespace) -> None:
    wrong = owner.post(f"{SETTINGS}delete/", {"typed": "Theirs"})
    assert wrong.status_code == 422
    assert "This is not the name" in wrong.text

    page = owner.post(f"{SETTINGS}delete/", {"typed": " Ours "}, follow=True)

    assert "Ours is deleted." in page.text
    with every_team("test"):
        assert [each.name for each in Team.objects.all()] == ["Theirs"]
        assert not Invitation.objects.exists()


# -- who may


@pytest.mark.parametrize(
    "url",
    [
        SETTINGS,
        f"{SETTINGS}delete/",
        f"{MEMBERS}invite/",
        f"{MEMBERS}%d/role/",
        f"{MEMBERS}%d/remove/",
        "/t/ours/invitations/%d/again/",
        "/t/ours/invitations/%d/revoke/",
    ],
)
@pytest.mark.parametrize("role", [Role.VIEWER, Role.MEMBER, Role.MANAGER])
def test_what_owners_do_is_closed_to_others(
    url: str, role: Role, place: SimpleNamespace, client: Client
) -> None:
    client.force_login(make.member(place.team, "other", role))
    if "%d" in url:
        url %= membership("owner").pk

    data = {"role": "owner", "typed": "Ours", "name": "x", "email": "a@example.com"}

    assert client.post(url, data).status_code == 403
    assert roles(place) == {"owner": "owner", "reader": "viewer", "other": role}


@pytest.mark.parametrize("role", [Role.VIEWER, Role.MEMBER, Role.MANAGER, Role.OWNER])
def test_pages_of_settings_open_for_every_role(
    role: Role, place: SimpleNamespace, client: Client
) -> None:
    client.force_login(make.member(place.team, "other", role))

    for url in (SETTINGS, MEMBERS, "/t/ours/leave/"):
        assert client.get(url).status_code == 200


def test_menu_offers_the_other_teams(owner: Client, place: SimpleNamespace) -> None:
    second = make.team("A second one")
    with every_team("test"):
        Membership.objects.create(team=second, user=place.owner, role=Role.VIEWER)

    page = owner.get("/t/ours/").text

    assert 'href="/t/a-second-one/"' in page
    assert 'href="/t/theirs/"' not in page

from __future__ import annotations

from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone

from teams import invitations
from teams.enums import Role
from teams.models import Invitation, Membership, User
from teams.scoping import every_team, scope
from teams.services import TeamError, create_team, delete_team, remove_member, set_role
from tests import factories as make
from tests.post import IN_MEMORY, Ear, mailed_path, mails

pytestmark = pytest.mark.django_db


@pytest.fixture
def place() -> SimpleNamespace:
    team = make.team("Ours")
    return SimpleNamespace(team=team, owner=make.member(team, "owner", Role.OWNER))


@pytest.fixture
def invite(place: SimpleNamespace) -> Any:
    def make_one(email: str = "new@example.com", role: Role = Role.MEMBER) -> invitations.Invited:
        with scope(place.team):
            return invitations.invite(team=place.team, email=email, role=role, by=place.owner)

    return make_one


def members(team: Any) -> list[tuple[str, str]]:
    with every_team("test"):
        found = Membership.objects.filter(team=team).order_by("pk")
        return [(each.user.username, each.role) for each in found]


def stored() -> list[Invitation]:
    with every_team("test"):
        return list(Invitation.objects.order_by("pk"))


def test_invite_keeps_no_token_only_its_digest(invite):
    invited = invite()

    (row,) = stored()
    assert len(invited.token) == 43
    assert row.digest == invitations.digest_of(invited.token)
    with connection.cursor() as cursor, every_team("test"):
        cursor.execute("select * from teams_invitation")
        assert invited.token not in str(cursor.fetchall())


def test_invite_lasts_for_seven_days(invite):
    invitation = invite().invitation

    assert timedelta(days=6, hours=23) < invitation.expires_at - timezone.now() < timedelta(days=7)
    assert invitations.is_open(invitation)


def test_invite_mails_the_link_with_proof_of_the_mailbox(
    invite, django_capture_on_commit_callbacks
):
    with django_capture_on_commit_callbacks(execute=True):
        invited = invite()

    assert mails() == [("new@example.com", "Join Ours on LT-Analyzer")]
    path, _mark, proof = mailed_path().partition("?mailed=")
    assert path == invited.path
    assert invitations.was_mailed(invited.invitation, invited.token, proof)
    assert not invitations.was_mailed(invited.invitation, invited.token, "")


def test_invite_again_ends_the_link_before(invite, place):
    first = invite()
    with scope(place.team):
        second = invitations.invite_again(invitation=first.invitation, by=place.owner)

    found = [invitations.find(each.token) for each in (first, second)]
    assert [invitations.is_open(each) for each in found] == [False, True]
    with scope(place.team):
        assert list(invitations.open_invitations(place.team)) == [second.invitation]


def test_invite_of_a_member_is_refused(invite, place):
    with pytest.raises(TeamError, match="in the team already"):
        invite("OWNER@example.com")


def test_invitations_of_a_day_have_an_end(invite, monkeypatch):
    monkeypatch.setattr(invitations, "MOST_A_DAY", 2)
    for number in range(2):
        invite(f"n{number}@example.com")

    with pytest.raises(TeamError, match="tomorrow"):
        invite("n3@example.com")


def test_invitations_of_a_person_have_an_end_whatever_becomes_of_the_team(place, monkeypatch):
    monkeypatch.setattr(invitations, "MOST_A_DAY", 2)

    def invite_from_a_new_team(number: int) -> None:
        team = create_team(name=f"Team {number}", owner=place.owner)
        with scope(team):
            email = f"n{number}@example.com"
            invitations.invite(team=team, email=email, role=Role.MEMBER, by=place.owner)
            delete_team(team=team, typed=team.name)

    for number in range(2):
        invite_from_a_new_team(number)

    with pytest.raises(TeamError, match="tomorrow"):
        invite_from_a_new_team(3)


def test_find_with_another_token_finds_nothing(invite):
    invite()

    assert invitations.find("x" * 43) is None


def test_accept_makes_a_member_once(invite, place, settings, django_capture_on_commit_callbacks):
    settings.CHANNEL_LAYERS = IN_MEMORY
    ear, invitation = Ear(), invite(role=Role.MANAGER).invitation
    first, second = make.user("first"), make.user("second")

    with django_capture_on_commit_callbacks(execute=True):
        invitations.accept(invitation=invitation, user=first)
    with pytest.raises(invitations.InvitationGoneError):
        invitations.accept(invitation=invitation, user=second)

    assert members(place.team) == [("owner", "owner"), ("first", "manager")]
    assert ear.users() == [[first.pk]]
    (row,) = stored()
    assert row.accepted_by == first


def test_accept_by_a_member_changes_nothing(invite, place):
    invitation = invite(role=Role.VIEWER).invitation

    with pytest.raises(TeamError, match="in this team already"):
        invitations.accept(invitation=invitation, user=place.owner)

    assert members(place.team) == [("owner", "owner")]
    assert invitations.is_open(stored()[0])


@pytest.mark.parametrize("field", ["expires_at", "revoked_at", "accepted_at"])
def test_accept_of_what_has_ended_is_refused(field, invite, place):
    invited = invite()
    with scope(place.team):
        Invitation.objects.update(**{field: timezone.now() - timedelta(seconds=1)})

    with pytest.raises(invitations.InvitationGoneError):
        invitations.accept(invitation=invited.invitation, user=make.user())
    assert members(place.team) == [("owner", "owner")]


def test_revoke_leaves_what_was_accepted(invite, place):
    invited = invite()
    invitations.accept(invitation=invited.invitation, user=make.user())

    with scope(place.team):
        invitations.revoke(invitation=invited.invitation)

    assert stored()[0].revoked_at is None


@pytest.mark.parametrize(
    ("email", "proven", "verified"),
    [
        ("new@example.com", True, True),
        ("NEW@example.com", True, True),
        ("new@example.com", False, False),
        ("else@example.com", True, False),
    ],
)
def test_sign_up_verifies_the_invited_address_where_the_mail_was_read(
    email, proven, verified, invite, django_capture_on_commit_callbacks
):
    with django_capture_on_commit_callbacks(execute=True):
        invitation = invite().invitation
        user = invitations.sign_up(
            invitation=invitation, username="new", email=email, password="pw", proven=proven
        )

    assert (User.objects.get(username="new").email_verified_at is not None) == verified
    asked = [("" if verified else user.email, "Is this your address?")]
    assert [each for each in mails() if "address" in each[1]] == ([] if verified else asked)


def test_sign_up_with_a_name_just_taken_leaves_the_invitation(invite, place):
    invitation = invite().invitation
    make.user("taken")

    with pytest.raises(TeamError):
        invitations.sign_up(
            invitation=invitation, username="taken", email="new@example.com", password="pw"
        )

    assert invitations.is_open(stored()[0])
    assert members(place.team) == [("owner", "owner")]


@pytest.mark.parametrize("how", ["removed", "demoted"])
def test_invitations_of_an_owner_end_with_the_ownership(how, invite, place):
    """Or an invitation to oneself would be a way back in."""
    second = make.member(place.team, "second", Role.OWNER)
    invited = invite(role=Role.OWNER)
    with scope(place.team):
        owners = Membership.objects.get(user=place.owner)
        if how == "removed":
            remove_member(membership=owners)
        else:
            set_role(membership=owners, role=Role.MEMBER)
        invitations.invite(team=place.team, email="b@example.com", role=Role.MEMBER, by=second)

    assert not invitations.is_open(invitations.find(invited.token))
    assert [invitations.is_open(each) for each in stored()] == [False, True]

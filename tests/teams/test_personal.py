from __future__ import annotations

import json
from typing import Any

import pytest
from django.utils import timezone

from teams import audit, personal
from teams.enums import Role
from teams.forgetting import Gone, without
from teams.models import AuditEntry, Invitation, Membership, Session, User
from teams.scoping import every_team, scope
from teams.services import TeamError
from tests import factories as make
from tests.post import IN_MEMORY, Ear

pytestmark = pytest.mark.django_db


def entries() -> list[AuditEntry]:
    with every_team("test"):
        return list(AuditEntry.objects.order_by("pk"))


def acts(user: User) -> Any:
    return audit.acting(audit.Actor(user.pk, user.username, address="192.0.2.7"))


def test_delete_account_takes_all_that_says_who_it_was(
    settings, django_capture_on_commit_callbacks
):
    settings.CHANNEL_LAYERS = IN_MEMORY
    ear, team = Ear(), make.team("Ours")
    owner, ada = make.member(team, "owner", Role.OWNER), make.user("ada")
    with scope(team), acts(owner):
        Invitation.objects.create(
            team=team, email="ADA@example.com", digest="d", expires_at=timezone.now()
        )
        Membership.objects.create(team=team, user=ada)
    with acts(ada):
        audit.record("signed in", subject=ada)
        Session.objects.create(session_key="k", user=ada, expire_date=timezone.now())
        with django_capture_on_commit_callbacks(execute=True):
            personal.delete_account(user=ada)

    assert not User.objects.filter(username="ada").exists()
    assert not Session.objects.exists()
    with every_team("test"):
        assert [each.user for each in Membership.objects.all()] == [owner]
        assert not Invitation.objects.exists()
    said = [str(vars(each)) for each in entries()]
    assert said
    assert "owner" in str(said)
    for text in ("ada", "ADA@", "'address': '192.0.2.7', 'action': 'signed in'"):
        assert text not in str(said)
    assert ear.users()[-1] != []


def test_delete_account_keeps_what_was_done_and_by_others():
    team = make.team("Ours")
    owner, ada = make.member(team, "owner", Role.OWNER), make.member(team, "ada")
    with acts(ada):
        audit.record("tested", team=team)
    with acts(owner):
        audit.record("tested", team=team)

    personal.delete_account(user=ada)

    kept = [(each.action, each.actor_name, each.address) for each in entries()]
    assert kept[:2] == [("tested", "", None), ("tested", "owner", "192.0.2.7")]


def test_delete_account_of_a_sole_owner_is_refused():
    alone, shared = make.team("Alone"), make.team("Shared")
    ada = make.member(alone, "ada", Role.OWNER)
    make.member(shared, "bob", Role.OWNER)
    make.member(alone, "eve", Role.MEMBER)
    with every_team("test"):
        Membership.objects.create(team=shared, user=ada, role=Role.OWNER)

    assert personal.teams_only_owned_by(ada) == [alone]
    with pytest.raises(TeamError):
        personal.delete_account(user=ada)
    assert User.objects.filter(pk=ada.pk).exists()


def test_personal_data_is_ones_own_and_holds_no_secret():
    team = make.team("Ours")
    ada, bob = make.member(team, "ada", Role.OWNER), make.member(team, "bob")
    Session.objects.create(session_key="k3y", user=ada, expire_date=timezone.now())
    with acts(ada):
        audit.record("tested", team=team)
    with scope(team):
        Invitation.objects.create(
            team=team,
            email="friend@example.com",
            digest="d1gest",
            expires_at=timezone.now(),
            invited_by=ada,
        )

    found = personal.personal_data(ada)

    assert found["account"]["email"] == "ada@example.com"
    assert [(each["team"], each["role"]) for each in found["memberships"]] == [("Ours", "owner")]
    assert [each["action"] for each in found["actions"]] == ["tested"]
    text = json.dumps(found, default=str)
    for secret in ("bob", "k3y", "d1gest", "friend@", ada.password):
        assert secret not in text
    assert bob.pk


def test_without_replaces_what_names_the_person_and_nothing_else():
    gone = Gone(5, "ada", "Ada@example.com")
    value = {
        "user": {"id": "5", "name": "ada"},
        "team": {"id": "5", "name": "Ada Racing"},
        "email": "ada@EXAMPLE.com",
        "list": ["ada", {"by": {"id": "5", "name": "ada"}}],
    }

    assert without(value, gone) == {
        "user": {"id": "5", "name": ""},
        "team": {"id": "5", "name": "Ada Racing"},
        "email": "",
        "list": ["ada", {"by": {"id": "5", "name": ""}}],
    }

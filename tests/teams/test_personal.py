from __future__ import annotations

import json
from typing import Any

import pytest
from axes.models import AccessAttempt
from django.contrib.admin.models import LogEntry
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from teams import audit, invitations, personal
from teams.enums import Role
from teams.forgetting import Gone, without
from teams.models import AuditEntry, Delivery, Invitation, Membership, Session, User
from teams.scoping import every_team, scope
from teams.services import TeamError
from tests import factories as make
from tests.factories.alerts import alert as make_alert
from tests.post import IN_MEMORY, Ear

pytestmark = pytest.mark.django_db


def entries() -> list[AuditEntry]:
    with every_team("test"):
        return list(AuditEntry.objects.order_by("pk"))


def told(row: Any) -> str:
    return str({name: value for name, value in vars(row).items() if name != "_state"})


def acts(user: User) -> Any:
    return audit.acting(audit.Actor(user.pk, user.username, address="192.0.2.7"))


def test_delete_account_takes_all_that_says_who_it_was(
    settings, django_capture_on_commit_callbacks
):
    settings.CHANNEL_LAYERS = IN_MEMORY
    ear, team = Ear(), make.team("Ours")
    owner, zora = make.member(team, "owner", Role.OWNER), make.user("zora")
    with scope(team), acts(owner):
        Invitation.objects.create(
            team=team, email="ZORA@example.com", digest="d", expires_at=timezone.now()
        )
        Membership.objects.create(team=team, user=zora)
    with acts(zora):
        audit.record("signed in", subject=zora)
        Session.objects.create(session_key="k", user=zora, expire_date=timezone.now())
        with django_capture_on_commit_callbacks(execute=True):
            personal.delete_account(user=zora)

    assert not User.objects.filter(username="zora").exists()
    assert not Session.objects.exists()
    with every_team("test"):
        assert [each.user for each in Membership.objects.all()] == [owner]
        assert not Invitation.objects.exists()
    said = [told(each) for each in entries()]
    assert said
    assert "owner" in str(said)
    for text in ("zora", "ZORA@", "'address': '192.0.2.7', 'action': 'signed in'"):
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
    gone = Gone(5, frozenset({"ada", "al"}), frozenset({"ada@example.com"}))
    value = {
        "user": {"id": "5", "name": "ada"},
        "earlier": {"id": "5", "name": "al"},
        "team": {"id": "5", "name": "Ada Racing"},
        "email": "ada@EXAMPLE.com",
        "list": ["ada", {"by": {"id": "5", "name": "ada"}}],
    }

    assert without(value, gone) == {
        "user": {"id": "5", "name": ""},
        "earlier": {"id": "5", "name": ""},
        "team": {"id": "5", "name": "Ada Racing"},
        "email": "",
        "list": ["ada", {"by": {"id": "5", "name": ""}}],
    }


def test_delete_account_leaves_no_way_back_in():
    team = make.team("Ours")
    make.member(team, "bob", Role.OWNER)
    ada = make.member(team, "ada", Role.OWNER)
    with scope(team):
        invited = invitations.invite(
            team=team, email="new@example.com", role=Role.OWNER, by=ada
        ).invitation

    personal.delete_account(user=ada)

    with every_team("test"):
        invited.refresh_from_db()
    assert not invitations.is_open(invited)


def test_delete_account_forgets_the_names_and_addresses_of_before(client):
    """Also what the admin's own log says of them."""
    team = make.team("Ours")
    owner = make.member(team, "owner", Role.OWNER, is_staff=True, is_superuser=True)
    zora = make.member(team, "zora")
    client.force_login(owner)
    with scope(team), acts(owner):
        member = Membership.objects.get(user=zora)
        member.role = Role.MANAGER
        member.save()
    with acts(zora):
        zora.username, zora.email = "Ünal", "uenal@example.com"
        zora.save()
    tried = {"username": "zora", "password": "no"}
    assert Client().post("/accounts/login/", tried, REMOTE_ADDR="192.0.2.9").status_code == 200
    with every_team("test"):
        Delivery.objects.create(
            team=team, key="k", channel="email", email="zora@example.com", next_at=timezone.now()
        )
        membership = reverse("admin:teams_membership_change", args=[member.pk])
    client.post(
        membership, {"team": str(team.pk), "user": str(zora.pk), "role": "viewer"}, follow=True
    )
    deleting = reverse("admin:teams_user_delete", args=[zora.pk])
    client.post(deleting, {"post": "yes"})

    assert not User.objects.filter(pk=zora.pk).exists()
    with every_team("test"):
        assert not Delivery.objects.exists()
    said = [told(each) for each in entries()]
    said += [told(each) for each in (*LogEntry.objects.all(), *AccessAttempt.objects.all())]
    assert len(said) > 5
    for text in ("zora", "uenal", "nal"):
        assert [line for line in said if text in line] == []


def test_every_trace_of_a_person_is_theirs_to_have():
    """A model that points at people is in the export, or here with the reason why it is not."""
    elsewhere = {
        "admin.LogEntry.user",  # of operators, about others
        "auth.User_groups.user",
        "teams.User_groups.user",
        "teams.User_user_permissions.user",
    }
    fields = [
        f"{each.related_model._meta.label}.{each.field.name}"
        for each in User._meta.get_fields(include_hidden=True)
        if each.auto_created and not each.concrete and each.one_to_many
    ]

    assert sorted(set(fields) - elsewhere) == sorted(personal.EXPORTED)


def test_personal_data_tells_what_was_seen_and_what_was_sent():
    team = make.team("Ours")
    owner, ada = make.member(team, "owner", Role.OWNER), make.member(team, "ada")
    seen = make_alert(team, make.followed_feed(team), seen_by=ada, seen_at=timezone.now())
    with scope(team), acts(owner):
        mail = {"team": team, "channel": "email", "subject": "In the pits"}
        for number, to in enumerate(["Ada@example.com", "owner@example.com"]):
            Delivery.objects.create(key=str(number), email=to, next_at=timezone.now(), **mail)
        invitation = invitations.invite(team=team, email="b@x.example", role=Role.VIEWER, by=owner)
        Invitation.objects.filter(pk=invitation.invitation.pk).update(email="ada@example.com")

    found = personal.personal_data(ada)

    assert [each["title"] for each in found["alerts_seen"]] == [seen.title]
    assert [each["subject"] for each in found["mails"]] == ["In the pits"]
    assert [each["role"] for each in found["invitations_received"]] == ["viewer"]
    assert "owner" not in json.dumps(found, default=str)

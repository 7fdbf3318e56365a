from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth.models import Group, Permission
from django.test import Client
from django.urls import reverse

from teams.enums import Role
from teams.models import (
    ApiToken,
    AuditEntry,
    Invitation,
    Membership,
    PushSubscription,
    Session,
    Team,
    User,
    Webhook,
)
from teams.scoping import every_team
from tests import factories as make
from tests.factories.system import system
from tests.post import IN_MEMORY, Ear

pytestmark = pytest.mark.django_db

SECRET = "Okapi"
KEPT_SECRET = [Invitation, ApiToken, Webhook, PushSubscription]


@pytest.fixture
def operator() -> Client:
    return signed_in(make.user("root", is_staff=True, is_superuser=True))


def signed_in(person: User) -> Client:
    client = Client()
    client.force_login(person)
    return client


def limited(team: Team) -> Client:
    person = make.member(team, is_staff=True)
    person.user_permissions.set(Permission.objects.all())
    return signed_in(person)


def page(model: Any, kind: str = "changelist", *args: Any) -> str:
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_{kind}", args=args)


def rows(team: Team) -> dict[Any, Any]:
    """One of each, whose secrets are all the same word."""
    person = make.user()
    later = make.after(1)
    with system():
        return {
            Invitation: Invitation.objects.create(
                team=team, email="a@x.example", digest=f"{SECRET}{team}", expires_at=later
            ),
            ApiToken: ApiToken.objects.create(
                team=team, name="Wall", prefix="lt_a", digest=f"{SECRET}{team}"
            ),
            Webhook: Webhook.objects.create(team=team, name="Pit", url=SECRET, secret=SECRET),
            PushSubscription: PushSubscription.objects.create(
                team=team, user=person, digest=SECRET, endpoint=SECRET, p256dh=SECRET, auth=SECRET
            ),
        }


@pytest.mark.parametrize("model", KEPT_SECRET, ids=lambda model: model.__name__)
def test_no_page_shows_a_secret(operator, model):
    made = rows(make.team())[model]
    stored = made.__dict__
    for url in (page(model), page(model, "change", made.pk), page(model, "delete", made.pk)):
        answer = operator.get(url)
        assert answer.status_code == 200
        assert SECRET not in answer.text
        assert all(str(stored[f]) not in answer.text for f in ("digest", "secret") if f in stored)
    assert operator.get(page(model, "add")).status_code == 403


@pytest.mark.parametrize("model", KEPT_SECRET, ids=lambda model: model.__name__)
def test_limited_staff_see_those_of_their_teams(model):
    ours, theirs = make.team("Ours"), make.team("Theirs")
    own, foreign = rows(ours)[model], rows(theirs)[model]

    client = limited(ours)

    assert list(client.get(page(model)).context["cl"].result_list) == [own]
    assert client.get(page(model, "change", foreign.pk)).status_code == 302


def test_a_page_of_rows_whose_key_is_lost_is_still_there(operator, settings):
    hook = rows(make.team())[Webhook]
    settings.SECRETS_KEYS = ["b3RoZXItb3RoZXItb3RoZXItb3RoZXItb3RoZXItMTE="]

    assert operator.get(page(Webhook)).status_code == 200
    operator.post(page(Webhook, "change", hook.pk), {"is_enabled": ""})

    with system():
        assert not Webhook.objects.get().is_enabled


def test_no_page_names_the_key_of_a_session(operator):
    key = Session.objects.get().session_key

    answer = operator.get(page(Session))

    assert answer.status_code == 200
    assert key not in answer.text
    assert operator.get(page(User, "delete", Session.objects.get().user_id)).status_code == 200
    assert limited(make.team()).get(page(Session)).status_code == 403


def test_the_log_of_a_team_is_for_its_staff_and_that_of_no_team_for_operators(operator):
    ours, theirs = make.team("Ours"), make.team("Theirs")
    with system():
        for team in (ours, theirs, None):
            AuditEntry.objects.create(team=team, at=make.after(0), action="x", model="m")

    def seen(client: Client) -> list[Any]:
        found = client.get(page(AuditEntry)).context["cl"].result_list
        return [entry.team for entry in found if entry.action == "x"]

    assert seen(operator) == [None, theirs, ours]
    assert seen(limited(ours)) == [ours]
    with system():
        entry = AuditEntry.objects.filter(action="x").first()
    assert operator.post(page(AuditEntry, "change", entry.pk), {}).status_code == 403
    assert operator.post(page(AuditEntry, "delete", entry.pk), {"post": "yes"}).status_code == 403


# -- a team keeps an owner


@pytest.fixture
def member(operator) -> Membership:
    """The only owner of a team that also has a reader."""
    team = make.team("Ours")
    owner = make.member(team, "olga", Role.OWNER)
    make.member(team, "rita", Role.VIEWER)
    with system():
        return Membership.objects.select_related("team").get(user=owner)


def roles() -> dict[str, str]:
    with every_team("test"):
        return dict(Membership.objects.order_by("user").values_list("user__username", "role"))


BOTH = {"olga": "owner", "rita": "viewer"}


def test_the_last_owner_stays_one(operator, member):
    given = {"team": member.team_id, "user": member.user_id, "role": "viewer"}

    answer = operator.post(page(Membership, "change", member.pk), given)

    assert "Ours keeps at least one owner." in answer.text
    assert roles() == BOTH


def test_the_last_owner_is_not_moved_to_another_team(operator, member):
    given = {"team": make.team().pk, "user": member.user_id, "role": "owner"}

    assert operator.post(page(Membership, "change", member.pk), given).status_code == 200
    assert roles() == BOTH


def test_the_last_owner_is_not_deleted_nor_their_account(operator, member):
    for model, pk in ((Membership, member.pk), (User, member.user_id)):
        answer = operator.post(page(model, "delete", pk), {"post": "yes"})
        assert "Ours keeps at least one owner." in answer.text
        operator.post(
            page(model),
            {"action": "delete_selected", "_selected_action": [pk], "post": "yes"},
        )
    assert roles() == BOTH


def inline(member: Membership, **changed: Any) -> dict[str, Any]:
    with system():
        found = list(Membership.objects.filter(team=member.team_id).order_by("pk"))
    data: dict[str, Any] = {
        "name": "Ours",
        "slug": "ours",
        "memberships-TOTAL_FORMS": len(found),
        "memberships-INITIAL_FORMS": len(found),
    }
    for number, row in enumerate(found):
        for name in ("id", "team_id", "user_id", "role"):
            data[f"memberships-{number}-{name.removesuffix('_id')}"] = getattr(row, name)
    return data | {f"memberships-{name}": value for name, value in changed.items()}


def test_an_owner_may_follow_another_on_the_page_of_the_team(operator, member):
    url = page(Team, "change", member.team_id)

    refused = operator.post(url, inline(member, **{"0-role": "member"}))
    operator.post(url, inline(member, **{"0-DELETE": "on"}))
    assert "Ours keeps at least one owner." in refused.text
    assert roles() == BOTH

    operator.post(url, inline(member, **{"0-role": "member", "1-role": "owner"}))
    assert roles() == {"olga": "member", "rita": "owner"}


def test_one_of_two_owners_may_go(operator, member):
    second = make.member(member.team, "zoe", Role.OWNER)

    operator.post(page(Membership, "delete", member.pk), {"post": "yes"})

    assert roles() == {"rita": "viewer", second.username: "owner"}


def test_what_operators_do_is_in_the_log_of_the_team(operator, member):
    given = {"team": member.team_id, "user": member.user_id, "role": "owner"}
    operator.post(page(Membership, "change", member.pk), given | {"alerts_by_email": ""})

    with system():
        entry = AuditEntry.objects.get(model="teams.membership")
    assert (entry.team_id, entry.actor_name, entry.after) == (
        member.team_id,
        "root",
        {"alerts_by_email": False},
    )


def test_rights_given_in_the_admin_are_in_the_audit_log(db):
    boss = make.user("boss", is_staff=True, is_superuser=True)
    group, client = Group.objects.create(name="Marshals"), Client()
    client.force_login(boss)
    form = {"name": "Marshals", "permissions": [Permission.objects.get(codename="view_race").pk]}

    client.post(reverse("admin:auth_group_change", args=[group.pk]), form)

    with system():
        (entry,) = AuditEntry.objects.filter(model="auth.group")
    assert (entry.actor_name, entry.before, entry.after) == (
        "boss",
        {"permissions": []},
        {"permissions": ["Races | race | Can view race"]},
    )


def test_a_password_changed_in_the_admin_is_news_to_open_sockets(operator, settings):
    settings.CHANNEL_LAYERS = IN_MEMORY
    ear, ada = Ear(), make.user("ada")
    form = {"usable_password": "true", "password1": "rain on slicks", "password2": "rain on slicks"}

    answer = operator.post(reverse("admin:auth_user_password_change", args=[ada.pk]), form)

    assert (answer.status_code, ear.users()) == (302, [[ada.pk]])

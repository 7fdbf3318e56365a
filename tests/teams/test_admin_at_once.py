"""What operators do in the admin is in force at once, as what is done on the pages of a team."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib import admin
from django.contrib.auth.models import Group, Permission
from django.test import Client
from django.urls import reverse

from lt_analyzer.isolation.world import our_models
from races.models import Feed, Follow
from teams import invitations
from teams.enums import Role
from teams.models import ApiToken, Invitation, Membership, Team, User
from teams.scoping import every_team, scope
from teams.tokens import create_token
from tests import factories as make
from tests.post import IN_MEMORY, Ear

pytestmark = pytest.mark.django_db


@pytest.fixture
def operator(settings) -> Client:
    settings.CHANNEL_LAYERS = IN_MEMORY
    return signed_in(make.user("root", is_staff=True, is_superuser=True))


def signed_in(person: User) -> Client:
    client = Client()
    client.force_login(person)
    return client


def page(model: Any, kind: str = "changelist", *args: Any) -> str:
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_{kind}", args=args)


@pytest.fixture
def team() -> Team:
    """With two owners, the second of whom has invited somebody."""
    team = make.team("Ours")
    make.member(team, "olga", Role.OWNER)
    zora = make.member(team, "zora", Role.OWNER)
    with scope(team):
        invitations.invite(team=team, email="new@example.com", role=Role.OWNER, by=zora)
    return team


@pytest.fixture
def zora(team: Team) -> Membership:
    with every_team("test"):
        return Membership.objects.select_related("user", "team").get(user__username="zora")


def any_open() -> bool:
    with every_team("test"):
        return any(invitations.is_open(each) for each in Invitation.objects.all())


def inline(model: Any, rows: list[Any], prefix: str, **changed: Any) -> dict[str, Any]:
    data: dict[str, Any] = {
        f"{prefix}-TOTAL_FORMS": len(rows),
        f"{prefix}-INITIAL_FORMS": len(rows),
    }
    for number, row in enumerate(rows):
        for field in model._meta.concrete_fields:
            if field.name != "created_at":
                data[f"{prefix}-{number}-{field.name}"] = getattr(row, field.attname)
    return data | {f"{prefix}-{name}": value for name, value in changed.items()}


@pytest.mark.parametrize("changed", [{"1-DELETE": "on"}, {"1-role": "viewer"}])
def test_who_goes_from_the_page_of_a_team_is_gone(
    changed, operator, team, zora, django_capture_on_commit_callbacks
):
    with every_team("test"):
        rows = list(Membership.objects.order_by("pk"))
    data = {"name": "Ours", "slug": "ours"} | inline(Membership, rows, "memberships", **changed)
    ear = Ear()

    with django_capture_on_commit_callbacks(execute=True):
        answer = operator.post(page(Team, "change", team.pk), data)

    assert answer.status_code == 302
    assert zora.user_id in {each for heard in ear.users() for each in heard}
    assert not any_open()


def test_whose_membership_goes_to_another_person_is_gone(
    operator, team, zora, django_capture_on_commit_callbacks
):
    other, ear = make.user("other"), Ear()
    given = {"team": str(team.pk), "user": other.pk, "role": "owner"}

    with django_capture_on_commit_callbacks(execute=True):
        operator.post(page(Membership, "change", zora.pk), given)

    assert ear.users() == [sorted([zora.user_id, other.pk])]
    assert not any_open()


@pytest.mark.parametrize("at_once", [False, True])
def test_whose_membership_is_deleted_is_gone(
    at_once, operator, zora, django_capture_on_commit_callbacks
):
    ear = Ear()
    chosen = {"action": "delete_selected", "_selected_action": [zora.pk], "post": "yes"}

    with django_capture_on_commit_callbacks(execute=True):
        if at_once:
            operator.post(page(Membership), chosen)
        else:
            operator.post(page(Membership, "delete", zora.pk), {"post": "yes"})

    assert ear.users() == [[zora.user_id]]
    assert not any_open()


def test_who_is_switched_off_keeps_no_invitation_open(operator, zora):
    person = zora.user
    given = {"username": "zora", "email": person.email, "date_joined_0": "2026-01-01"}

    answer = operator.post(page(User, "change", person.pk), given | {"date_joined_1": "10:00"})

    assert answer.status_code == 302
    assert not any_open()


@pytest.mark.parametrize("at_once", [False, True])
def test_a_team_that_is_deleted_is_left_by_all(
    at_once, operator, team, zora, django_capture_on_commit_callbacks
):
    with every_team("test"):
        users = sorted(Membership.objects.values_list("user", flat=True))
    chosen = {"action": "delete_selected", "_selected_action": [team.pk], "post": "yes"}
    ear = Ear()

    with django_capture_on_commit_callbacks(execute=True):
        if at_once:
            operator.post(page(Team), chosen)
        else:
            operator.post(page(Team, "delete", team.pk), {"post": "yes"})

    assert ear.users() == [users]


def test_a_key_that_is_deleted_opens_nothing_any_more(
    operator, team, zora, django_capture_on_commit_callbacks
):
    with scope(team):
        keys = [
            create_token(team=team, name="Wall", access="read", created_by=zora.user)[0].pk
            for _each in range(2)
        ]
    ear = Ear()

    with django_capture_on_commit_callbacks(execute=True):
        operator.post(page(ApiToken, "delete", keys[0]), {"post": "yes"})
        chosen = {"action": "delete_selected", "_selected_action": [keys[1]], "post": "yes"}
        operator.post(page(ApiToken), chosen)

    assert ear.tokens() == [[keys[0]], [keys[1]]]


def test_what_a_team_follows_no_more_it_sees_no_more(
    operator, team, zora, django_capture_on_commit_callbacks
):
    feeds = [make.followed_feed(team) for _each in range(4)]
    with every_team("test"):
        users = sorted(Membership.objects.values_list("user", flat=True))
        first, second, third = (Follow.objects.get(feed=feed) for feed in feeds[:3])
    chosen = {"action": "delete_selected", "_selected_action": [second.pk], "post": "yes"}
    kept = {name: getattr(feeds[2], name) for name in ("name", "protocol", "address")}
    ear = Ear()

    with django_capture_on_commit_callbacks(execute=True):
        operator.post(page(Follow, "delete", first.pk), {"post": "yes"})
        operator.post(page(Follow), chosen)
        gone = inline(Follow, [third], "follows", **{"0-DELETE": "on"})
        operator.post(page(Feed, "change", feeds[2].pk), kept | {"enabled": "on"} | gone)
        operator.post(page(Feed, "delete", feeds[3].pk), {"post": "yes"})

    assert ear.users() == [users] * 4
    with every_team("test"):
        assert not Follow.objects.exists()


# -- what limited staff do not see


@pytest.fixture
def limited(team: Team) -> Client:
    person = make.member(team, is_staff=True)
    person.user_permissions.set(Permission.objects.all())
    return signed_in(person)


def test_the_history_of_what_is_shared_is_for_operators(operator, limited, team):
    """It names the teams that operators had follow a feed."""
    theirs = make.team("Theirs")
    shared, own = make.followed_feed(team, theirs), make.followed_feed(team, owner=team)

    for feed, seen in ((shared, 403), (own, 200)):
        url = page(Feed, "history", feed.pk)
        assert (operator.get(url).status_code, limited.get(url).status_code) == (200, seen)
    assert limited.get(page(Feed, "history", make.feed().pk)).status_code == 302


def test_the_history_of_a_person_of_two_teams_is_for_operators(operator, limited, team, zora):
    url = page(User, "history", zora.user_id)
    assert limited.get(url).status_code == 200

    with every_team("test"):
        Membership.objects.create(team=make.team("Theirs"), user=zora.user)
    assert (operator.get(url).status_code, limited.get(url).status_code) == (200, 403)


def test_followers_are_counted_as_far_as_one_sees(operator, limited, team):
    make.followed_feed(team, make.team("Theirs"))

    def counted(client: Client) -> list[int]:
        return [feed._follows for feed in client.get(page(Feed)).context["cl"].result_list]

    assert (counted(operator), counted(limited)) == ([2], [1])


def test_the_admin_shows_no_models_but_ours():
    """Others' admins know nothing of teams: they would list people of all of them."""
    assert set(admin.site._registry) - {Group} <= set(our_models())


def test_no_way_leads_from_an_id_to_a_row(operator, limited, zora):
    for number in range(1, 60):
        assert limited.get(f"/admin/r/{number}/{zora.pk}/").status_code == 404


# -- what is given is what the pages would take


def test_an_address_that_an_operator_gives_is_yet_to_be_verified(operator, zora):
    person = zora.user
    User.objects.filter(pk=person.pk).update(email_verified_at=make.after(0))
    given = {"username": "zora", "is_active": "on", "date_joined_0": "2026-01-01"}
    given |= {"date_joined_1": "10:00", "email": person.email}

    operator.post(page(User, "change", person.pk), given)
    assert User.objects.get(pk=person.pk).email_verified_at == make.after(0)

    operator.post(page(User, "change", person.pk), given | {"email": "other@example.com"})
    person.refresh_from_db()
    assert (person.email, person.email_verified_at) == ("other@example.com", None)


def test_the_name_of_a_team_is_one_line(operator, team):
    data = {"name": "Ours\nBcc: all@example.com", "slug": "ours"}

    operator.post(page(Team, "change", team.pk), data | inline(Membership, [], "memberships"))

    with every_team("test"):
        assert Team.objects.get(pk=team.pk).name == "Ours Bcc: all@example.com"

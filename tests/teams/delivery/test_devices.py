"""How the pushes of a browser end with the session that asked for them."""

from __future__ import annotations

import json
from types import SimpleNamespace
from typing import Any

import pytest
from django.contrib.auth.tokens import default_token_generator
from django.test import Client
from django.urls import reverse
from django.utils.encoding import force_bytes
from django.utils.http import urlsafe_base64_encode

from teams.delivery.devices import end_pushes
from teams.enums import Role
from teams.housekeeping import forget_what_is_over
from teams.invitations import invite
from teams.marks import COOKIE
from teams.models import AuditEntry, Membership, PushSubscription, Session, Team, User
from teams.queries import browsers_of
from teams.scoping import scope
from teams.services import remove_member
from tests import factories as make
from tests.factories.system import system
from tests.pages.test_channels import given
from tests.teams.delivery import build

PASSWORD = "a long one of hers"


class Browser(Client):
    """With the pushes of a push service of its own."""

    def __init__(self, name: str, user: User | None = None) -> None:
        super().__init__()
        self.endpoint = f"https://push.example.net/{name}"
        if user:
            self.sign_in(user)

    def sign_in(self, user: User) -> None:
        said = {"username": user.get_username(), "password": PASSWORD}
        assert self.post(reverse("login"), said).status_code == 302

    def sign_out(self) -> Any:
        return self.post(reverse("logout"))

    def take_pushes(self, team: Team) -> None:
        where = reverse("push-subscribe", args=[team.slug])
        said = json.dumps(given(self.endpoint))
        assert self.post(where, said, "application/json").status_code == 201


@pytest.fixture
def ada(place: SimpleNamespace) -> User:
    return make.member(place.team, "ada", Role.MEMBER, password=PASSWORD, **build.VERIFIED)


@pytest.fixture
def bob(place: SimpleNamespace) -> User:
    return make.member(place.team, "bob", Role.MEMBER, password=PASSWORD, **build.VERIFIED)


@pytest.fixture
def laptop(place: SimpleNamespace, ada: User) -> Browser:
    """On the pit wall, where ada is signed in."""
    found = Browser("laptop", ada)
    found.take_pushes(place.team)
    return found


@pytest.fixture
def phone(place: SimpleNamespace, ada: User) -> Browser:
    found = Browser("phone", ada)
    found.take_pushes(place.team)
    return found


def pushed_to(user: User) -> list[str]:
    with system():
        found = PushSubscription.objects.filter(user=user).order_by("pk")
        return [each.endpoint.rpartition("/")[2] for each in found]


def test_signing_out_ends_the_pushes_of_this_browser_and_of_no_other(
    laptop: Browser, phone: Browser, ada: User
) -> None:
    answer = laptop.sign_out()

    assert pushed_to(ada) == ["phone"]
    assert answer["Clear-Site-Data"] == '"storage"', "what waits at the push service ends there"


def test_in_every_team(place: SimpleNamespace, laptop: Browser, ada: User) -> None:
    with system():
        Membership.objects.create(team=place.other, user=ada)
    laptop.take_pushes(place.other)
    assert pushed_to(ada) == ["laptop", "laptop"]

    laptop.sign_out()

    assert pushed_to(ada) == []
    with system():
        ended = AuditEntry.objects.filter(action="deleted", model="teams.pushsubscription")
        told = {(each.team_id, each.actor_id) for each in ended}
    assert told == {(place.team.pk, ada.pk), (place.other.pk, ada.pk)}


def test_a_session_that_has_run_out_ends_no_pushes(laptop: Browser, ada: User) -> None:
    """Whoever relies on alerts does not sign in every other week."""
    Session.objects.update(expire_date=build.NOW)
    forget_what_is_over(now=build.NOW.replace(year=build.NOW.year + 1))

    assert (Session.objects.count(), pushed_to(ada)) == (0, ["laptop"])


def test_but_signing_out_of_the_next_one_does(laptop: Browser, ada: User) -> None:
    Session.objects.all().delete()
    laptop.sign_in(ada)

    laptop.sign_out()

    assert pushed_to(ada) == []


def test_whoever_signs_in_next_is_not_shown_the_alerts_of_who_left(
    laptop: Browser, phone: Browser, ada: User, bob: User
) -> None:
    """Her session had run out, so she never signed out."""
    laptop.cookies.pop("sessionid")

    laptop.sign_in(bob)

    assert pushed_to(ada) == ["phone"]


def test_nor_whoever_signs_up_there(
    place: SimpleNamespace, laptop: Browser, phone: Browser, ada: User
) -> None:
    laptop.cookies.pop("sessionid")
    with scope(place.team):
        invited = invite(team=place.team, email="e@example.com", role=Role.MEMBER, by=place.owner)
    said = {"username": "eve", "email": "e@example.com", "password1": PASSWORD}

    assert laptop.post(invited.path, said | {"password2": PASSWORD}).status_code == 302

    assert pushed_to(ada) == ["phone"]


def test_a_session_that_is_ended_from_elsewhere_takes_its_pushes_along(
    laptop: Browser, phone: Browser, ada: User
) -> None:
    others = browsers_of(ada, phone.session.session_key)
    handle = next(each.handle for each in others if not each.is_this)

    phone.post(reverse("session-end"), {"handle": handle})

    assert pushed_to(ada) == ["phone"]


def test_an_older_session_of_the_same_browser_ends_no_pushes(laptop: Browser, ada: User) -> None:
    laptop.cookies.pop("sessionid")
    laptop.sign_in(ada)
    assert Session.objects.filter(user=ada).count() == 2

    laptop.post(reverse("session-end"), {"handle": "others"})

    assert pushed_to(ada) == ["laptop"]


def test_another_password_ends_the_pushes_elsewhere(
    laptop: Browser, phone: Browser, ada: User
) -> None:
    new = "quite another one"
    said = {"old_password": PASSWORD, "new_password1": new, "new_password2": new}

    assert phone.post(reverse("password-change"), said).status_code == 302

    assert pushed_to(ada) == ["phone"]
    phone.sign_out()
    assert pushed_to(ada) == [], "the session has another key now and is in the same browser"


def test_a_password_that_is_reset_ends_all_of_them(
    laptop: Browser, phone: Browser, ada: User
) -> None:
    ada.refresh_from_db()
    uid, token = urlsafe_base64_encode(force_bytes(ada.pk)), default_token_generator.make_token(ada)
    anybody = Client()
    page = anybody.get(reverse("password_reset_confirm", args=[uid, token]), follow=True)
    new = {"new_password1": "quite another one", "new_password2": "quite another one"}

    assert anybody.post(page.redirect_chain[-1][0], new).status_code == 302

    assert pushed_to(ada) == []


def test_an_operator_who_gives_another_password_ends_all_of_them(
    laptop: Browser, ada: User
) -> None:
    operator = Client()
    operator.force_login(make.user("root", is_staff=True, is_superuser=True))
    new = {"password1": "quite another one", "password2": "quite another one"}
    where = reverse("admin:auth_user_password_change", args=[ada.pk])

    answer = operator.post(where, new | {"usable_password": "true"})

    assert answer.status_code == 302
    assert pushed_to(ada) == []


def test_who_is_no_longer_in_the_team_has_no_subscription_left(
    place: SimpleNamespace, laptop: Browser, ada: User
) -> None:
    with system():
        Membership.objects.create(team=place.other, user=ada)
    laptop.take_pushes(place.other)

    with scope(place.team):
        remove_member(membership=Membership.objects.get(user=ada))

    with system():
        found = PushSubscription.objects.filter(user=ada).values_list("team", flat=True)
        assert list(found) == [place.other.pk]


def test_a_browser_without_pushes_has_no_mark_and_keeps_its_storage(
    place: SimpleNamespace, ada: User, phone: Browser
) -> None:
    plain = Browser("plain", ada)
    assert COOKIE not in plain.cookies

    assert "Clear-Site-Data" not in plain.sign_out()
    assert pushed_to(ada) == ["phone"]


def test_a_mark_is_kept_where_scripts_and_other_sites_do_not_reach_it(
    laptop: Browser, settings: Any
) -> None:
    cookie = laptop.cookies[COOKIE]
    assert (cookie["httponly"], cookie["samesite"], cookie["max-age"]) == (True, "Lax", 34_560_000)
    with system():
        (row,) = PushSubscription.objects.filter(agent="Unknown browser")
    assert len(row.browser) == 64
    assert cookie.value not in row.browser


@pytest.mark.parametrize("mark", ["", "x", "é" * 43, "x" * 44])
def test_a_mark_that_is_none_of_ours_is_replaced(
    mark: str, place: SimpleNamespace, ada: User
) -> None:
    browser = Browser("odd", ada)
    browser.cookies[COOKIE] = mark
    browser.take_pushes(place.team)

    browser.sign_out()

    assert pushed_to(ada) == []


def test_rows_without_a_mark_are_nobodys_browser(place: SimpleNamespace, ada: User) -> None:
    build.device(place.team, ada)

    assert end_pushes(user=ada, browsers=[""]) == 0
    assert end_pushes(user=ada) == 1

from __future__ import annotations

import pytest
from asgiref.sync import sync_to_async
from django.contrib.auth.models import AnonymousUser
from django.http import Http404, HttpResponse
from django.test import AsyncClient, Client, override_settings
from django.urls import include, path

from displays.models import Display
from races.models import Race
from teams.doors import admin_door, membership_of, memberships_of, open_display, socket_door
from teams.models import Membership
from teams.scoping import ScopeError, current_scope, current_team, every_team
from tests import factories as make

pytestmark = pytest.mark.django_db


def sync_view(request, team_slug):
    return HttpResponse(f"{current_team().slug} {request.membership.role} {request.team.slug}")


async def async_view(request, team_slug):
    count = await Race.objects.acount()
    return HttpResponse(f"{current_team().slug} {count}")


def bare_view(request):
    try:
        current_scope()
    except ScopeError:
        return HttpResponse("no scope")
    return HttpResponse("scope")


urlpatterns = [
    path("t/<slug:team_slug>/sync/", sync_view),
    path("t/<slug:team_slug>/async/", async_view),
    path("bare/", bare_view),
    path("", include("lt_analyzer.urls")),
]
here = override_settings(ROOT_URLCONF=__name__)


@pytest.fixture
def cast():
    """Alice owns a team, Charlie another."""
    ours, theirs = make.team("Ours"), make.team("Theirs")
    make.race(make.followed_feed(ours))
    alice = make.member(ours, "alice", role="owner")
    charlie = make.member(theirs, "charlie", role="owner")
    return ours, alice, charlie


def signed_in(user):
    client = Client()
    client.force_login(user)
    return client


@here
def test_a_member_gets_the_scope_of_the_team(cast):
    answer = signed_in(cast[1]).get("/t/ours/sync/")

    assert answer.content == b"ours owner ours"


@here
def test_a_stranger_gets_404_like_for_a_team_that_does_not_exist(cast):
    client = signed_in(cast[2])

    assert client.get("/t/ours/sync/").status_code == 404
    assert client.get("/t/nobody/sync/").status_code == 404


@here
def test_the_anonymous_are_asked_to_sign_in_and_come_back(cast):
    answer = Client().get("/t/ours/sync/?a=1")

    assert answer.status_code == 302
    assert answer["Location"].endswith("?next=/t/ours/sync/%3Fa%3D1")


@here
def test_removal_from_a_team_is_immediate(cast):
    client = signed_in(cast[1])
    with every_team("test"):
        Membership.objects.filter(user=cast[1]).delete()

    assert client.get("/t/ours/sync/").status_code == 404


@here
def test_a_disabled_account_has_no_team(cast):
    client = signed_in(cast[1])
    cast[1].is_active = False
    cast[1].save()

    assert client.get("/t/ours/sync/").status_code == 302


@here
def test_a_superuser_is_a_stranger_where_no_member(cast):
    assert signed_in(make.user(is_superuser=True)).get("/t/ours/sync/").status_code == 404


@here
def test_other_pages_get_no_scope_not_even_after_a_team_page(cast):
    client = signed_in(cast[1])
    client.get("/t/ours/sync/")

    assert client.get("/bare/").content == b"no scope"
    assert client.get("/no/such/page/").status_code == 404


@here
@pytest.mark.django_db(transaction=True)
async def test_async_views_get_the_scope_too(cast, closed_afterwards):
    client = AsyncClient()
    await sync_to_async(client.force_login)(cast[1])
    stranger = AsyncClient()
    await sync_to_async(stranger.force_login)(cast[2])

    assert (await client.get("/t/ours/async/")).content == b"ours 1"
    assert (await client.get("/t/ours/sync/")).content == b"ours owner ours"
    assert (await client.get("/bare/")).content == b"no scope"
    assert (await stranger.get("/t/ours/async/")).status_code == 404


def test_admin_door_opens_every_team_own_teams_or_nothing(cast):
    ours, alice, _charlie = cast
    alice.is_staff = True
    with admin_door(make.user(is_staff=True, is_superuser=True)):
        assert current_scope().teams is None
    with admin_door(alice):
        assert current_team() == ours
    for nobody in (AnonymousUser(), make.user(is_superuser=True)):
        with admin_door(nobody), pytest.raises(ScopeError):
            current_scope()


def test_socket_door_opens_all_teams_of_a_person(cast):
    ours, alice, charlie = cast
    with socket_door(alice) as teams:
        assert teams == [ours]
        assert Race.objects.count() == 1
    for stranger in (charlie, AnonymousUser()):
        with socket_door(stranger):
            assert Race.objects.count() == 0


def test_memberships_come_by_name_of_the_team():
    person = make.user()
    for name in ("Zeta", "Alpha"):
        with every_team("test"):
            Membership.objects.create(team=make.team(name), user=person)

    assert [each.team.name for each in memberships_of(person)] == ["Alpha", "Zeta"]
    assert membership_of(person, "zeta").team.name == "Zeta"
    with pytest.raises(Http404):
        membership_of(AnonymousUser(), "zeta")


def test_a_display_opens_the_scope_of_its_team_unless_it_is_disabled(cast):
    ours, _alice, _charlie = cast
    with every_team("test"):
        race = Race.objects.get()
        display = Display.objects.create(team=ours, name="Wall", race=race)

    with open_display(display.code) as found:
        assert found == display
        assert current_team() == ours

    with every_team("test"):
        Display.objects.update(is_enabled=False)
    for code in (display.code, "nothing1"):
        with pytest.raises(Http404), open_display(code):
            pass


@pytest.mark.parametrize("code", ["%00", "a%00b", "..", "%F0%9F%98%80"])
def test_a_code_that_can_be_none_is_not_found(db, code):
    assert Client().get(f"/d/{code}/").status_code in (404, 429)


def test_a_code_from_elsewhere_that_can_be_none_is_not_found(db):
    with pytest.raises(Http404), open_display("a\0b"):
        pass

"""A token that runs out is renewed on the open socket, and nothing that was subscribed is lost."""

from __future__ import annotations

from typing import Any

import pytest
from asgiref.sync import sync_to_async

from displays.hub import hub
from teams import jwt, tokens
from teams.models import Membership
from teams.scoping import every_team, scope
from tests.displays.frames import a_board
from tests.displays.paddock import Paddock, ingesting, no, ok, said
from tests.displays.sockets import Socket, a_socket, publish
from tests.factories.teams import member

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("fresh_hub")]

REFUSED = {"type": "auth_error", "error": "This token is somebody else's."}


@pytest.fixture
def paddock(transactional_db) -> Paddock:
    return Paddock()


@sync_to_async
def pair(user: Any, team: Any) -> jwt.Pair:
    return jwt.issue(user=user, team=team)


@sync_to_async
def key(paddock: Paddock, team: Any = None, access: str = "read") -> str:
    team = team or paddock.red
    with scope(team):
        return tokens.create_token(team=team, name="TV", access=access, created_by=paddock.ada)[1]


async def shown(socket: Socket, token: str) -> Any:
    await socket.say({"type": "auth", "token": token})
    return await socket.hear()


async def test_a_fresh_token_of_the_same_person_keeps_what_is_subscribed(paddock: Paddock) -> None:
    ingester = ingesting(paddock.red_race)
    old = await pair(paddock.ada, paddock.red)
    async with a_socket() as socket:
        welcome = await shown(socket, old.access)
        await socket.subscribe(ingester.topic)
        await publish(whole := ingester.whole())
        assert await socket.hear() == said(whole)
        fresh = await sync_to_async(jwt.renew)(old.refresh)
        assert await shown(socket, fresh.access) == welcome, "the same socket of the same person"
        await publish(change := ingester.change(a_board(1, race=str(paddock.red_race.pk))))
        assert await socket.hear() == said(change)


async def test_the_renewed_socket_lives_by_the_new_token(paddock: Paddock) -> None:
    first, second = await pair(paddock.ada, paddock.red), await pair(paddock.ada, paddock.red)
    async with a_socket() as socket:
        await shown(socket, first.access)
        await shown(socket, second.access)
        await sync_to_async(jwt.revoke)(first.access)
        assert await socket.subscribe("dashboard") == ok("dashboard")
        await sync_to_async(jwt.revoke)(second.access)
        assert (await socket.hear())["error"] == "You are signed out."
        assert await socket.closed() == 4401


async def test_a_token_of_another_team_of_the_person_ends_what_it_does_not_open(
    paddock: Paddock,
) -> None:
    def join() -> None:
        with every_team("test"):
            Membership.objects.create(team=paddock.blue, user=paddock.ada)

    await sync_to_async(join)()
    red, blue = await pair(paddock.ada, paddock.red), await pair(paddock.ada, paddock.blue)
    mine, common = f"race.{paddock.red_race.pk}", f"race.{paddock.both_race.pk}"
    async with a_socket() as socket:
        await shown(socket, red.access)
        assert [await socket.subscribe(each) for each in (mine, common)] == [ok(mine), ok(common)]
        assert (await shown(socket, blue.access))["type"] == "auth_success"
        assert await socket.hear() == no(mine, "No longer available.")
        assert hub.stats()["subscriptions"] == 1


async def test_somebody_elses_token_is_refused(paddock: Paddock) -> None:
    mine, other = await pair(paddock.ada, paddock.red), await pair(paddock.bob, paddock.blue)
    async with a_socket() as socket:
        await shown(socket, mine.access)
        await socket.subscribe(f"race.{paddock.red_race.pk}")
        assert await shown(socket, other.access) == REFUSED
        assert await socket.closed() == 4401
    assert hub.stats()["subscriptions"] == 0


@pytest.mark.parametrize("token", ["x.y.z", "lt_x", ""])
async def test_a_token_that_is_none_ends_the_socket(token: str, paddock: Paddock) -> None:
    mine = await pair(paddock.ada, paddock.red)
    async with a_socket() as socket:
        await shown(socket, mine.access)
        assert await shown(socket, token) == {"type": "auth_error", "error": "Invalid token"}
        assert await socket.closed() == 4401


async def test_a_signed_in_browser_stays_what_it_was(paddock: Paddock) -> None:
    mine = await pair(paddock.ada, paddock.red)
    async with a_socket(user=paddock.ada) as socket:
        welcome = await socket.hear()
        assert await shown(socket, mine.access) == welcome
        await sync_to_async(jwt.revoke)(mine.access)
        assert await socket.subscribe("dashboard") == ok("dashboard"), "the session goes on"
        other = await pair(paddock.bob, paddock.blue)
        assert await shown(socket, other.access) == REFUSED


async def test_a_display_becomes_nobody(paddock: Paddock) -> None:
    display = await sync_to_async(paddock.display)(feed=paddock.red_feed)
    mine = await pair(paddock.ada, paddock.red)
    async with a_socket(query=f"?display={display.code}") as socket:
        await socket.hear()
        assert await shown(socket, mine.access) == REFUSED


async def test_a_team_changes_its_key_on_the_open_socket(settings, paddock: Paddock) -> None:
    settings.MAX_CONNECTIONS_PER_USER = 1
    old, new = await key(paddock), await key(paddock, access="write")
    stranger = await key(paddock, paddock.blue)
    async with a_socket() as socket:
        await shown(socket, old)
        assert (await shown(socket, new))["type"] == "auth_success"
        async with a_socket() as second:
            assert (await shown(second, old))["type"] == "auth_success", "its place is free again"
        assert await shown(socket, stranger) == REFUSED


async def test_a_role_without_the_dashboard_has_no_announcements(paddock: Paddock) -> None:
    viewer = await sync_to_async(member)(paddock.red, "vic", role="viewer")
    async with a_socket(user=viewer) as socket, a_socket(user=paddock.stranger) as stranger:
        await socket.hear()
        await stranger.hear()
        assert await socket.subscribe("dashboard") == ok("dashboard")
        assert await stranger.subscribe("dashboard") == no("dashboard")

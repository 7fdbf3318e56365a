"""What operators say: to whom, for how long, and that it reaches whoever comes later, too."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from django.core.management import CommandError, call_command
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from displays import announcements
from displays.announcements import Announcement, AnnouncementError, Current, announce, take_back
from displays.models import Display
from teams import jwt, tokens
from teams.models import AuditEntry, User
from teams.scoping import every_team, scope
from tests import factories as make
from tests.displays.paddock import Paddock, ok
from tests.displays.sockets import a_socket
from tests.displays.wire import complaints

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("fresh_hub")]


@pytest.fixture(autouse=True)
def silence(monkeypatch) -> Iterator[None]:
    announcements.current.replace({})
    yield
    announcements.current.replace({})


@pytest.fixture
def paddock(transactional_db) -> Paddock:
    return Paddock()


@pytest.fixture
def operator(transactional_db) -> User:
    return make.user("op", is_staff=True, is_superuser=True)


@sync_to_async
def said(text: str, **more: Any) -> Announcement:
    with every_team("test"):
        return announce(text=text, **more)


@sync_to_async
def over(made: Announcement) -> None:
    with every_team("test"):
        take_back(announcement=made)


# -- sockets


async def test_it_reaches_every_dashboard_and_who_comes_later(paddock: Paddock) -> None:
    async with a_socket(user=paddock.ada) as ada:
        await ada.hear()
        await ada.subscribe("dashboard")
        made = await said("Server restarts at 14:00.", severity="warning")
        heard = await ada.hear()
        assert complaints(heard) == []
        assert heard["data"] == {
            "topic": "dashboard",
            "announcement": {
                "id": str(made.pk),
                "text": "Server restarts at 14:00.",
                "severity": "warning",
                "at": round(made.at.timestamp() * 1000),
                "until": round(made.until.timestamp() * 1000),
            },
        }
        async with a_socket(user=paddock.bob) as bob:
            await bob.hear()
            assert await bob.subscribe("dashboard") == ok("dashboard")
            assert (await bob.hear())["data"] == heard["data"]
        await over(made)
        ended = await ada.hear()
        assert complaints(ended) == []
        assert (ended["event"], ended["data"]["id"]) == ("announcement_ended", str(made.pk))
    async with a_socket(user=paddock.bob) as late:
        await late.hear()
        await late.subscribe("dashboard")
        assert await late.hears_nothing()


async def test_on_a_display_it_is_for_that_display(paddock: Paddock) -> None:
    mine = await sync_to_async(paddock.display)(race=paddock.red_race)
    other = await sync_to_async(paddock.display)(race=paddock.red_race)
    async with (
        a_socket(query=f"?display={mine.code}") as shown,
        a_socket(query=f"?display={other.code}") as elsewhere,
        a_socket(user=paddock.ada) as ada,
    ):
        for socket, channel in (
            (shown, f"display.{mine.code}"),
            (elsewhere, f"display.{other.code}"),
            (ada, "dashboard"),
        ):
            await socket.hear()
            await socket.subscribe(channel)
        made = await said("Prize giving in the bar.", display=mine)
        heard = await shown.hear()
        assert complaints(heard) == []
        assert heard["data"]["announcement"]["id"] == str(made.pk)
        assert await elsewhere.hears_nothing()
        assert await ada.hears_nothing()
    async with a_socket(query=f"?display={mine.code}") as late:
        await late.hear()
        await late.subscribe(f"display.{mine.code}")
        assert (await late.hear())["data"] == heard["data"]


async def test_health_that_turns_is_told_to_the_dashboards(paddock: Paddock) -> None:
    from lt_analyzer import pulse

    async with a_socket(user=paddock.ada) as ada:
        await ada.hear()
        await ada.subscribe("dashboard")
        status = await pulse.tell_health("")
        assert status == "ok"
        assert await ada.hears_nothing()
        assert await pulse.tell_health("down") == "ok"
        heard = await ada.hear()
        assert complaints(heard) == []
        assert heard["data"]["status"] == "ok"


# -- what can be said


@pytest.mark.parametrize(
    "wrong",
    [
        {"text": ""},
        {"text": " \u200b\n "},
        {"text": "x" * 301},
        {"text": "x", "severity": "loud"},
        {"text": "x", "minutes": 0},
        {"text": "x", "minutes": 60 * 24 * 8},
    ],
    ids=str,
)
async def test_what_cannot_be_said_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(AnnouncementError):
        await said(**wrong)
    assert await sync_to_async(Announcement.objects.count)() == 0


async def test_a_screen_shows_so_many_and_no_more() -> None:
    for number in range(announcements.MOST_CURRENT):
        first = await said(f"{number}")
    with pytest.raises(AnnouncementError):
        await said("one more")
    await over(first)
    await said("room again")


async def test_a_process_that_was_away_reads_what_is_current() -> None:
    made = await said("Still here.")
    gone = await said("Over.")
    await sync_to_async(Announcement.objects.filter(pk=gone.pk).update)(until=timezone.now())
    announcements.current.replace({})
    await sync_to_async(announcements.refresh)()
    assert [each.id for each in announcements.current.of("dashboard")] == [str(made.pk)]


def test_what_is_said_while_rows_are_read_is_not_forgotten() -> None:
    found, now = Current(), announcements.now_ms()
    for pk, at in (("old", now - 60_000), ("new", now)):
        said = {"id": pk, "text": "x", "severity": "info", "at": at, "until": now + 60_000}
        found.take({"topic": "dashboard", "id": pk, "said": said})
    found.replace({}, since=now)
    assert [each.id for each in found.of("dashboard")] == ["new"]


def test_what_is_over_is_not_current() -> None:
    found = Current()
    past = round((timezone.now() - timedelta(minutes=1)).timestamp() * 1000)
    one = {"id": "1", "text": "x", "severity": "info", "at": past - 1, "until": past}
    found.take({"topic": "dashboard", "id": "1", "said": one})
    assert found.of("dashboard") == []


# -- pages


@pytest.mark.parametrize("page", ["team-home", "displays", "feed-board", "wall", "phone"])
def test_a_teams_pages_show_it_without_scripts(page: str, paddock: Paddock) -> None:
    with every_team("test"):
        announce(text="Read <me> & smile")
    browser = Client()
    browser.force_login(paddock.ada)
    args = [paddock.red.slug]
    args += [paddock.red_feed.pk] if page in ("feed-board", "wall", "phone") else []
    text = browser.get(reverse(page, args=args)).content.decode()
    assert "Read &lt;me&gt; &amp; smile" in text


def test_a_display_shows_its_own_and_not_the_teams(paddock: Paddock) -> None:
    display: Display = paddock.display(race=paddock.red_race)
    with every_team("test"):
        announce(text="To the teams")
        announce(text="To the bar", display=display)
    text = Client().get(f"/d/{display.code}/").content.decode()
    assert ("To the bar" in text, "To the teams" in text) == (True, False)


# -- POST /broadcast


def post(user: User | None, *, token: str = "", **body: Any) -> tuple[int, Any]:
    browser = Client(headers={"Authorization": f"Bearer {token}"} if token else {})
    if user is not None:
        browser.force_login(user)
    answer = browser.post("/broadcast", body, content_type="application/json")
    return answer.status_code, answer.json()


def test_staff_announce_and_it_is_audited(operator: User) -> None:
    status, made = post(operator, text="Hello", severity="danger", minutes=5)
    assert (status, made["channel"], made["text"]) == (201, "dashboard", "Hello")
    with every_team("test"):
        entry = AuditEntry.objects.get(model="displays.announcement")
    assert (entry.action, entry.actor_id, entry.after["text"]) == ("created", operator.pk, "Hello")


def test_nobody_else_does(paddock: Paddock) -> None:
    with scope(paddock.red):
        key = tokens.create_token(
            team=paddock.red, name="x", access="write", created_by=paddock.ada
        )[1]
    access = jwt.issue(user=paddock.ada, team=paddock.red).access
    assert [
        post(None, text="x")[0],
        post(paddock.ada, text="x")[0],
        post(None, token=key, text="x")[0],
        post(None, token=access, text="x")[0],
    ] == [401, 403, 403, 403]
    assert Announcement.objects.count() == 0


@pytest.mark.parametrize(
    "channel",
    ["race.{race}", "feed.{feed}", "team.{team}.alerts", "alerts", "display.", "display.Ab3dEf7h"],
)
def test_it_can_be_said_nowhere_else(channel: str, operator: User, paddock: Paddock) -> None:
    named = channel.format(race=paddock.red_race.pk, feed=paddock.red_feed.pk, team=paddock.red.pk)
    status, answer = post(operator, text="x", channel=named)
    assert (status, list(answer)) == (400, ["channel"])


def test_limited_staff_speak_on_their_teams_displays_only(paddock: Paddock) -> None:
    with every_team("test"):
        paddock.ada.is_staff = True
        paddock.ada.save()
    mine = paddock.display(race=paddock.red_race)
    with every_team("test"):
        theirs = Display.objects.create(team=paddock.blue, name="TV", race=paddock.blue_race)
    access = jwt.issue(user=paddock.ada, team=paddock.red).access
    assert post(None, token=access, text="x", channel=f"display.{mine.code}")[0] == 201
    assert post(None, token=access, text="x", channel=f"display.{theirs.code}")[0] == 400


# -- GET /stats


async def test_staff_read_how_sockets_do(operator: User, paddock: Paddock) -> None:
    async with a_socket(user=paddock.ada) as socket:
        await socket.hear()
        await socket.subscribe(f"race.{paddock.red_race.pk}")
        browser = Client()
        await sync_to_async(browser.force_login)(operator)
        answer = await sync_to_async(browser.get)("/stats")
    found = answer.json()
    assert (answer.status_code, found["connections"], found["subscriptions"]) == (
        200,
        1,
        {"race": 1},
    )
    assert found["processes"][0]["name"] == found["process"]
    assert found["memory_bytes"] > 1_000_000
    assert str(paddock.red_race.pk) not in answer.content.decode()
    await sync_to_async(browser.force_login)(paddock.bob)
    assert (await sync_to_async(browser.get)("/stats")).status_code == 403
    assert (await sync_to_async(Client().get)("/stats")).status_code == 401


# -- manage.py announce


def test_an_operator_announces_from_the_machine(paddock: Paddock, capsys) -> None:
    display = paddock.display(race=paddock.red_race)
    call_command("announce", "Back soon", severity="warning", minutes=5)
    call_command("announce", "Prizes", display=display.code)
    found = [(each.text, each.display_id) for each in Announcement.objects.order_by("at")]
    assert found == [("Back soon", None), ("Prizes", display.pk)]
    with every_team("test"):
        entries = AuditEntry.objects.filter(model="displays.announcement")
        assert {each.actor_name for each in entries} == {"manage.py announce"}
    for text, more in ((" ", {}), ("x", {"display": "Ab3dEf7h"})):
        with pytest.raises(CommandError):
            call_command("announce", text, **more)

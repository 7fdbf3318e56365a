"""The page of those who run the installation: for them alone, each sees what is theirs."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from displays import announcements, processes
from displays.announcements import Announcement, announce
from displays.models import Display
from displays.processes import LATE_S, Processes
from teams.scoping import every_team
from tests import factories as make
from timing.beating import beat
from timing.models import FeedState

pytestmark = pytest.mark.django_db

PAGES = ["/system/", "/system/?part=now", "/system/say/"]


@pytest.fixture(autouse=True)
def nothing_said(monkeypatch) -> Iterator[Processes]:
    found = Processes()
    monkeypatch.setattr(processes, "known", found)
    monkeypatch.setattr("lt_analyzer.overview.known", found)
    announcements.current.replace({})
    yield found
    announcements.current.replace({})


@pytest.fixture
def place() -> SimpleNamespace:
    """Two teams, each with a private feed and a display; a shared feed of both; their staff."""
    ours, theirs = make.team("Ours"), make.team("Theirs")
    mine = make.followed_feed(ours, owner=ours, name="Our test day")
    other = make.followed_feed(theirs, owner=theirs, name="Their test day")
    shared = make.followed_feed(ours, theirs, name="Mariembourg")
    with every_team("test"):
        FeedState.objects.create(
            feed=shared,
            state="live",
            data_at=timezone.now() - timedelta(seconds=2),
            holder="box/77/abcdef",
            epoch=3,
        )
    operator = make.user("op", is_staff=True, is_superuser=True)
    limited = make.member(ours, "lim")
    limited.is_staff = True
    limited.save()
    plain = make.member(ours, "plain")
    return SimpleNamespace(**locals())


def browser(user: Any) -> Client:
    found = Client()
    found.force_login(user)
    return found


def text(user: Any, path: str = "/system/") -> str:
    answer = browser(user).get(path)
    assert answer.status_code == 200
    return answer.content.decode()


def said(feeds: dict[str, Any], leases: Any = (), name: str = "box/77/abcdef") -> dict[str, Any]:
    found = beat("live", lambda: {"hub": {"connections": 12}})["process"]
    ingester = {"backlog": 4, "feeds": feeds, "leases": leases}
    return {"process": found | {"name": name, "ingester": ingester}}


NUMBERS = {"lag_ms": 37, "lines": 4321, "unknown_lines": 5, "laps": 99, "tape_bytes": 2_000_000}


# -- who


@pytest.mark.parametrize("path", PAGES)
def test_it_is_not_there_for_others(path: str, place: SimpleNamespace) -> None:
    assert browser(place.plain).get(path).status_code == 404
    assert Client().get(path).status_code == 404


@pytest.mark.parametrize("path", PAGES)
def test_it_is_there_for_staff(path: str, place: SimpleNamespace) -> None:
    assert browser(place.operator).get(path).status_code == 200
    assert browser(place.limited).get(path).status_code == 200


def test_staff_find_it_in_the_menu(place: SimpleNamespace) -> None:
    assert 'href="/system/"' in text(place.operator, "/teams/")
    assert 'href="/system/"' not in text(place.plain, "/teams/")


def test_limited_staff_see_the_feeds_of_their_teams(
    place: SimpleNamespace, nothing_said: Processes
) -> None:
    feeds = {str(feed.pk): NUMBERS for feed in (place.mine, place.other, place.shared)}
    leases = [[1_780_000_000_000, str(place.other.pk), "taken", 2]]
    nothing_said.take(said(feeds, leases))
    all_of_it, part = text(place.operator), text(place.limited)
    names = ("Our test day", "Their test day", "Mariembourg", "epoch 2")
    assert [name in all_of_it for name in names] == [True] * 4
    assert [name in part for name in names] == [True, False, True, False]
    assert str(place.other.pk) not in part


# -- what


def test_a_feed_says_how_it_does(place: SimpleNamespace, nothing_said: Processes) -> None:
    nothing_said.take(said({str(place.shared.pk): NUMBERS}))
    found = text(place.operator, "/system/?part=now")
    for shown in ("37 ms", "4321", "box/77", "epoch 3", 'data-state="live"', "99"):
        assert shown in found
    assert "abcdef" not in found, "of a holder, what a person can use"


def test_a_process_that_is_silent_shows_that(nothing_said: Processes, place) -> None:
    clock = [0.0]
    nothing_said._now = lambda: clock[0]
    nothing_said.take(said({str(place.shared.pk): NUMBERS}))
    clock[0] = LATE_S + 1
    found = text(place.operator)
    assert "silent" in found
    assert "4321" not in found, "what it said is not true any more"


def test_an_installation_without_anything_says_so() -> None:
    found = text(make.user("op", is_staff=True, is_superuser=True))
    for shown in ("No feeds", "Nobody was heard yet", "Nothing is announced.", "No feed has"):
        assert shown in found


@pytest.mark.parametrize("count", [1, 3])
def test_feeds_cost_no_more_queries(count: int, django_assert_max_num_queries) -> None:
    operator = make.user("op", is_staff=True, is_superuser=True)
    for _ in range(count):
        feed = make.followed_feed(make.team(), owner=make.team())
        with every_team("test"):
            FeedState.objects.create(feed=feed, state="live", current_race=make.race(feed))
    signed_in = browser(operator)
    with django_assert_max_num_queries(7):
        assert signed_in.get("/system/").status_code == 200


# -- announcing


SAY = {"text": "Back <soon>", "severity": "warning", "minutes": "15", "display": ""}


def test_what_is_announced_is_shown_first(place: SimpleNamespace) -> None:
    signed_in = browser(place.operator)
    preview = signed_in.post("/system/say/", SAY).content.decode()
    assert ("Back &lt;soon&gt;" in preview, "On the pages of all teams" in preview) == (True, True)
    assert Announcement.objects.count() == 0
    changed = signed_in.post("/system/say/", SAY | {"back": ""}).content.decode()
    assert "Back &lt;soon&gt;</textarea>" in changed.replace("\n", "")
    answer = signed_in.post("/system/say/", SAY | {"say": ""}, follow=True)
    assert "It is said." in answer.content.decode()
    made = Announcement.objects.get()
    assert (made.text, made.severity, made.by) == ("Back <soon>", "warning", place.operator)
    assert timedelta(minutes=14) < made.until - timezone.now() <= timedelta(minutes=15)


@pytest.mark.parametrize("wrong", [{"text": " "}, {"text": "x" * 301}, {"minutes": "99999999"}])
def test_what_cannot_be_said_comes_back(wrong: dict[str, str], place: SimpleNamespace) -> None:
    answer = browser(place.operator).post("/system/say/", SAY | wrong | {"say": ""})
    assert (answer.status_code, Announcement.objects.count()) == (200, 0)


def test_limited_staff_choose_among_their_teams_displays(place: SimpleNamespace) -> None:
    with every_team("test"):
        mine = Display.objects.create(team=place.ours, name="Our TV", feed=place.mine)
        other = Display.objects.create(team=place.theirs, name="Their TV", feed=place.other)
    signed_in = browser(place.limited)
    form = signed_in.get("/system/say/").content.decode()
    assert ("Our TV" in form, "Their TV" in form) == (True, False)
    signed_in.post("/system/say/", SAY | {"say": "", "display": other.pk})
    assert Announcement.objects.count() == 0
    signed_in.post("/system/say/", SAY | {"say": "", "display": mine.pk})
    assert [each.display_id for each in Announcement.objects.all()] == [mine.pk]


def test_it_is_taken_back_by_who_may(place: SimpleNamespace) -> None:
    with every_team("test"):
        other = Display.objects.create(team=place.theirs, name="Their TV", feed=place.other)
        on_theirs = announce(text="Their bar", display=other)
        to_all = announce(text="All of you")
    assert "All of you" in text(place.limited)
    assert "Their bar" not in text(place.limited)
    ends = [f"/system/say/{each.pk}/end/" for each in (on_theirs, to_all)]
    assert [browser(place.plain).post(path).status_code for path in ends] == [404, 404]
    assert [browser(place.limited).post(path).status_code for path in ends] == [404, 302]
    assert browser(place.operator).post(ends[0]).status_code == 302
    assert announcements.still(Announcement.objects.all()).count() == 0

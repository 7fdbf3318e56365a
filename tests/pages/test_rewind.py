"""Looking back at a race, and pages that run late."""

from __future__ import annotations

import re
import shutil
import subprocess
import time
from collections.abc import Iterator
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse

from displays.models import Display
from races.services import unfollow_feed
from teams.scoping import every_team, scope
from tests import factories as make
from tests.factories import alerts
from tests.pages.recorded import Recorded, record
from timing.engine.diff import patch
from timing.models import FeedState
from timing.rewinding import ROOT, Builders, rewinding

SECOND = 1_000


@pytest.fixture
def recorded(place: SimpleNamespace) -> Iterator[Recorded]:
    made = record(place.feed)
    with every_team("test"):
        FeedState.objects.create(feed=place.feed, state="live", current_race=made.race)
    yield made
    shutil.rmtree(made.folder)


def chunk_url(made: Recorded, team: str = "ours") -> str:
    return reverse("race-chunk", args=[team, made.race.pk])


def asked(client: Client, url: str, **query: Any) -> dict[str, Any]:
    answer = client.get(url, query)
    assert answer.status_code == 200, answer
    found: dict[str, Any] = answer.json()
    return found


def numbers(page: HttpResponse) -> list[str]:
    body = re.search(r"<tbody data-rows>(.*?)</tbody>", page.text, re.S)
    assert body
    return re.findall(r'<tr data-key="([^"]*)"', body[1])


# -- chunks


def test_a_chunk_begins_with_the_board_of_its_instant(owner: Client, recorded: Recorded) -> None:
    for back in (0, 61_500, 300_000):
        at = recorded.last - back
        found = asked(owner, chunk_url(recorded), at=at)
        assert (found["state"], found["at"], found["to"]) == ("ready", at, at)
        assert found["board"] == recorded.board_at(at)
        assert found["steps"] == []


def test_the_differences_of_a_chunk_lead_to_each_later_board(
    owner: Client, recorded: Recorded
) -> None:
    at = recorded.last - 400_000
    found = asked(owner, chunk_url(recorded), at=at, **{"for": 60_000}, step=1_000)
    board = found["board"]
    assert len(found["steps"]) > 10
    for step in found["steps"]:
        board = step.get("board") or patch(board, step.get("diff", {}))
        assert board == recorded.board_at(step["at"])
    assert board == recorded.board_at(at + 60_000)


def test_a_chunk_ends_with_the_present(owner: Client, recorded: Recorded) -> None:
    found = asked(owner, chunk_url(recorded), at=recorded.last, **{"for": 90_000})
    assert found["to"] <= time.time_ns() // 1_000_000
    assert not found["whole"]


def test_a_chunk_lies_within_its_race(owner: Client, recorded: Recorded) -> None:
    first = recorded.races[0]
    found = asked(owner, reverse("race-chunk", args=["ours", first.pk]), at=5)
    assert found["at"] == round(first.first_seen_at.timestamp() * 1000)
    assert found["board"]["race"] == str(first.pk)


@pytest.mark.parametrize("query", [{"at": "x"}, {"at": "9" * 40}, {"for": "-5"}, {"step": "0"}, {}])
def test_nonsense_is_answered_with_something_bounded(
    owner: Client, recorded: Recorded, query: dict[str, str]
) -> None:
    found = asked(owner, chunk_url(recorded), **query)
    assert found["state"] == "ready"


def test_a_feeds_chunk_shows_what_the_feed_showed(
    owner: Client, place: SimpleNamespace, recorded: Recorded
) -> None:
    url = reverse("feed-chunk", args=["ours", place.feed.pk])
    at = recorded.last - 30_000
    assert asked(owner, url, at=at)["board"] == recorded.board_at(at)


def test_what_a_team_watches_is_of_that_moment(
    owner: Client, place: SimpleNamespace, recorded: Recorded
) -> None:
    at = recorded.last - 200_000
    board = recorded.board_at(at)
    ours, rival = (board["rows"][key] for key in (board["order"][2], board["order"][0]))
    alerts.monitor(place.team, place.feed, value=ours["number"], kind="ours")
    alerts.monitor(place.team, place.feed, value=rival["number"], kind="rival")
    found = asked(owner, chunk_url(recorded), at=at)["overlay"]
    assert (found["own"], found["ours"][0]["driver"]) == (ours["key"], ours["driver"])
    assert [each["key"] for each in found["watched"]] == [rival["key"]]


def test_a_race_without_a_recording(owner: Client, place: SimpleNamespace) -> None:
    race = make.race(place.feed)
    assert asked(owner, reverse("race-chunk", args=["ours", race.pk])) == {"state": "none"}
    assert asked(owner, reverse("race-rewind", args=["ours", race.pk]))["state"] == "none"


def test_the_same_chunk_is_worked_out_once(owner: Client, recorded: Recorded) -> None:
    query = {"at": recorded.last - 60_000, "for": 10_000}
    first = owner.get(chunk_url(recorded), query).content
    shutil.move(recorded.folder / "one.jsonl", recorded.folder / "one.away")
    (recorded.folder / "one.jsonl").write_bytes((recorded.folder / "one.away").read_bytes()[:400])
    assert owner.get(chunk_url(recorded), query).content == first


# -- who may look back


@pytest.mark.parametrize("name", ["race-chunk", "race-rewind"])
def test_a_stranger_finds_no_past(
    place: SimpleNamespace, client: Client, recorded: Recorded, name: str
) -> None:
    client.force_login(place.stranger)
    for team in ("ours", "theirs"):
        assert client.get(reverse(name, args=[team, recorded.race.pk])).status_code == 404
    assert client.get(reverse("feed-chunk", args=["theirs", place.feed.pk])).status_code == 404


def test_who_unfollowed_a_feed_finds_no_past(
    owner: Client, place: SimpleNamespace, recorded: Recorded
) -> None:
    assert owner.get(chunk_url(recorded)).status_code == 200
    with scope(place.team):
        unfollow_feed(team=place.team, feed=place.feed)
    assert owner.get(chunk_url(recorded)).status_code == 404


# -- an index that has to be made


SHORT = """
import sys
from timing import keyframes_build
keyframes_build.STRETCH, keyframes_build.KEY_BYTES = 20_000, 8_000
keyframes_build.main(*sys.argv[1:])
"""


def test_a_long_recording_without_an_index_gets_one(
    owner: Client, place: SimpleNamespace, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = record(place.feed, every=0)

    def start(command: list[str]) -> subprocess.Popen[bytes]:
        short = [command[0], "-c", SHORT, *command[3:]]
        return subprocess.Popen(short, cwd=ROOT)

    monkeypatch.setattr("timing.rewind.STRETCH", 20_000)
    monkeypatch.setattr("timing.rewinding.rewinding.builders", Builders(start))
    try:
        wanted = {"at": made.last - 250_000}
        assert asked(owner, chunk_url(made), **wanted) == {"state": "building", "done": 0}
        rewinding.builders.finish()
        assert asked(owner, chunk_url(made), **wanted)["board"] == made.board_at(wanted["at"])
    finally:
        shutil.rmtree(made.folder)


# -- pages


def test_the_bar_knows_from_when_to_when(owner: Client, recorded: Recorded) -> None:
    found = asked(owner, reverse("race-rewind", args=["ours", recorded.race.pk]))
    assert found["state"] == "ready"
    assert found["first"] == round(recorded.race.first_seen_at.timestamp() * 1000)
    assert found["last"] >= recorded.last
    assert found["live"] is True
    assert set(found) == {"state", "first", "last", "live", "now", "flags", "stops"}


@pytest.mark.parametrize("name", ["feed-board", "race-board"])
def test_a_moment_is_a_table_without_a_script(
    owner: Client, place: SimpleNamespace, recorded: Recorded, name: str
) -> None:
    at = recorded.last - 240_000
    of = place.feed.pk if name == "feed-board" else recorded.race.pk
    page = owner.get(reverse(name, args=["ours", of]), {"at": at})
    assert numbers(page) == recorded.board_at(at)["order"]
    live = page.context["live"]
    assert (live["board"], live["epoch"]) == (recorded.board_at(at), None)
    assert live["past"]["at"] == at
    assert "data-past" in page.text


def test_a_late_page_holds_nothing_fresher(
    owner: Client, place: SimpleNamespace, recorded: Recorded
) -> None:
    for name in ("feed-board", "wall", "phone"):
        page = owner.get(reverse(name, args=["ours", place.feed.pk]), {"delay": 120})
        live = page.context["live"]
        at = live["past"]["at"]
        shown = at - at % 250  # steps are told at the end of their quarter of a second
        assert live["board"] == recorded.board_at(shown)
        assert (live["channels"], live["past"]["delay"]) == ([], 120_000)
        assert "120 s" in page.text


def test_a_late_page_tells_no_alert_of_later(
    owner: Client, place: SimpleNamespace, recorded: Recorded
) -> None:
    for ago, title in ((100, "long ago"), (10, "a moment ago")):
        at = recorded.race.last_seen_at - timedelta(seconds=ago)
        alerts.alert(place.team, place.feed, title=title, at=at)
    page = owner.get(reverse("feed-board", args=["ours", place.feed.pk]), {"delay": 60})
    assert [each["title"] for each in page.context["alerts"]["open"]] == ["long ago"]


@pytest.mark.parametrize("delay", ["", "0", "-3", "x", "1e3"])
def test_no_delay_is_the_present(
    owner: Client, place: SimpleNamespace, recorded: Recorded, delay: str
) -> None:
    page = owner.get(reverse("feed-board", args=["ours", place.feed.pk]), {"delay": delay})
    assert "past" not in page.context["live"]


def test_a_delay_ends_at_ten_minutes(
    owner: Client, place: SimpleNamespace, recorded: Recorded
) -> None:
    page = owner.get(reverse("feed-board", args=["ours", place.feed.pk]), {"delay": "86400"})
    assert page.context["live"]["past"]["delay"] == 600_000


# -- displays


@pytest.fixture
def display(place: SimpleNamespace) -> Display:
    with scope(place.team):
        return Display.objects.create(team=place.team, name="Grandstand", feed=place.feed)


def test_a_public_board_runs_late(client: Client, display: Display, recorded: Recorded) -> None:
    page = client.get(reverse("display", args=[display.code]), {"delay": 60})
    past = page.context["live"]["past"]
    assert past["chunk"] == reverse("display-chunk", args=[display.code])
    assert (past["delay"], past["piece"]) == (60_000, 30_000)
    at = past["at"] - past["at"] % past["piece"]
    found = asked(client, past["chunk"], at=at, **{"for": past["piece"]})
    assert found["board"] == recorded.board_at(at)
    assert found["overlay"] is None


def test_a_public_board_shows_no_moment_of_choice(
    client: Client, display: Display, recorded: Recorded
) -> None:
    page = client.get(reverse("display", args=[display.code]), {"at": recorded.last - 100_000})
    assert "past" not in page.context["live"]


@pytest.mark.parametrize(
    ("back", "length"), [(20 * 60, 10_000), (60, 10_001), (60, 0), (60, 600_000)]
)
def test_the_public_is_given_the_last_minutes_in_pieces_alone(
    client: Client, display: Display, recorded: Recorded, back: int, length: int
) -> None:
    at = time.time_ns() // 1_000_000 - back * SECOND
    at -= at % (length or 1)
    answer = client.get(reverse("display-chunk", args=[display.code]), {"at": at, "for": length})
    assert answer.status_code == 400


def test_a_display_that_is_off_shows_no_past(
    client: Client, display: Display, recorded: Recorded
) -> None:
    with scope(display.team):
        display.is_enabled = False
        display.save()
    at = recorded.last // 10_000 * 10_000 - 60_000
    url = reverse("display-chunk", args=[display.code])
    assert client.get(url, {"at": at, "for": 10_000}).status_code == 404


def test_looking_back_is_bounded(recorded: Recorded) -> None:
    assert rewinding._bytes <= 16 << 20

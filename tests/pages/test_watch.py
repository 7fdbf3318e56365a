from __future__ import annotations

import re
from types import SimpleNamespace
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from displays.hub import hub
from displays.models import Display
from races.models import Race
from teams.enums import Role
from teams.scoping import every_team
from tests import factories as make
from tests.pages.boards import board, tell_hub
from timing.models import AlertRule, FeedState, Monitor, Plan

HOSTILE = '<script>alert("x")</script>'
JSON = {"HTTP_ACCEPT": "application/json"}


@pytest.fixture
def race(place: SimpleNamespace) -> Race:
    made = make.race(place.feed, event="Night Cup", name="Heat 2", is_live=True)
    with every_team("test"):
        FeedState.objects.create(feed=place.feed, state="live", current_race=made)
    tell_hub(board(str(made.pk)))
    return made


def url(place: SimpleNamespace, name: str, *more: Any) -> str:
    return reverse(name, args=["ours", place.feed.pk, *more])


def watch(place: SimpleNamespace, kind: str, value: str, at: int = 0, **fields: Any) -> Monitor:
    with every_team("test"):
        fields = {"team": place.team, "feed": place.feed, "place": at} | fields
        return Monitor.objects.create(kind=kind, value=value, **fields)


def monitors() -> list[tuple[str, str, str, str]]:
    with every_team("test"):
        return list(
            Monitor.objects.order_by("kind", "place").values_list("kind", "by", "value", "note")
        )


def kinds_of(page: str) -> dict[str, str]:
    return dict(re.findall(r'<tr data-key="([^"]+)" data-state="[^"]*" data-kind="([^"]*)"', page))


def cards_of(page: str) -> list[str]:
    strip = page[page.index("data-cards") : page.index("data-nobody")]
    return re.findall(r'<li class="w" data-key="([^"]*)"', strip)


def mark(client: Client, place: SimpleNamespace, race: Race, key: str, kind: str, **more: Any):
    data = {"race": str(race.pk), "key": key, "kind": kind} | more
    return client.post(url(place, "watch-mark"), data)


def tell_overlay(place: SimpleNamespace, overlay: dict[str, Any]) -> None:
    import orjson

    topic = f"team.{place.team.pk}.race.{overlay['race']}"
    data = {"topic": topic, "epoch": 7, "seq": 1, "at": 0, "overlay": overlay}
    frame = {"type": "dashboard_event", "event": "gap_update", "data": data}
    where = {name: data[name] for name in ("topic", "epoch", "seq")}
    text = orjson.dumps(frame).decode()
    hub.deliver({"type": "hub.frame", "event": "gap_update", "frame": text} | where)


# -- the board


def test_board_without_marks_says_how_to_begin(
    owner: Client, place: SimpleNamespace, race: Race
) -> None:
    page = owner.get(url(place, "feed-board")).text

    assert cards_of(page) == []
    assert "Mark your kart and your rivals in the table" in page


def test_board_shows_ours_first_then_the_rivals_in_their_order(
    owner: Client, place: SimpleNamespace, race: Race
) -> None:
    watch(place, "rival", "3", at=1)
    watch(place, "rival", "Crew  1", by="name", at=0)
    watch(place, "ours", "2", at=2)

    page = owner.get(url(place, "feed-board")).text

    assert cards_of(page) == ["r2", "r1", "r3"]
    assert kinds_of(page) == {"r1": "rival", "r2": "ours", "r3": "rival"}


def test_gaps_without_a_pipeline_come_from_the_board(
    owner: Client, place: SimpleNamespace, race: Race
) -> None:
    watch(place, "ours", "3")
    watch(place, "rival", "1", note="stops long")

    page = owner.get(url(place, "feed-board"))

    card = page.context["cards"][1]
    found = {name: card[name] for name in ("number", "cap", "big", "pace", "note")}
    assert found == {
        "number": "1",
        "cap": "ahead of us",
        "big": "3.000",
        "pace": "",
        "note": "stops long",
    }


def test_rates_come_from_the_overlay_that_was_heard(
    owner: Client, place: SimpleNamespace, race: Race
) -> None:
    ours, rival = watch(place, "ours", "3"), watch(place, "rival", "1")
    row = {"driver": "", "stint": 1, "stint_at": None, "pit_at": None, "stint_limit_ms": 3_600_000}
    trend = {"closing_ms": 310, "catch_laps": 27, "chaser": "we", "trend": [-9_000, -8_700]}
    tell_overlay(
        place,
        {
            "race": str(race.pk),
            "plan": "",
            "own": "r3",
            "ours": [{"key": "r3", "number": "3", "note": "", "monitor": ours.pk} | row],
            "watched": [
                {"key": "r1", "number": "1", "kind": "rival", "monitor": rival.pk, "note": "old"}
                | {"gap": [0, 8_700], "ahead": True}
                | trend
            ],
        },
    )

    page = owner.get(url(place, "feed-board"))

    card = page.context["cards"][1]
    assert [card[name] for name in ("big", "pace", "catch", "note")] == [
        "8.700",
        "we close 0.31 s/lap",
        "catch in 27 laps",
        "",
    ]
    assert page.context["live"]["overlay"]["overlay"]["ours"][0]["stint_limit_ms"] == 3_600_000
    assert page.context["live"]["overlay"]["seq"] == 1


def test_board_knows_our_last_laps(owner: Client, place: SimpleNamespace) -> None:
    made = make.full_race(place.feed)
    with every_team("test"):
        entry = made.entries.order_by("position").first()
        assert entry is not None
        watch(place, "ours", entry.number)

    live = owner.get(reverse("race-board", args=["ours", made.pk])).context["live"]

    assert live["overlay"]["overlay"]["own"] == entry.key
    assert len(live["overlay"]["recent"]) > 0


@pytest.mark.parametrize("rows", [1, 3])
def test_watching_costs_the_same_for_one_and_for_three(
    rows: int, owner: Client, place: SimpleNamespace, race: Race, django_assert_num_queries: Any
) -> None:
    for number in range(1, rows + 1):
        watch(place, "ours" if number == 1 else "rival", str(number))

    with django_assert_num_queries(9):
        owner.get(url(place, "feed-board"))


@pytest.mark.parametrize(
    ("query", "shown"),
    [
        ("", ["r1", "r2", "r3"]),
        ("?show=watched", ["r1", "r2"]),
        ("?q=crew+3", ["r1", "r3"]),
        ("?q=crew+3&ours=0", ["r3"]),
        ("?class=no1", ["r1", "r2", "r3"]),
        ("?class=gone", ["r1", "r2", "r3"]),
        ("?q=nobody&ours=0", []),
    ],
)
def test_filter_is_in_the_address(
    query: str, shown: list[str], owner: Client, place: SimpleNamespace, race: Race
) -> None:
    watch(place, "ours", "1")
    watch(place, "rival", "2")

    page = owner.get(url(place, "feed-board") + query)

    assert [row["key"] for row in page.context["board"].rows if not row["hidden"]] == shown
    assert len(re.findall(r'<tr data-key="r\d"[^>]* hidden>', page.text)) == 3 - len(shown)


def test_display_tells_nothing_of_what_is_watched(
    client: Client, place: SimpleNamespace, race: Race
) -> None:
    watch(place, "ours", "1", note="secret note")
    with every_team("test"):
        Plan.objects.create(team=place.team, feed=place.feed, name="secret plan")
        display = Display.objects.create(team=place.team, name="Screen", feed=place.feed)

    page = client.get(f"/d/{display.code}/?show=watched&q=3")

    for word in (
        "secret",
        "data-watch",
        "data-filter",
        "data-mark-row",
        "marker",
        "/t/",
        "overlay",
    ):
        assert word not in page.text
    assert "of us" not in page.text
    assert set(kinds_of(page.text).values()) == {""}
    assert len(re.findall(r"<tr data-key=[^>]* hidden>", page.text)) == 0


# -- marking


@pytest.mark.parametrize(
    ("by", "found"),
    [
        ("number", ("ours", "number", "2", "")),
        ("name", ("ours", "name", "Crew 2", "")),
        ("", ("ours", "name", "Crew 2", "")),
    ],
)
def test_row_is_marked_as_ours(
    by: str, found: tuple[str, ...], owner: Client, place: SimpleNamespace, race: Race
) -> None:
    answer = mark(owner, place, race, "r2", "ours", by=by)

    assert answer.status_code == 302
    assert monitors() == [found]


def test_row_is_marked_for_this_race_only(
    owner: Client, place: SimpleNamespace, race: Race
) -> None:
    entry = make.entry(race, key="r2", number="2")

    mark(owner, place, race, "r2", "rival", by="entry", note="stops long")

    with every_team("test"):
        assert Monitor.objects.get().entry_id == entry.pk
    assert monitors() == [("rival", "entry", "2", "stops long")]


def test_entry_without_facts_is_refused_with_what_to_do(
    owner: Client, place: SimpleNamespace, race: Race
) -> None:
    answer = mark(owner, place, race, "r2", "ours", by="entry")

    assert answer.status_code == 422
    assert "or watch its number" in answer.text
    assert monitors() == []


def test_script_gets_the_overlay_and_the_way_back(
    owner: Client, place: SimpleNamespace, race: Race
) -> None:
    data = {"race": str(race.pk), "key": "r2", "kind": "ours", "by": "number"}
    answer = owner.post(url(place, "watch-mark"), data, **JSON).json()

    with every_team("test"):
        made = Monitor.objects.get()
    assert answer["said"] == "Kart 2 is watched as ours."
    assert answer["undo"] == {"kind": "", "monitor": made.pk}
    assert answer["overlay"]["overlay"]["own"] == "r2"
    assert answer["overlay"]["marked"] == 1

    owner.post(url(place, "watch-mark"), answer["undo"], **JSON)
    assert monitors() == []


def test_undo_of_a_removal_restores_all_of_it(
    owner: Client, place: SimpleNamespace, race: Race
) -> None:
    for at, number in enumerate(("1", "2", "3")):
        watch(place, "rival", number, note=f"note {number}", at=at)
    before = monitors()

    removed = mark(owner, place, race, "r2", "")
    assert [value for _kind, _by, value, _note in monitors()] == ["1", "3"]
    page = owner.get(removed["Location"])
    undo = dict(page.context["undo"])
    owner.post(url(place, "watch-mark"), undo)

    assert "Changed your mind?" in page.text
    assert monitors() == before
    assert "Changed your mind?" in owner.get(url(place, "watch")).text
    assert "Changed your mind?" not in owner.get(url(place, "watch")).text


def test_another_rule_for_the_same_row_replaces_the_first(
    owner: Client, place: SimpleNamespace, race: Race
) -> None:
    first = watch(place, "rival", "2", note="kept")
    with every_team("test"):
        rule = AlertRule.objects.create(team=place.team, kind="pit_in", monitor=first)

    mark(owner, place, race, "r2", "ours", by="name")

    assert monitors() == [("ours", "name", "Crew 2", "kept")]
    with every_team("test"):
        rule.refresh_from_db()
        assert rule.monitor is not None
        assert rule.monitor.value == "Crew 2"


def test_another_kind_keeps_the_rule(owner: Client, place: SimpleNamespace, race: Race) -> None:
    made = watch(place, "rival", "2", note="kept")

    owner.post(url(place, "watch-mark"), {"monitor": made.pk, "kind": "ours"})

    assert monitors() == [("ours", "number", "2", "kept")]


def test_rules_of_its_own_go_only_when_that_is_wanted(
    owner: Client, place: SimpleNamespace, race: Race
) -> None:
    made = watch(place, "rival", "2")
    with every_team("test"):
        AlertRule.objects.create(team=place.team, kind="pit_in", monitor=made)

    asked = mark(owner, place, race, "r2", "")
    assert asked.status_code == 422
    assert "1 alert rule of its own" in asked.text
    assert len(monitors()) == 1

    mark(owner, place, race, "r2", "", sure="1")
    assert monitors() == []


def test_page_asks_as_what_where_there_is_no_script(
    owner: Client, place: SimpleNamespace, race: Race
) -> None:
    board_page = owner.get(url(place, "feed-board")).text
    link = re.search(r'<a class="marker" href="([^"]*)"', board_page)
    assert link

    page = owner.get(link[1].replace("&amp;", "&"))

    assert page.status_code == 200
    assert "Crew 1" in page.text
    assert "Stop watching" not in page.text.replace("hidden>Stop watching", "")


def test_answer_leads_only_to_pages_of_ours(
    owner: Client, place: SimpleNamespace, race: Race
) -> None:
    board_url = url(place, "feed-board")

    inside = mark(owner, place, race, "r1", "ours", next=board_url)
    outside = mark(owner, place, race, "r1", "ours", next="https://evil.example/")
    tricky = mark(owner, place, race, "r1", "ours", next="//evil.example/")

    assert inside["Location"] == board_url
    assert outside["Location"] == tricky["Location"] == url(place, "watch")


@pytest.mark.parametrize(
    "data",
    [
        {"kind": "theirs"},
        {"kind": "ours", "race": "not-a-race", "key": "r1"},
        {"kind": "ours", "by": "magic"},
        {"kind": "ours"},
        {"kind": "ours", "monitor": "999999"},
    ],
)
def test_nonsense_is_refused(
    data: dict[str, str], owner: Client, place: SimpleNamespace, race: Race
) -> None:
    assert owner.post(url(place, "watch-mark"), data).status_code == 422
    assert owner.post(url(place, "watch-mark"), data, **JSON).status_code == 422
    assert monitors() == []


def test_mark_of_another_team_is_out_of_reach(
    owner: Client, place: SimpleNamespace, race: Race
) -> None:
    make.followed_feed(place.other)
    theirs = watch(place, "ours", "1", team=place.other)

    answer = owner.post(url(place, "watch-mark"), {"kind": "", "monitor": theirs.pk}, **JSON)

    assert answer.json()["said"] == "It was not watched."
    assert len(monitors()) == 1


def test_reader_sees_and_does_not_mark(client: Client, place: SimpleNamespace, race: Race) -> None:
    watch(place, "ours", "1")
    client.force_login(place.reader)

    page = client.get(url(place, "feed-board")).text

    assert kinds_of(page)["r1"] == "ours"
    assert "data-mark-row" not in page
    assert mark(client, place, race, "r2", "ours").status_code == 403
    assert client.get(url(place, "watch")).status_code == 200
    for name in ("watch-add", "watch-plan"):
        assert client.post(url(place, name)).status_code == 403


def test_manager_marks(client: Client, place: SimpleNamespace, race: Race) -> None:
    client.force_login(make.member(place.team, "manager", Role.MANAGER))

    assert mark(client, place, race, "r2", "ours").status_code == 302


# -- the list


def test_list_says_who_is_here_and_who_is_not(
    owner: Client, place: SimpleNamespace, race: Race
) -> None:
    watch(place, "ours", "2", note=HOSTILE)
    watch(place, "rival", HOSTILE, by="name")

    page = owner.get(url(place, "watch")).text

    assert "P2 now" in page
    assert "not in this race" in page
    assert "<script>alert" not in page


def test_empty_list_says_how_to_begin(owner: Client, place: SimpleNamespace) -> None:
    page = owner.get(url(place, "watch"))

    assert page.status_code == 200
    assert "Nobody is watched yet" in page.text


@pytest.mark.parametrize("rows", [1, 3])
def test_list_asks_the_same_number_of_questions(
    rows: int, owner: Client, place: SimpleNamespace, race: Race, django_assert_num_queries: Any
) -> None:
    for number in range(1, rows + 1):
        watch(place, "rival", str(number))

    with django_assert_num_queries(7):
        owner.get(url(place, "watch"))


def test_number_is_watched_before_its_race(owner: Client, place: SimpleNamespace) -> None:
    data = {"value": " 77 ", "by": "number", "kind": "rival", "note": "champions"}

    owner.post(url(place, "watch-add"), data)

    assert monitors() == [("rival", "number", "77", "champions")]


def test_nobody_is_added_without_a_number_or_name(owner: Client, place: SimpleNamespace) -> None:
    answer = owner.post(url(place, "watch-add"), {"value": " ", "by": "number", "kind": "rival"})

    assert answer.status_code == 422
    assert "errorlist" in answer.text


def test_note_order_and_plan_are_kept(owner: Client, place: SimpleNamespace) -> None:
    first, second = watch(place, "rival", "1", at=0), watch(place, "rival", "2", at=1)

    owner.post(url(place, "watch-note", first.pk), {"note": "stops long"})
    owner.post(url(place, "watch-move", second.pk), {"way": "up"})
    owner.post(url(place, "watch-plan"), {"name": "Plan B", "notes": "seven stops"})

    assert monitors() == [("rival", "number", "2", ""), ("rival", "number", "1", "stops long")]
    with every_team("test"):
        assert list(Plan.objects.values_list("name", "notes")) == [("Plan B", "seven stops")]


# -- wall and phone


@pytest.mark.parametrize("name", ["wall", "phone"])
def test_us_and_who_is_around(name: str, owner: Client, place: SimpleNamespace, race: Race) -> None:
    watch(place, "ours", "2")

    page = owner.get(url(place, name))

    us = page.context["us"]
    found = [us[field] for field in ("place", "number", "ahead_number", "behind_number")]
    assert found == ["P2", "2", "1", "3"]
    assert us["ahead_gap"] == ("1.5" if name == "wall" else "1.500")
    assert [(row["key"], row["to_us"]) for row in page.context["near"]] == [
        ("r1", "−" + us["ahead_gap"]),
        ("r2", ""),
        ("r3", "+" + us["behind_gap"]),
    ]


@pytest.mark.parametrize("name", ["wall", "phone"])
def test_without_ours_it_leads_to_marking(
    name: str, owner: Client, place: SimpleNamespace, race: Race
) -> None:
    page = owner.get(url(place, name))

    assert page.status_code == 200
    assert "Which kart is yours?" in page.text
    assert url(place, "feed-board") in page.text


@pytest.mark.parametrize("name", ["wall", "phone", "watch"])
def test_pages_of_a_feed_without_a_race(name: str, owner: Client, place: SimpleNamespace) -> None:
    watch(place, "ours", "2")

    assert owner.get(url(place, name)).status_code == 200


@pytest.mark.parametrize("name", ["wall", "phone", "watch", "watch-mark"])
def test_stranger_finds_nothing(
    name: str, client: Client, place: SimpleNamespace, race: Race
) -> None:
    client.force_login(place.stranger)

    assert client.get(url(place, name)).status_code == 404


@pytest.mark.parametrize("name", ["wall", "phone"])
@pytest.mark.parametrize("rows", [1, 3])
def test_views_of_us_ask_the_same_number_of_questions(
    name: str,
    rows: int,
    owner: Client,
    place: SimpleNamespace,
    race: Race,
    django_assert_num_queries: Any,
) -> None:
    for number in range(1, rows + 1):
        watch(place, "ours" if number == 1 else "rival", str(number))

    with django_assert_num_queries(9):
        owner.get(url(place, name))

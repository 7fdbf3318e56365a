from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from races.models import Entry, LapGap, Race
from teams.scoping import every_team
from tests import factories as make
from tests.factories.facts import after

RACES = "/t/ours/races/"
HOSTILE = '<script>alert("x")</script>'
TABS = ["race", "race-stops", "race-messages"]


def entries_of(race: Race) -> list[Entry]:
    with every_team("test"):
        return list(Entry.objects.filter(race=race))


def entry_url(entry: Entry) -> str:
    return reverse("entry", args=["ours", entry.race_id, entry.pk])


def test_races_without_any_says_so(owner: Client) -> None:
    assert "No races yet" in owner.get(RACES).text


def test_races_are_filtered(owner: Client, place: SimpleNamespace) -> None:
    other = make.followed_feed(place.team)
    wanted = make.race(place.feed, event="Winter Cup", kind="race")
    make.race(place.feed, event="Winter warm-up", kind="practice")
    make.race(other, event="Winter elsewhere", kind="race")

    query = {"kind": "race", "feed": place.feed.pk, "q": "winter"}

    assert list(owner.get(RACES, query).context["page"]) == [wanted]
    assert "Nothing found" in owner.get(RACES, {"q": "summer"}).text


def test_filters_that_make_no_sense_filter_nothing(owner: Client, place: SimpleNamespace) -> None:
    race = make.race(place.feed)

    page = owner.get(RACES, {"kind": "x", "feed": "x", "page": "x"})

    assert list(page.context["page"]) == [race]


def test_races_come_in_pages(owner: Client, place: SimpleNamespace) -> None:
    for _number in range(30):
        make.race(place.feed)

    assert len(owner.get(RACES).context["page"]) == 25
    assert len(owner.get(RACES, {"page": 2}).context["page"]) == 5


@pytest.mark.parametrize("tab", TABS)
def test_race_pages_open_full_and_empty(tab: str, owner: Client, place: SimpleNamespace) -> None:
    for race in (make.full_race(place.feed), make.race(place.feed)):
        assert owner.get(reverse(tab, args=["ours", race.pk])).status_code == 200


@pytest.mark.parametrize("tab", [*TABS, "race-board"])
def test_race_of_another_team_is_not_there(tab: str, owner: Client, place: SimpleNamespace) -> None:
    race = make.full_race(make.followed_feed(place.other))

    assert owner.get(reverse(tab, args=["ours", race.pk])).status_code == 404
    assert owner.get(entry_url(entries_of(race)[0])).status_code == 404


def test_results_say_how_far_behind(owner: Client, place: SimpleNamespace) -> None:
    race = make.race(place.feed, ranking="laps")
    karts = [make.entry(race, position=n, laps=n_laps) for n, n_laps in ((1, 30), (2, 30), (3, 28))]

    rows = owner.get(reverse("race", args=["ours", race.pk])).context["entries"]

    assert rows == [(karts[0], ("", None)), (karts[1], ("", None)), (karts[2], ("laps", 2))]


def test_results_by_best_lap_say_the_difference(owner: Client, place: SimpleNamespace) -> None:
    race = make.race(place.feed, ranking="best")
    for position, best in ((1, 60_000), (2, 60_250), (3, None)):
        make.entry(race, position=position, best_ms=best)

    rows = owner.get(reverse("race", args=["ours", race.pk])).context["entries"]

    assert [behind for _entry, behind in rows] == [("", None), ("ms", 250), ("", None)]


def test_pit_stops_name_the_next_driver(owner: Client, place: SimpleNamespace) -> None:
    race = make.race(place.feed)
    entry = make.entry(race)
    stop = make.pit_stop(entry, lap=12, duration_ms=61_500)
    begun = make.stint(entry, 2, first_lap=13, driver=make.facts.driver(entry, "Bo"))

    page = owner.get(reverse("race-stops", args=["ours", race.pk]))

    assert page.context["stops"] == [(stop, begun)]
    assert "1:01.500" in page.text
    assert "Bo" in page.text


def test_entry_shows_laps_with_what_is_missing(owner: Client, place: SimpleNamespace) -> None:
    race = make.race(place.feed)
    entry = make.entry(race)
    make.laps(entry, [61_000, 60_500], sectors=[20_000, None, 20_500])
    make.laps(entry, [60_900], first=5, pit=True)
    make.pit_stop(entry, lap=4, duration_ms=150_250)
    with every_team("test"):
        LapGap.objects.create(race=race, entry=entry, after_number=2, missed=2, at=after(200))

    page = owner.get(entry_url(entry))

    assert [(row["lap"].number, row["row"].missed) for row in page.context["rows"]] == [
        (1, 0),
        (2, 0),
        (5, 2),
    ]
    assert page.context["missed"] == 2
    assert "2 laps were not seen" in page.text
    assert "2:30.250" in page.text


def test_entry_with_many_laps_comes_in_pages(owner: Client, place: SimpleNamespace) -> None:
    entry = make.entry(make.race(place.feed))
    make.laps(entry, [60_000] * 130)

    first, second = (owner.get(entry_url(entry), {"page": n}).context["rows"] for n in (1, 2))

    assert (first[0]["lap"].number, first[-1]["lap"].number) == (1, 100)
    assert (second[0]["lap"].number, second[-1]["lap"].number) == (101, 130)


def test_stints_leave_pit_laps_out(owner: Client, place: SimpleNamespace) -> None:
    entry = make.entry(make.race(place.feed))
    make.laps(entry, [61_000, 60_000])
    make.laps(entry, [190_000], first=3, pit=True)
    make.laps(entry, [62_000], first=4)
    make.stint(entry, 1, first_lap=1, last_lap=2)
    make.stint(entry, 2, first_lap=3)

    rows = owner.get(entry_url(entry)).context["stints"]

    assert [
        (row["laps"], row["best_ms"], row["mean_ms"], row["is_best"], row["page"]) for row in rows
    ] == [(2, 60_000, 60_500, True, 1), (2, 62_000, 62_000, False, 1)]


def test_row_of_the_board_leads_to_its_entry(owner: Client, place: SimpleNamespace) -> None:
    entry = make.entry(make.race(place.feed), key="r 1/ü")

    page = owner.get(reverse("entry-by-key", args=["ours", entry.race_id, "r 1/ü"]))

    assert page.headers["Location"] == entry_url(entry)


def test_a_key_that_no_kart_can_have_is_not_there(owner: Client, place: SimpleNamespace) -> None:
    race = make.race(place.feed)

    assert owner.get(reverse("entry-by-key", args=["ours", race.pk, "\x00"])).status_code == 404


def test_feed_text_is_text(owner: Client, place: SimpleNamespace) -> None:
    race = make.full_race(place.feed, event=HOSTILE, name=HOSTILE, track_name=HOSTILE)
    with every_team("test"):
        Entry.objects.filter(race=race).update(
            number=HOSTILE,
            competitor=HOSTILE,
            class_name=HOSTILE,
            nationality=HOSTILE,
            penalty=HOSTILE,
            colour="#fff;}",
        )
    make.message(race, text=HOSTILE, number=HOSTILE, kind=HOSTILE[:20], local_time="<b>")

    urls = [reverse(tab, args=["ours", race.pk]) for tab in TABS]
    for url in [RACES, "/t/ours/", *urls, entry_url(entries_of(race)[0])]:
        page = owner.get(url)
        assert page.status_code == 200
        assert "<script>alert" not in page.text
        assert "#fff;}" not in page.text


QUERIES = {"races": 6, "race": 5, "race-stops": 7, "race-messages": 8}


@pytest.mark.parametrize("tab", QUERIES)
@pytest.mark.parametrize("count", [1, 3])
def test_pages_ask_the_same_number_of_questions(
    tab: str, count: int, owner: Client, place: SimpleNamespace, django_assert_num_queries: Any
) -> None:
    races = [make.full_race(place.feed, entries=count) for _each in range(count)]
    url = RACES if tab == "races" else reverse(tab, args=["ours", races[0].pk])

    with django_assert_num_queries(QUERIES[tab]):
        owner.get(url)


@pytest.mark.parametrize("count", [1, 3])
def test_entry_asks_the_same_number_of_questions(
    count: int, owner: Client, place: SimpleNamespace, django_assert_num_queries: Any
) -> None:
    entry = make.entry(make.race(place.feed))
    for number in range(1, count + 1):
        person = make.facts.driver(entry, f"Driver {number}")
        make.lap(entry, number, driver=person)
        make.stint(entry, number, driver=person)
        make.pit_stop(entry, number)
        make.penalty(entry, number)

    with django_assert_num_queries(11):
        owner.get(entry_url(entry))

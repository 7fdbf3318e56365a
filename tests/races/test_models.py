"""The natural keys by which the pipeline writes facts: twice is once, on both databases."""

from __future__ import annotations

import uuid

import pytest
from django.core.management import call_command
from django.db import IntegrityError, connection, transaction

from races.models import (
    Driver,
    Entry,
    Feed,
    FlagPeriod,
    Lap,
    LapGap,
    Penalty,
    PitStop,
    Race,
    RaceMessage,
    Stint,
)
from teams.scoping import every_team, scope
from tests import factories as make

pytestmark = pytest.mark.django_db
AT = make.after(60)


@pytest.fixture
def race():
    return make.race(make.followed_feed(make.team()))


def rows_of(model, race, entry, changed):
    """The same row, with another value the second time."""
    of = {"race": race, "entry": entry}
    return {
        Entry: lambda: Entry(id=entry.pk, race=race, key="r1", laps=changed, updated_at=AT),
        Driver: lambda: Driver(entry=entry, name="Ada", driving_ms=changed, first_seen_at=AT),
        Lap: lambda: Lap(**of, number=1, ms=changed, sectors=[changed, None], at=AT),
        LapGap: lambda: LapGap(**of, after_number=1, missed=changed, at=AT),
        Stint: lambda: Stint(**of, number=1, first_lap=changed),
        PitStop: lambda: PitStop(**of, number=1, lap=1, duration_ms=changed),
        Penalty: lambda: Penalty(**of, number=1, ms=changed, at=AT),
        FlagPeriod: lambda: FlagPeriod(race=race, number=1, flag="red", started_at=AT),
        RaceMessage: lambda: RaceMessage(race=race, key="k", order=changed),
    }[model]()


@pytest.mark.parametrize(
    ("model", "unique", "update"),
    [
        (Entry, ["race", "key"], "laps"),
        (Driver, ["entry", "name"], "driving_ms"),
        (Lap, ["entry", "number"], "ms"),
        (LapGap, ["entry", "after_number"], "missed"),
        (Stint, ["entry", "number"], "first_lap"),
        (PitStop, ["entry", "number"], "duration_ms"),
        (Penalty, ["entry", "number"], "ms"),
        (FlagPeriod, ["race", "number"], "flag"),
        (RaceMessage, ["race", "key"], "order"),
    ],
)
def test_facts_written_twice_are_one_row_with_the_later_value(race, model, unique, update):
    entry = make.entry(race, key="r1")
    with every_team("test"):
        for changed in (1, 2):
            model.objects.bulk_create(
                [rows_of(model, race, entry, changed)],
                update_conflicts=True,
                unique_fields=unique,
                update_fields=[update],
            )
        (row,) = model.objects.all()
        assert getattr(row, update) == ("red" if model is FlagPeriod else 2)


def test_a_race_written_twice_is_one_row(race):
    with every_team("test"):
        again = Race(id=race.pk, feed=race.feed, name="Again", first_seen_at=AT, last_seen_at=AT)
        Race.objects.bulk_create(
            [again], update_conflicts=True, unique_fields=["id"], update_fields=["name"]
        )
        assert [(r.pk, r.name) for r in Race.objects.all()] == [(race.pk, "Again")]


def test_a_shared_feed_is_there_once_and_a_private_one_once_a_team():
    ours, theirs = make.team(), make.team()
    same = {"protocol": "apex", "address": "wss://example.com/"}
    for owner in (None, ours, theirs):
        make.feed(owner=owner, **same)
        with pytest.raises(IntegrityError), transaction.atomic():
            make.feed(owner=owner, **same)

    with every_team("test"):
        assert Feed.objects.filter(**same).count() == 3


def test_a_title_is_of_what_is_known():
    assert Race(event="Cup", name="Final").title == "Cup - Final"
    assert Race(name="Final").title == "Final"
    unnamed = uuid.uuid4()
    assert str(Race(id=unnamed)) == str(unnamed)


def test_entries_without_a_position_come_last(race):
    for number, position in (("1", None), ("2", 2), ("3", 1)):
        make.entry(race, number=number, position=position)

    with every_team("test"):
        assert [entry.number for entry in race.entries.all()] == ["3", "2", "1"]


def test_laps_of_an_entry_and_of_a_race_are_found_by_an_index(race):
    with every_team("test"):
        team = race.feed.follows.select_related("team").get().team
    with scope(team):
        of_entry = Lap.objects.filter(entry=make.entry(race)).order_by("number").explain()
        of_race = Lap.objects.filter(race=race).explain()
    if connection.vendor == "sqlite":
        assert "SEARCH races_lap USING INDEX" in of_entry
        assert "TEMP B-TREE" not in of_entry
        assert "SEARCH races_lap USING INDEX races_lap_race_id" in of_race


def test_models_and_migrations_agree():
    call_command("makemigrations", "teams", "races", check=True, dry_run=True, verbosity=0)

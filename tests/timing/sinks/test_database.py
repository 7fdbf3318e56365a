from __future__ import annotations

import uuid
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from django.db import IntegrityError

from races.models import Driver, Entry, Feed, Lap, LapGap, PitStop, Race
from tests import factories
from tests.factories.system import system
from tests.timing.agreement import differences
from tests.timing.apex_feed import RACE, Played, Table, block, said
from tests.timing.simulated import Simulated, simulated
from tests.timing.stored import races_of, rows_of
from timing.engine.facts import LapFact
from timing.lease import LeaseLost
from timing.models import FeedState, ResumePoint, Tape
from timing.pipeline import Change, Pipeline
from timing.sinks.batch import RaceBatch, entry_id
from timing.sinks.database import REFUSED, DatabaseSink, Held, Mark

pytestmark = pytest.mark.django_db

TABLE = Table(*RACE)
ROWS = {"r1": {"no": ("no1", "7"), "dr": "OTTERS"}, "r2": {"no": "8", "dr": "VOLES"}}


@pytest.fixture
def feed() -> Iterator[Feed]:
    made = factories.feed()
    with system():
        FeedState.objects.create(feed=made, epoch=3)
        yield made


def sink_of(feed: Feed, epoch: int = 3) -> DatabaseSink:
    return DatabaseSink(Held(feed.pk, epoch))


def batches_of(changes: list[Change]) -> dict[str, RaceBatch]:
    batches: dict[str, RaceBatch] = {}
    for change in changes:
        batch = batches.setdefault(change.race, RaceBatch(change.state))
        batch.state = change.state
        batch.add(change.facts)
    return batches


def played(feed: Feed) -> tuple[Played, list[Change]]:
    """A short race: two laps, a stop, a penalty."""
    race = Played(Pipeline(feed=str(feed.pk), protocol="apex"))
    changes = race.at(0, block(TABLE, ROWS, name="Final", extra=("css|no1|color:#FFFFFF",)))
    changes += race.at(10, "light|lg|", f"com||{said('12:00', 'green', 'Go')}", "r1|*||", "r2|*||")
    changes += race.at(20, TABLE.cell("r1", TABLE.columns[3], "drteam", "ADA REED [0:00]"))
    changes += race.at(70, TABLE.cell("r1", "llp", "tn", "1:00.000"), "r1|*|60000|", "r1|#|1")
    changes += race.at(100, "r1|*in|0", TABLE.cell("r1", "pit", "in", "1"))
    changes += race.at(150, "r1|*out|0")
    log = said("12:02", "penalty", "Contact - 10.000", "7") + said("12:00", "green", "Go")
    changes += race.at(160, f"com||{log}")
    changes += race.at(190, TABLE.cell("r1", "llp", "tn", "2:00.000"), "r1|*|60000|")
    return race, changes


def write_all(feed: Feed, made: Simulated, *, every_ms: int) -> None:
    pipeline, sink = Pipeline(feed=str(feed.pk), protocol="apex"), sink_of(feed)
    changes: list[Change] = []
    connection, due = 0, every_ms
    for at, number, text in made.frames:
        if number != connection:
            changes += pipeline.closed(at) + pipeline.opened(at)
            connection = number
        changes += pipeline.frame(at, text)
        if at >= due:
            sink.write(batches_of(changes))
            changes, due = [], at + every_ms
    sink.write(batches_of([*changes, *pipeline.closed(at)]))


@pytest.mark.parametrize(
    ("wish", "every_ms"),
    [
        ({"karts": 30, "minutes": 120, "seed": 7, "mishaps": "all"}, 120_000),
        ({"kind": "sprint", "karts": 8, "minutes": 75, "seed": 2, "mishaps": "all"}, 60_000),
        ({"kind": "qualifying", "karts": 8, "minutes": 75, "seed": 2, "mishaps": "all"}, 60_000),
        ({"kind": "practice", "karts": 8, "minutes": 75, "seed": 2, "mishaps": "all"}, 60_000),
    ],
    ids=["endurance", "sprint", "qualifying", "practice"],
)
def test_the_rows_of_a_simulated_feed_are_the_truth(feed: Feed, wish, every_ms: int) -> None:
    made = simulated(**wish)
    write_all(feed, made, every_ms=every_ms)

    assert differences(made.truth, races_of(feed)) == []


def test_facts_written_twice_are_the_same_rows(feed: Feed) -> None:
    _, changes = played(feed)
    sink_of(feed).write(batches_of(changes))
    once = rows_of(feed)

    for change in changes:  # in any pieces, again, by another process
        sink_of(feed).write(batches_of([change]))
    sink_of(feed).write(batches_of(changes))

    assert rows_of(feed) == once
    assert {name: len(rows) for name, rows in once.items()} == {
        "race": 1,
        "entry": 2,
        "driver": 1,
        "laps": 2,
        "lap_gaps": 0,
        "stints": 3,
        "pit_stops": 1,
        "flag_periods": 1,
        "messages": 2,
        "penalties": 1,
    }


def test_a_lap_is_stored_with_all_that_is_known_of_it(feed: Feed) -> None:
    race, changes = played(feed)
    sink_of(feed).write(batches_of(changes))

    lap = Lap.objects.get(entry=entry_id(race.state.id, "r1"), number=2)
    assert (lap.ms, lap.sectors, lap.position, lap.pit, lap.flag, lap.source) == (
        120_000,
        [],
        1,
        True,
        "green",
        "asserted",
    )
    assert lap.driver is not None
    assert lap.driver.name == "ADA REED"
    assert lap.at == datetime.fromtimestamp(race.ms(190) / 1000, UTC)


def test_an_entry_takes_the_colour_of_its_class(feed: Feed) -> None:
    race, changes = played(feed)
    batches = batches_of(changes)
    state = batches[race.state.id].state
    batches[race.state.id].state = replace(
        state, classes={"no1": replace(state.classes["no1"], colour="#0080ff")}
    )
    sink_of(feed).write(batches)

    entry = Entry.objects.get(key="r1")
    assert (entry.number, entry.class_name, entry.colour, entry.laps) == ("7", "", "#0080ff", 2)


def test_facts_of_an_older_epoch_are_refused(feed: Feed) -> None:
    _, changes = played(feed)

    with pytest.raises(LeaseLost):
        sink_of(feed, epoch=2).write(batches_of(changes))
    assert Race.objects.count() == 0


def test_two_who_hold_one_feed_do_not_both_write(feed: Feed) -> None:
    _, changes = played(feed)
    old, new = sink_of(feed), sink_of(feed, epoch=4)
    old.write(batches_of(changes[:2]))
    FeedState.objects.filter(feed=feed).update(epoch=4)

    with pytest.raises(LeaseLost):
        old.write(batches_of(changes))
    new.write(batches_of(changes))
    assert Lap.objects.count() == 2


def test_facts_and_resume_point_are_written_together_or_not_at_all(feed: Feed) -> None:
    _, changes = played(feed)
    now = datetime.now(UTC)
    tape = Tape.objects.create(feed=feed, path="x.jsonl", started_at=now)
    mark = Mark(tape=tape.pk, offset=77, connection=2, at=now, state=b"state")

    with pytest.raises(LeaseLost):
        sink_of(feed, epoch=9).write(batches_of(changes), mark)
    assert (Lap.objects.count(), ResumePoint.objects.count()) == (0, 0)

    sink_of(feed).write(batches_of(changes), mark)
    point = ResumePoint.objects.get()
    assert (Lap.objects.count(), point.offset, point.connection, bytes(point.state)) == (
        2,
        77,
        2,
        b"state",
    )


@pytest.mark.django_db(transaction=True)
def test_rows_that_somebody_deleted_stop_nothing(feed: Feed) -> None:
    _, changes = played(feed)
    sink = sink_of(feed)
    sink.write(batches_of(changes[:-1]))
    Driver.objects.all().delete()

    with pytest.raises(IntegrityError):
        sink.write(batches_of(changes[-1:]))
    sink.write(batches_of(changes[-1:]))
    assert [lap.driver for lap in Lap.objects.order_by("number")] == [None, None]


@pytest.mark.django_db(transaction=True)
def test_a_value_that_is_refused_costs_itself_alone(feed: Feed) -> None:
    race, changes = played(feed)
    batches = batches_of(changes)
    batches[race.state.id].add(
        [LapFact("nobody", 1, 60_000, (), "", None, False, "green", race.ms(60))]
    )

    with pytest.raises(REFUSED):
        sink_of(feed).write(batches)
    sink_of(feed).write_singly(batches)
    assert {name: len(rows) for name, rows in rows_of(feed).items() if rows} == {
        "race": 1,
        "entry": 2,
        "driver": 1,
        "laps": 2,
        "stints": 3,
        "pit_stops": 1,
        "flag_periods": 1,
        "messages": 2,
        "penalties": 1,
    }


def test_a_gap_and_a_stop_nobody_saw_have_rows_without_times(feed: Feed) -> None:
    race = Played(Pipeline(feed=str(feed.pk), protocol="apex"))
    table = Table("sta", "no", "dr:Team", "llp", "tlp", "pit")
    rows = {"r1": {"no": "7", "llp": "", "tlp": "", "pit": ""}}
    changes = race.at(0, block(table, rows, light="lg"))
    changes += race.at(1, "r1|*||")
    changes += race.at(
        61, table.cell("r1", "tlp", "in", "1"), table.cell("r1", "llp", "tn", "1:00.000")
    )
    changes += race.connect(300)
    rows = {"r1": {"sta": ("sr", ""), "no": "7", "llp": "1:01.000", "tlp": "5", "pit": "1"}}
    changes += race.at(301, block(table, rows, light="lg"))
    sink_of(feed).write(batches_of(changes))

    assert list(Lap.objects.values_list("number", "ms")) == [(1, 60_000), (5, 61_000)]
    assert list(LapGap.objects.values_list("after_number", "missed")) == [(1, 3)]
    assert list(PitStop.objects.values_list("number", "in_at", "out_at")) == [(1, None, None)]


def test_the_id_of_a_race_needs_no_database(feed: Feed) -> None:
    race, changes = played(feed)
    sink_of(feed).write(batches_of(changes))

    assert [str(pk) for pk in Race.objects.values_list("pk", flat=True)] == [race.state.id]
    assert uuid.UUID(race.state.id).version == 5


def test_races_that_are_forgotten_are_written_anew_when_they_come_again(feed: Feed) -> None:
    _, changes = played(feed)
    sink = sink_of(feed)
    sink.write(batches_of(changes))
    Entry.objects.all().delete()
    sink.write(batches_of(changes[-1:]))
    assert Entry.objects.count() == 0  # no car has changed since

    sink.keep(frozenset())
    sink.write(batches_of(changes[-1:]))
    assert Entry.objects.count() == 2

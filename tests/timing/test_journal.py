from __future__ import annotations

import gzip
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from races.models import Feed, Race
from tests import factories
from tests.factories.system import system
from tests.timing.apex_feed import RACE, START_MS, Table, block
from timing import journal
from timing.engine.facts import LapFact
from timing.lease import LeaseLost
from timing.models import FeedState, ResumePoint, Tape
from timing.pipeline import Pipeline
from timing.sinks.batch import RaceBatch
from timing.tape import TapeWriter, compress

pytestmark = pytest.mark.django_db

STARTED = datetime.fromtimestamp(START_MS / 1000, UTC)
TABLE = Table(*RACE)
ROWS = {"r1": {"no": "7", "dr": "OTTERS"}, "r2": {"no": "8", "dr": "VOLES"}}
SAID = [
    (0, block(TABLE, ROWS, light="lg")),
    (1, "r1|*||"),
    (61, f"{TABLE.cell('r1', 'llp', 'tn', '1:00.000')}\nr1|*|60000|"),
    (121.5, f"{TABLE.cell('r1', 'llp', 'tn', '1:00.500')}\nr1|*|60000|"),
]


@pytest.fixture
def feed() -> Iterator[Feed]:
    made = factories.feed()
    with system():
        yield made


def record(feed: Feed, root: Path, said: list[tuple[float, str]], name: str = "a.jsonl") -> Tape:
    path = f"{feed.pk}/{name}"
    with TapeWriter(root / path, protocol="apex", url="", started_at=STARTED) as writer:
        for t, msg in said:
            writer.write(t, msg)
    return Tape.objects.create(feed=feed, path=path, started_at=STARTED)


def mark(feed: Feed, tape: Tape, root: Path, frames: int) -> None:
    """A resume point behind so many frames of the tape."""
    pipeline, offset = Pipeline(feed=str(feed.pk), protocol="apex"), 0
    for frame, _ in zip(journal.frames(root / tape.path), range(frames), strict=False):
        pipeline.frame(START_MS + frame.t_ms, frame.msg)
        offset = frame.next_offset
    ResumePoint.objects.create(
        feed=feed, tape=tape, offset=offset, at=STARTED, state=pipeline.resume_point()
    )


def resume(feed: Feed, root: Path) -> journal.Resumed:
    found = journal.resume(feed=feed.pk, protocol="apex", root=root)
    assert found is not None
    return found


def laps(batches: dict[str, RaceBatch]) -> list[tuple[int, int]]:
    return [
        (fact.number, fact.ms)
        for batch in batches.values()
        for fact in batch.of(LapFact)
        if isinstance(fact, LapFact)
    ]


def straight(feed: Feed) -> Pipeline:
    pipeline = Pipeline(feed=str(feed.pk), protocol="apex")
    for t, msg in SAID:
        pipeline.frame(START_MS + round(t * 1000), msg)
    return pipeline


def test_a_feed_without_a_past_begins(feed: Feed, tmp_path: Path) -> None:
    assert journal.resume(feed=feed.pk, protocol="apex", root=tmp_path) is None


@pytest.mark.parametrize("marked", [1, 2, 3, 4])
def test_a_feed_goes_on_with_what_its_tape_holds_behind_the_mark(
    feed: Feed, tmp_path: Path, marked: int
) -> None:
    tape = record(feed, tmp_path, SAID)
    mark(feed, tape, tmp_path, marked)
    found = resume(feed, tmp_path)

    assert found.pipeline.states == straight(feed).states
    assert laps(found.batches) == [(1, 60_000), (2, 60_500)][max(0, marked - 2) :]
    path = tmp_path / tape.path
    assert (found.tape, found.path, found.offset) == (tape.pk, path, path.stat().st_size)


def test_without_a_mark_the_open_tape_is_read_from_its_beginning(
    feed: Feed, tmp_path: Path
) -> None:
    record(feed, tmp_path, SAID)
    found = resume(feed, tmp_path)

    assert found.pipeline.states == straight(feed).states
    assert laps(found.batches) == [(1, 60_000), (2, 60_500)]


def test_a_mark_of_another_version_is_no_loss(feed: Feed, tmp_path: Path) -> None:
    tape = record(feed, tmp_path, SAID)
    mark(feed, tape, tmp_path, 4)
    ResumePoint.objects.update(state=b"of another time")
    found = resume(feed, tmp_path)

    assert found.pipeline.states == straight(feed).states
    assert laps(found.batches) == [(1, 60_000), (2, 60_500)]


def test_a_torn_last_line_is_cut_off_and_the_tape_goes_on(feed: Feed, tmp_path: Path) -> None:
    tape = record(feed, tmp_path, SAID)
    mark(feed, tape, tmp_path, 2)
    path = tmp_path / tape.path
    path.write_bytes(path.read_bytes()[:-5])
    found = resume(feed, tmp_path)

    assert laps(found.batches) == [(1, 60_000)]
    assert path.read_bytes()[found.offset :].startswith(b'{"t":121.5')


def test_a_tape_that_has_no_frame_yet_goes_on(feed: Feed, tmp_path: Path) -> None:
    tape = record(feed, tmp_path, [])
    found = resume(feed, tmp_path)

    assert (found.tape, found.batches) == (tape.pk, {})


def test_a_tape_whose_header_is_torn_is_left_behind(feed: Feed, tmp_path: Path) -> None:
    tape = record(feed, tmp_path, [])
    (tmp_path / tape.path).write_bytes(b'{"v":1,"pro')

    assert resume(feed, tmp_path).tape == 0


def test_a_tape_that_is_gone_leaves_what_the_mark_knows(feed: Feed, tmp_path: Path) -> None:
    tape = record(feed, tmp_path, SAID)
    mark(feed, tape, tmp_path, 4)
    (tmp_path / tape.path).unlink()
    found = resume(feed, tmp_path)

    assert found.pipeline.states == straight(feed).states
    assert (found.tape, found.batches) == (0, {})


def test_a_tape_without_a_row_is_found(feed: Feed, tmp_path: Path) -> None:
    record(feed, tmp_path, SAID)
    Tape.objects.all().delete()
    found = resume(feed, tmp_path)

    assert laps(found.batches) == [(1, 60_000), (2, 60_500)]
    assert found.tape == Tape.objects.get().pk


def test_a_kill_while_tapes_change_loses_nothing(feed: Feed, tmp_path: Path) -> None:
    """The mark is in the old tape, closed and packed by now; the rest is in the new one."""
    old = record(feed, tmp_path, SAID[:3])
    mark(feed, old, tmp_path, 2)
    packed = compress(tmp_path / old.path)
    Tape.objects.update(path=str(packed.relative_to(tmp_path)), closed_at=STARTED)
    new = record(feed, tmp_path, SAID[3:], "b.jsonl")
    Tape.objects.filter(pk=new.pk).update(
        started_at=datetime.fromtimestamp(START_MS / 1000 + 9, UTC)
    )
    found = resume(feed, tmp_path)

    assert laps(found.batches) == [(1, 60_000), (2, 60_500)]
    assert found.tape == new.pk


def test_a_damaged_packed_tape_is_read_as_far_as_it_goes(feed: Feed, tmp_path: Path) -> None:
    old = record(feed, tmp_path, SAID)
    mark(feed, old, tmp_path, 1)
    path = tmp_path / old.path
    path.write_bytes(gzip.compress(path.read_bytes())[:-12])
    found = resume(feed, tmp_path)

    assert found.pipeline.current is not None


def test_the_link_is_told_under_the_newest_epoch_only(feed: Feed) -> None:
    FeedState.objects.create(feed=feed, epoch=4)
    told = {"data_at": START_MS, "retry_at": None, "race": None, "state": "live"}
    with pytest.raises(LeaseLost):
        journal.link_changed(feed=feed.pk, epoch=3, error="old", **told)
    assert FeedState.objects.get().state == "idle"

    journal.link_changed(feed=feed.pk, epoch=4, error="x" * 1_000, **told)
    state = FeedState.objects.get()
    assert (state.state, state.data_at, len(state.error)) == ("live", STARTED, 300)
    assert state.connected_at is not None


def test_one_race_of_a_feed_is_live(feed: Feed) -> None:
    ours = [factories.race(feed, is_live=True) for _ in range(2)]
    other = factories.race(factories.feed(), is_live=True)
    FeedState.objects.create(feed=feed, epoch=4)
    with pytest.raises(LeaseLost):
        journal.only_live(feed=feed.pk, epoch=3, race=str(ours[0].pk))
    journal.only_live(feed=feed.pk, epoch=4, race=str(ours[1].pk))

    live = set(Race.objects.filter(is_live=True).values_list("pk", flat=True))
    assert live == {ours[1].pk, other.pk}


def test_a_session_that_was_never_run_leaves_no_race(feed: Feed) -> None:
    empty, run = factories.race(feed), factories.race(feed)
    factories.laps(factories.entry(run), [60_000])
    for race in (empty, run):
        journal.never_run(race=str(race.pk))

    assert list(Race.objects.all()) == [run]


def test_a_tape_is_begun_under_the_newest_epoch_only(feed: Feed) -> None:
    FeedState.objects.create(feed=feed, epoch=4)
    with pytest.raises(LeaseLost):
        journal.tape_begun(feed=feed.pk, path="old.jsonl", at=STARTED, epoch=3)

    assert journal.tape_begun(feed=feed.pk, path="new.jsonl", at=STARTED, epoch=4)
    assert [tape.path for tape in Tape.objects.all()] == ["new.jsonl"]


def test_a_process_that_may_be_alive_does_not_reach_the_tape_that_goes_on(
    feed: Feed, tmp_path: Path
) -> None:
    tape = record(feed, tmp_path, SAID)
    path = tmp_path / tape.path
    with open(path, "ab") as asleep:
        found = journal.resume(feed=feed.pk, protocol="apex", root=tmp_path, apart=True)
        asleep.write(b'{"t":200,"msg":"what it says when it wakes"}\n')

    assert found is not None
    assert (found.tape, found.offset) == (tape.pk, path.stat().st_size)
    assert [frame.msg for frame in journal.frames(path)] == [msg for _, msg in SAID]
    assert [each.name for each in path.parent.iterdir()] == [path.name]

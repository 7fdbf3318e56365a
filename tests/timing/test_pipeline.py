from __future__ import annotations

import io
import pickle
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.timing.apex_feed import FEED, RACE, Played, Table, block
from tests.timing.simulated import simulated
from timing.engine import reducer
from timing.engine.board import BoardMaker, make_board
from timing.engine.diff import diff, patch
from timing.engine.events import Crossed, Event, LapCompleted
from timing.engine.facts import Fact, FlagFact, LapFact, PitStopFact
from timing.engine.reducer import reduce
from timing.engine.state import RaceState
from timing.pipeline import Change, Pipeline, ResumeError

TABLE = Table(*RACE)
ROWS = {"r1": {"no": "7", "dr": "OTTERS"}, "r2": {"no": "8", "dr": "VOLES"}}
SMALL = {"karts": 6, "minutes": 75, "seed": 4, "mishaps": "all"}
FRAMES = simulated(**SMALL).frames


def run(
    pipeline: Pipeline, frames: tuple[tuple[int, int, str], ...], connection: int = -1
) -> list[Change]:
    changes: list[Change] = []
    for at, number, text in frames:
        if number != connection:
            changes += pipeline.closed(at) if connection >= 0 else []
            changes += pipeline.opened(at)
            connection = number
        changes += pipeline.frame(at, text)
    return changes


def facts_of(changes: list[Change]) -> list[tuple[str, Fact]]:
    return [(change.race, fact) for change in changes for fact in change.facts]


def straight() -> tuple[Pipeline, list[Change]]:
    pipeline = Pipeline(feed=FEED, protocol="apex")
    return pipeline, run(pipeline, FRAMES)


# -- resume ------------------------------------------------------------------------------------

WHOLE, CHANGES = straight()


@settings(max_examples=25, deadline=None)
@given(st.integers(1, len(FRAMES) - 1))
def test_a_run_that_is_resumed_is_the_run_that_was_not(cut: int) -> None:
    first = Pipeline(feed=FEED, protocol="apex")
    before = run(first, FRAMES[:cut])

    second = Pipeline.resume(first.resume_point())
    after = run(second, FRAMES[cut:], connection=FRAMES[cut - 1][1])

    assert second.states == WHOLE.states
    assert second.routing == WHOLE.routing
    assert facts_of(before) + facts_of(after) == facts_of(CHANGES)
    assert second.adapter.counters == WHOLE.adapter.counters


def test_the_same_tape_twice_is_the_same_races_and_facts() -> None:
    again, changes = straight()

    assert again.states == WHOLE.states
    assert facts_of(changes) == facts_of(CHANGES)
    assert list(again.states) == list(WHOLE.states)


def test_another_feed_has_other_races() -> None:
    other = Pipeline(feed="0b9a3a52-8a0f-4d59-9d0a-0c6d8c6f4b11", protocol="apex")
    run(other, FRAMES[:50])

    assert set(other.states).isdisjoint(WHOLE.states)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"not a resume point",
        pickle.dumps((99, FEED, "apex")),
        pickle.dumps(("os", FEED)),
        b"cos\nsystem\n(S'true'\ntR.",
        b"cbuiltins\neval\n(S'1'\ntR.",
        b"\x80\x04\x8c\x16timing.protocols.apex\x8c\x0are.compile\x93.",
    ],
)
def test_what_is_no_resume_point_is_refused(data: bytes) -> None:
    with pytest.raises(ResumeError):
        Pipeline.resume(data)


def test_a_resume_point_of_another_version_is_refused() -> None:
    point = list(pickle.load(io.BytesIO(WHOLE.resume_point())))
    point[0] = "another"

    with pytest.raises(ResumeError):
        Pipeline.resume(pickle.dumps(tuple(point)))


# -- laws --------------------------------------------------------------------------------------


def test_every_board_is_the_one_before_and_the_difference() -> None:
    pipeline, makers = Pipeline(feed=FEED, protocol="apex"), {}
    shown: dict[str, Any] = {}
    for at, _, text in FRAMES:
        for change in pipeline.frame(at, text):
            board = makers.setdefault(change.race, BoardMaker()).make(change.state)
            if change.race in shown:
                assert patch(shown[change.race], diff(shown[change.race], board)) == board
            shown[change.race] = board

    for race, board in shown.items():
        assert board == make_board(pipeline.states.get(race) or WHOLE.states[race])


def test_the_reducer_never_changes_what_it_gets(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every state on the way is kept with a print of itself; at the end each still looks so."""
    kept: list[tuple[RaceState, bytes]] = []

    def watched(state: RaceState, event: Event) -> Any:
        if len(kept) % 7 == 0:
            kept.append((state, pickle.dumps(state)))
        else:
            kept.append((state, b""))
        return reduce(state, event)

    monkeypatch.setattr("timing.pipeline.reduce", watched)
    run(Pipeline(feed=FEED, protocol="apex"), FRAMES[:1_500])

    assert len(kept) > 1_000
    assert all(pickle.loads(was) == state for state, was in kept if was)


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 10**6))
def test_lines_of_one_moment_may_come_in_any_number_of_frames(seed: int) -> None:
    """Allowed to differ: nothing of laps, stops and flags.

    A block stays whole up to its table; between lines that follow, a frame may end anywhere. What
    a fact says of the standing (place, driver) is what was known when its line came.
    """
    random = Random(seed)
    pieces: list[tuple[int, int, str]] = []
    for at, connection, text in FRAMES:
        head, found, rest = text.partition("grid|")
        pieces += [(at, connection, head + found + rest.partition("\n")[0])] if found else []
        lines = (rest.partition("\n")[2] if found else text).split("\n")
        while lines:
            size = random.randint(1, 8)
            pieces.append((at, connection, "\n".join(lines[:size])))
            lines = lines[size:]

    assert told(run(Pipeline(feed=FEED, protocol="apex"), tuple(pieces))) == told(CHANGES)


def told(changes: list[Change]) -> dict[tuple[Any, ...], tuple[Any, ...]]:
    found = {}
    for race, fact in facts_of(changes):
        if isinstance(fact, LapFact):
            found[race, "lap", fact.entry, fact.number] = (fact.ms, fact.at, fact.sectors)
        elif isinstance(fact, PitStopFact):
            found[race, "stop", fact.entry, fact.number] = (fact.lap, fact.in_at, fact.out_at)
        elif isinstance(fact, FlagFact):
            found[race, "flag", fact.number] = (fact.flag, fact.started_at, fact.ended_at)
    return found


# -- what must not end a race ------------------------------------------------------------------


def test_a_bug_in_the_reducer_costs_one_event(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(state: RaceState, event: LapCompleted) -> Any:
        raise ZeroDivisionError

    played = Played()
    played.at(0, block(TABLE, ROWS, light="lg"))
    monkeypatch.setitem(reducer.REDUCERS, Crossed, broken)
    played.at(60, TABLE.cell("r1", "llp", "tn", "1:00.000"), "r1|*|60000|")

    assert played.pipeline.faults == 1
    assert played.car("r1").laps == 1


def test_a_bug_in_the_decoder_costs_one_frame(monkeypatch: pytest.MonkeyPatch) -> None:
    whole, pipeline = Pipeline(feed=FEED, protocol="apex"), Pipeline(feed=FEED, protocol="apex")
    decode = pipeline.adapter.feed

    def stumbling(at: int, msg: str) -> Any:
        if msg == "boom":
            raise ZeroDivisionError
        return decode(at, msg)

    monkeypatch.setattr(pipeline.adapter, "feed", stumbling)
    run(whole, FRAMES[:200])
    run(pipeline, (*FRAMES[:100], (FRAMES[99][0], FRAMES[99][1], "boom"), *FRAMES[100:200]))

    assert (pipeline.faults, pipeline.states) == (1, whole.states)


def test_a_race_that_is_forgotten_begins_again_from_the_next_block() -> None:
    played = Played()
    played.at(0, block(TABLE, ROWS, light="lg"))
    played.at(60, TABLE.cell("r1", "llp", "tn", "1:00.000"))
    race = played.state.id
    played.pipeline.forget(race)
    (change,) = played.at(90, block(TABLE, ROWS, light="lg"))

    assert (change.opened, change.race) == (True, race)
    assert change.state.cars["r1"].laps == 0


def test_time_passes_for_the_integrity_pass_even_without_news() -> None:
    played = Played()
    played.at(0, block(TABLE, ROWS, light="lg"))
    (change,) = played.at(15, "")

    assert change.state.faults == ()
    assert change.state.last_seen_at == Played.ms(15)


def test_a_state_is_small_enough_to_keep_every_ten_seconds() -> None:
    assert len(WHOLE.resume_point()) < 600_000

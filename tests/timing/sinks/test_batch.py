from __future__ import annotations

from tests.timing.apex_feed import FEED
from timing.engine.events import Message
from timing.engine.facts import (
    DriverFact,
    FlagFact,
    LapFact,
    LapGapFact,
    MessageFact,
    PenaltyFact,
    PitStopFact,
    StintFact,
)
from timing.engine.state import RaceState
from timing.sinks.batch import RaceBatch, entry_id, natural_key

STATE = RaceState(FEED, 0, 0)


def lap(number: int, ms: int = 60_000) -> LapFact:
    return LapFact("r1", number, ms, (), "", None, False, "green", 0)


def test_every_fact_has_a_key_of_its_own() -> None:
    facts = [
        lap(1),
        lap(2),
        LapGapFact("r1", 1, 3, 0),
        StintFact("r1", 1, "", 1, None, None, None),
        PitStopFact("r1", 1, 4, 0, None),
        DriverFact("r1", "ADA", None, 0),
        DriverFact("r2", "ADA", None, 0),
        FlagFact(1, "green", 0, None),
        MessageFact("abc", 0, Message("12:00", "msg", "", "x"), None, None),
        PenaltyFact("r1", 1, "x", None, None, None, 0, None),
    ]

    assert len({natural_key(fact) for fact in facts}) == len(facts)


def test_the_newest_version_of_a_fact_waits() -> None:
    batch = RaceBatch(STATE)
    batch.add([lap(1), lap(2)])
    batch.add([lap(1, 61_000)])

    assert batch.of(LapFact) == [lap(1, 61_000), lap(2)]


def test_what_could_not_be_written_gives_way_to_what_came_since() -> None:
    failed, batch = RaceBatch(STATE), RaceBatch(STATE)
    failed.add([lap(1), lap(2)])
    batch.add([lap(2, 62_000), lap(3)])
    batch.older(failed)

    assert batch.of(LapFact) == [lap(1), lap(2, 62_000), lap(3)]


def test_a_driver_was_first_seen_with_the_first_of_all_versions() -> None:
    failed, batch = RaceBatch(STATE), RaceBatch(STATE)
    failed.add([DriverFact("r1", "ADA", None, 1_000)])
    batch.add([DriverFact("r1", "ADA", 60_000, 2_000)])
    batch.add([DriverFact("r1", "ADA", 120_000, 3_000)])
    batch.older(failed)

    assert batch.of(DriverFact) == [DriverFact("r1", "ADA", 120_000, 1_000)]


def test_an_entry_has_the_same_id_on_every_replay() -> None:
    assert str(entry_id(FEED, "r1")) == "7e28db13-31a9-56ee-9f85-9602fda14728"
    assert entry_id(FEED, "r1") != entry_id(FEED, "r2")

"""What waits to be written: the newest version of each fact, so that waiting costs no memory twice.

Keys are natural keys, so a batch that failed is merged with what came since and written again.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from timing.engine.facts import (
    DriverFact,
    Fact,
    FlagFact,
    LapFact,
    LapGapFact,
    MessageFact,
    PenaltyFact,
    PitStopFact,
    StintFact,
)
from timing.engine.state import RaceState


def entry_id(race: str, key: str) -> uuid.UUID:
    return uuid.uuid5(uuid.UUID(race), key)


def natural_key(fact: Fact) -> tuple[Any, ...]:
    if isinstance(fact, LapGapFact):
        return LapGapFact, fact.entry, fact.after
    if isinstance(fact, LapFact | StintFact | PitStopFact | PenaltyFact):
        return type(fact), fact.entry, fact.number
    if isinstance(fact, DriverFact):
        return DriverFact, fact.entry, fact.name
    if isinstance(fact, MessageFact):
        return MessageFact, fact.key
    return FlagFact, fact.number


@dataclass
class RaceBatch:
    """Of one race: where it stands, and its facts that are not written yet."""

    state: RaceState
    live: bool = True
    facts: dict[tuple[Any, ...], Fact] = field(default_factory=dict)

    def add(self, facts: Iterable[Fact]) -> None:
        for fact in facts:
            self.facts[natural_key(fact)] = fact

    def of(self, kind: type) -> list[Fact]:
        return [fact for key, fact in self.facts.items() if key[0] is kind]

    def older(self, batch: RaceBatch) -> None:
        """Take over what an older batch could not write."""
        self.facts = {**batch.facts, **self.facts}

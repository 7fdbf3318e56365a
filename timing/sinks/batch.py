"""What waits to be written: the newest version of each fact, so that waiting costs no memory twice.

Keys are natural keys, so a batch that failed is merged with what came since and written again.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
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


def _newest(old: Fact | None, new: Fact) -> Fact:
    """The new version, except that a driver was first seen when the old one says."""
    if isinstance(new, DriverFact) and isinstance(old, DriverFact):
        return replace(new, at=old.at)
    return new


@dataclass
class RaceBatch:
    """Of one race: where it stands, and its facts that are not written yet."""

    state: RaceState
    live: bool = True
    facts: dict[tuple[Any, ...], Fact] = field(default_factory=dict)

    def add(self, facts: Iterable[Fact]) -> None:
        for fact in facts:
            key = natural_key(fact)
            self.facts[key] = _newest(self.facts.get(key), fact)

    def of(self, kind: type) -> list[Fact]:
        return [fact for key, fact in self.facts.items() if key[0] is kind]

    def older(self, batch: RaceBatch) -> None:
        """Take over what an older batch could not write."""
        since = {key: _newest(batch.facts.get(key), fact) for key, fact in self.facts.items()}
        self.facts = {**batch.facts, **since}

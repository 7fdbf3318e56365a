"""What a race leaves behind, each with a natural key within its race.

Writing a fact twice writes the same row. `entry` is the entry's key; instants are ms since the
epoch (UTC), durations ms. Standings are no facts: they are read off the state.
"""

from __future__ import annotations

from dataclasses import dataclass

from timing.engine.events import Flag, Message
from timing.engine.units import Ms


@dataclass(frozen=True, slots=True)
class LapFact:
    """Key: (entry, number). `derived`: the time shown did not change, the line was crossed."""

    entry: str
    number: int
    ms: Ms
    sectors: tuple[Ms | None, ...]
    driver: str
    position: int | None
    pit: bool
    flag: Flag
    at: Ms
    derived: bool = False


@dataclass(frozen=True, slots=True)
class LapGapFact:
    """Key: (entry, after). Laps that were run while nobody listened; their times are unknown."""

    entry: str
    after: int
    missed: int
    at: Ms


@dataclass(frozen=True, slots=True)
class StintFact:
    """Key: (entry, number). Open while `ended_at` is None."""

    entry: str
    number: int
    driver: str
    first_lap: int
    last_lap: int | None
    started_at: Ms | None
    ended_at: Ms | None


@dataclass(frozen=True, slots=True)
class PitStopFact:
    """Key: (entry, number). `lap`: laps completed at pit entry; in_at None: entry not seen."""

    entry: str
    number: int
    lap: int
    in_at: Ms | None
    out_at: Ms | None

    @property
    def duration_ms(self) -> Ms | None:
        return None if self.in_at is None or self.out_at is None else self.out_at - self.in_at


@dataclass(frozen=True, slots=True)
class DriverFact:
    """Key: (entry, name). `driving_ms`: cumulative, as the feed says (to the minute)."""

    entry: str
    name: str
    driving_ms: Ms | None
    at: Ms


@dataclass(frozen=True, slots=True)
class FlagFact:
    """Key: number, in order of time from 1."""

    number: int
    flag: Flag
    started_at: Ms
    ended_at: Ms | None


@dataclass(frozen=True, slots=True)
class MessageFact:
    """Key: `key`. `order` is its place in the feed's log, the oldest 0."""

    key: str
    order: int
    message: Message
    at: Ms | None
    withdrawn_at: Ms | None


@dataclass(frozen=True, slots=True)
class PenaltyFact:
    """Key: (entry, number)."""

    entry: str
    number: int
    text: str
    laps: int | None
    ms: Ms | None
    lap: int | None
    at: Ms
    withdrawn_at: Ms | None


Fact = (
    LapFact
    | LapGapFact
    | StintFact
    | PitStopFact
    | DriverFact
    | FlagFact
    | MessageFact
    | PenaltyFact
)

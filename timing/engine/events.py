"""What a feed can say, in one vocabulary for every protocol.

An adapter turns frames into these; `sessions` decides which race they belong to; the reducer turns
them into state. `at` is always milliseconds since the epoch, UTC, by the clock of the recording.
`key` names an entry within one race of one feed (a row id, a bib), never a kart number.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from timing.engine.units import Ms

Flag = Literal["none", "green", "yellow", "red", "code60", "chequered"]
Mark = Literal["", "pb", "best"]
Ranking = Literal["laps", "best"]
Kind = Literal["practice", "qualifying", "race"]
# (laps down, ms behind); None where the feed shows nothing
Gap = tuple[int, Ms | None] | None


@dataclass(frozen=True, slots=True)
class Clock:
    """The session clock. ``countdown``/``count``: `ms` as shown at `at`; ``text``: as printed."""

    mode: Literal["off", "countdown", "count", "text"] = "off"
    ms: Ms | None = None
    at: Ms | None = None
    text: str = ""


@dataclass(frozen=True, slots=True)
class Message:
    """A line of race control. `time` is the track's local wall clock as printed, ``HH:MM``.

    `laps` and `ms` are what a penalty costs, `lap` the lap it was given on, where the text says;
    `lifts`: it takes back the last penalty of that number.
    """

    time: str
    kind: str
    number: str
    text: str
    laps: int | None = None
    ms: Ms | None = None
    lap: int | None = None
    lifts: bool = False


@dataclass(frozen=True, slots=True)
class KartClass:
    """A class of karts as the feed colours it; both colours are ``#rrggbb`` or empty."""

    colour: str
    ink: str


@dataclass(frozen=True, slots=True)
class Seen:
    """One entry as a snapshot shows it; `fields` as in `StandingSet`."""

    key: str
    fields: dict[str, Any]


@dataclass(frozen=True, slots=True)
class SessionSeen:
    """A whole snapshot: which session is shown, and every entry in it.

    It proves nothing by itself: operators re-send it in mid race, servers after the race.
    `opening` is False for a table that came alone (new entrants), without a new session block.
    """

    at: Ms
    ranking: Ranking
    kind: Kind
    event: str
    name: str
    track: str
    track_length_m: int | None
    language: str
    flag: Flag
    clock: Clock
    sectors: int
    columns: frozenset[str]
    classes: dict[str, KartClass]
    log: tuple[Message, ...]
    rows: tuple[Seen, ...]
    opening: bool = True


@dataclass(frozen=True, slots=True)
class SessionGone:
    """The feed shows no session at the moment (often for seconds only)."""

    at: Ms


@dataclass(frozen=True, slots=True)
class TitleSet:
    at: Ms
    event: str | None
    name: str | None


@dataclass(frozen=True, slots=True)
class StandingSet:
    """Fields of one entry as the feed asserts them now.

    Keys of `fields`: position, number, class, category, competitor, nation (text); best_ms,
    best_mark, last_ms, last_mark; gap, interval (`Gap`); lap_count, leader_lap, stops (int);
    penalty (text); status (see `state.Status`); sectors (tuple of (ms | None, mark)); driver
    (name, driving_ms | None); penalty_laps (int), penalty_ms (int | None). Of a snapshot only:
    stint_ms, pit_ms, in_pit (bool), crossed (bool: it has crossed the line in the leader's current
    lap).
    """

    at: Ms
    key: str
    fields: dict[str, Any]


@dataclass(frozen=True, slots=True)
class LapCompleted:
    at: Ms
    key: str
    ms: Ms
    sectors: tuple[Ms | None, ...]
    mark: Mark
    repeated: bool = False  # derived: the line was crossed and the time shown stayed the same


@dataclass(frozen=True, slots=True)
class LapMarked:
    """The lap shown last was re-coloured: the same lap, another rank among the best."""

    at: Ms
    key: str
    mark: Mark


@dataclass(frozen=True, slots=True)
class Crossed:
    """The entry crossed the finish line; laps are told by `LapCompleted`."""

    at: Ms
    key: str


@dataclass(frozen=True, slots=True)
class PitIn:
    at: Ms
    key: str


@dataclass(frozen=True, slots=True)
class PitOut:
    at: Ms
    key: str


@dataclass(frozen=True, slots=True)
class FlagSet:
    at: Ms
    flag: Flag


@dataclass(frozen=True, slots=True)
class ClockSet:
    at: Ms
    clock: Clock


@dataclass(frozen=True, slots=True)
class LogSet:
    """The whole race-control log, newest first, as the feed has it now."""

    at: Ms
    log: tuple[Message, ...]


@dataclass(frozen=True, slots=True)
class BannerSet:
    """A banner over the board; an empty text takes it away."""

    at: Ms
    kind: str
    text: str


@dataclass(frozen=True, slots=True)
class ClassesSet:
    at: Ms
    classes: dict[str, KartClass]


@dataclass(frozen=True, slots=True)
class Tick:
    """Time passes. Kernel code never asks for the time; this is how it learns of it."""

    at: Ms


EntryEvent = StandingSet | LapCompleted | LapMarked | Crossed | PitIn | PitOut
SessionEvent = FlagSet | ClockSet | LogSet | BannerSet | ClassesSet | TitleSet
Event = EntryEvent | SessionEvent | SessionSeen | SessionGone | Tick

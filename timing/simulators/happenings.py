"""What happens in a simulated session: the race model says it, a feed turns it into its language.

Times are integer ms of virtual time since the feed began. ``car`` is the index of the entry.
"""

from __future__ import annotations

from typing import NamedTuple


class GreenFlag(NamedTuple):
    at: int
    restart: bool


class Neutralised(NamedTuple):
    """Yellow (slow, no passing) or red (stopped)."""

    at: int
    flag: str


class Chequered(NamedTuple):
    at: int


class LeftGarage(NamedTuple):
    """First exit of a session that begins in the pit lane: not a pit stop."""

    at: int
    car: int


class StartCrossed(NamedTuple):
    """First crossing of the line: the clock of lap 1 starts."""

    at: int
    car: int


class SectorPassed(NamedTuple):
    at: int
    car: int
    sector: int
    ms: int


class LapDone(NamedTuple):
    at: int
    car: int
    number: int
    ms: int
    sectors: tuple[int, ...]
    pit: bool
    leads: bool
    finished: bool


class PitEntered(NamedTuple):
    at: int
    car: int


class DriverChanged(NamedTuple):
    at: int
    car: int
    driver: int


class KartChanged(NamedTuple):
    at: int
    car: int
    number: str


class PitLeft(NamedTuple):
    at: int
    car: int


class MessagePosted(NamedTuple):
    """Race control speaks. ``reason`` is a key of words.py, ``laps``/``ms`` the penalty if one,
    ``number`` the kart as it was called then."""

    at: int
    id: int
    kind: str
    car: int | None
    number: str
    reason: str
    detail: str
    lap: int
    laps: int
    ms: int


class MessageWithdrawn(NamedTuple):
    at: int
    id: int
    car: int | None


class SessionOver(NamedTuple):
    at: int


Happening = (
    GreenFlag
    | Neutralised
    | Chequered
    | LeftGarage
    | StartCrossed
    | SectorPassed
    | LapDone
    | PitEntered
    | DriverChanged
    | KartChanged
    | PitLeft
    | MessagePosted
    | MessageWithdrawn
    | SessionOver
)

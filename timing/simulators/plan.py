"""The plan of one simulated session: who races, where, for how long, under which rules."""

from __future__ import annotations

from dataclasses import dataclass

MINUTE = 60_000


@dataclass(frozen=True, slots=True)
class Driver:
    """``pace`` multiplies the track's reference lap; ``spread_ms`` is the noise of a lap."""

    name: str
    pace: float
    spread_ms: float


@dataclass(frozen=True, slots=True)
class EntryPlan:
    row: str
    number: str
    competitor: str
    category: str
    class_text: str
    nation: str
    drivers: tuple[Driver, ...]
    kart_pace: float


@dataclass(frozen=True, slots=True)
class Track:
    """``sector_shares`` of a lap for each timed sector (empty: no sectors); ``pit_in`` the share
    of the lap at which the pit lane branches off, inside the last sector."""

    name: str
    length_m: int
    lap_ms: int
    sector_shares: tuple[float, ...]
    pit_in: float = 0.9


@dataclass(frozen=True, slots=True)
class Neutral:
    """A planned yellow or red period, relative to the green flag."""

    at: int
    flag: str
    duration: int


@dataclass(frozen=True, slots=True)
class Rain:
    at: int
    duration: int
    slowdown: float


@dataclass(frozen=True, slots=True)
class Quiet:
    """A span, relative to the green flag, in which no kart enters or leaves the pits, no flag
    changes and no lap time repeats: what a short blackout hides is then still told by the next
    full state."""

    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Trouble:
    """A mishap of the feed: when (after the green flag), which, for how long (or, of junk, which
    helping), with what."""

    at: int
    name: str
    length: int = 0
    detail: str = ""


@dataclass(frozen=True, slots=True)
class SessionPlan:
    """``kind``: practice, qualifying, sprint (so many laps) or endurance (so long). ``edition``
    is shown behind the second title, and changes nothing of what happens."""

    title1: str
    title2: str
    kind: str
    track: Track
    entries: tuple[EntryPlan, ...]
    duration_ms: int
    laps: int = 0
    grid_ms: int = 30_000
    pause_ms: int = 60_000
    teams: bool = True
    min_pit_ms: int = 90_000
    max_stint_ms: int = 45 * MINUTE
    kart_changes: bool = False
    incidents: bool = True
    layout: str = "team_race"
    neutrals: tuple[Neutral, ...] = ()
    rain: tuple[Rain, ...] = ()
    quiet: tuple[Quiet, ...] = ()
    troubles: tuple[Trouble, ...] = ()
    markup: bool = False  # race control writes markup, too
    edition: str = ""

    @property
    def is_race(self) -> bool:
        return self.kind in ("sprint", "endurance")

    @property
    def title(self) -> str:
        """Also the seed of what happens: see `Race`."""
        return " - ".join(part for part in (self.title1, self.title2) if part)

    @property
    def shown_title2(self) -> str:
        return f"{self.title2} {self.edition}".strip()

"""One kart of the race model: where it is, what it will do, and what it has done (the truth)."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple

from timing.simulators.plan import Driver, EntryPlan


class Waypoint(NamedTuple):
    """A place the kart will pass: start, garage, s1, s2, in, change, out, line."""

    at: int
    place: str


class LapRecord(NamedTuple):
    """``sectors`` holds None where the feed never showed them (a cut connection)."""

    ms: int
    sectors: tuple[int | None, ...]
    pit: bool
    driver: int
    position: int
    at: int


@dataclass(slots=True)
class StopRecord:
    lap: int
    in_at: int
    out_at: int | None = None


@dataclass(slots=True)
class StintRecord:
    """``driver`` is whoever drove its laps; the clock runs from the green flag or pit-out."""

    driver: int
    first_lap: int
    started_at: int
    ended_at: int | None = None
    last_lap: int | None = None


@dataclass(slots=True)
class Car:
    index: int
    plan: EntryPlan
    number: str = ""
    name: str = ""
    driver: int = 0
    path: list[Waypoint] = field(default_factory=list)
    version: int = 0
    lap_from: int = 0
    sector_from: int = 0
    sectors: list[int] = field(default_factory=list)
    in_pit: bool = False
    pits_this_lap: bool = False
    retires: bool = False
    done: bool = False
    stint_target: int = 0
    laps: list[LapRecord] = field(default_factory=list)
    stops: list[StopRecord] = field(default_factory=list)
    stints: list[StintRecord] = field(default_factory=list)
    driven: list[int] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.number = self.plan.number
        self.name = self.plan.competitor
        self.driven = [0] * len(self.plan.drivers)

    @property
    def who(self) -> Driver:
        return self.plan.drivers[self.driver]

    @property
    def line_at(self) -> int:
        """When it will cross the line, as things stand."""
        return self.path[-1].at if self.path else 0

    def recent_ms(self) -> list[int]:
        return [lap.ms for lap in self.laps[-3:]]

    def driving_ms(self, now: int) -> int:
        """What the current driver has driven in all, the running stint included."""
        stint = self.stints[-1] if self.stints else None
        running = now - stint.started_at if stint and stint.ended_at is None else 0
        return self.driven[self.driver] + running

    def begin_stint(self, at: int) -> None:
        self.stints.append(StintRecord(self.driver, len(self.laps) + 1, at))

    def end_stint(self, at: int) -> int:
        """Close the running stint; how long it was."""
        stint = self.stints[-1]
        stint.ended_at, stint.last_lap = at, len(self.laps)
        lasted = at - stint.started_at
        self.driven[stint.driver] += lasted
        return lasted

    def delay_from(self, now: int, by: int) -> None:
        self.path = [Waypoint(w.at + by, w.place) if w.at > now else w for w in self.path]
        self.version += 1

    def stretch_from(self, now: int, factor: float) -> None:
        """Drive the rest of the lap slower (or, below 1, faster); time in the pits stays."""
        self.path = _stretched(self.path, now, factor, in_pit=self.in_pit)
        self.version += 1

    def cancel_stop(self) -> None:
        """Drive past the pit lane after all."""
        places = {w.place: w.at for w in self.path}
        spared = places["out"] - places["in"] if "out" in places else 0
        kept = [w for w in self.path if w.place not in ("in", "change", "out")]
        self.path = [Waypoint(w.at - spared, w.place) if w.place == "line" else w for w in kept]
        self.pits_this_lap, self.retires = False, False
        self.version += 1


def _stretched(path: list[Waypoint], now: int, factor: float, *, in_pit: bool) -> list[Waypoint]:
    moved, before, clock = [], now, now
    for at, place in path:
        gap = at - before
        driving = not (in_pit and place in ("change", "out"))
        clock += round(gap * factor) if driving else gap
        in_pit = place in ("in", "change") or (in_pit and place != "out")
        moved.append(Waypoint(clock, place))
        before = at
    return moved

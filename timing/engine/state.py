"""The state of one race: frozen values, replaced where they change.

Unchanged cars stay the same object, so a board diff compares identity first. ``evolve`` exists
because ``dataclasses.replace`` runs the constructor: 6 µs against 0.6 µs for a car, at several
events a frame.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, TypeVar

from timing.engine.events import Clock, Flag, Gap, KartClass, Kind, Mark, Message, Ranking
from timing.engine.facts import LapFact
from timing.engine.units import Ms

Status = Literal["grid", "run", "pit", "out", "stopped", "slow", "finished"]

NO_CLOCK = Clock()
LINE_TIMES = 64  # lap ends kept for gaps: enough for a car that is 63 laps down

_T = TypeVar("_T")


def evolve(value: _T, **changes: Any) -> _T:
    """The same value with some fields changed; the old one stays as it was."""
    new = object.__new__(type(value))
    new.__dict__.update(value.__dict__)
    new.__dict__.update(changes)
    return new


@dataclass(frozen=True)
class Car:
    """An entry as it stands. Durations in ms, instants in ms since the epoch."""

    key: str
    number: str = ""
    kart_class: str = ""
    category: str = ""
    competitor: str = ""
    nation: str = ""
    driver: str = ""
    drivers: Mapping[str, Ms | None] = field(default_factory=dict)
    position: int | None = None
    first_position: int | None = None
    laps: int = 0
    last_ms: Ms | None = None
    last_mark: Mark = ""
    best_ms: Ms | None = None
    sectors: tuple[tuple[Ms | None, Mark], ...] = ()
    gap: Gap = None
    interval: Gap = None
    lap_count: int | None = None  # as the feed counts, where it has a column for it
    offset: int | None = None  # our count less the feed's: penalties in laps make them differ
    offset_seen: int | None = None  # a new offset counts when it is seen twice in a row
    calmed_at: Ms | None = None  # when the feed's count took the doubt of a new offset away
    doubted: int | None = None  # the offset that was in doubt until then
    status: Status = "grid"
    stops: int | None = None  # as the feed counts
    stop_n: int = 0  # stops recorded
    stops_told: int = 0  # the last of them that were not seen from entry to exit
    stops_at: Ms | None = None  # when the feed's count moved
    in_pit: bool = False
    pit_at: Ms | None = None
    pit_lap: int = 0
    pit_open: bool = False  # a stop was recorded at its entry and waits for its exit
    pit_in_lap: bool = False  # the lap under way holds a stop
    stint: int = 0
    stint_at: Ms | None = None
    stint_lap: int = 1
    stint_driver: str = ""
    driverless: tuple[LapFact, ...] = ()  # laps of this stint that wait for a driver's name
    crossed_at: Ms | None = None
    crossed_seen: tuple[int | None, Flag] = (None, "none")  # place and flag at that moment
    lap_at: Ms | None = None
    line_times: tuple[Ms, ...] = ()  # ends of the last laps, the newest last
    lates: tuple[Ms, ...] = ()  # by how much later those that hang together were told
    penalty: str = ""  # the feed's column, cumulative
    penalty_laps: int = 0
    penalty_ms: Ms = 0
    penalties: int = 0  # lines of race control that name this entry
    listed: bool = True  # in the feed's newest table

    @property
    def shown_name(self) -> str:
        """As on the board: where no competitor is told, the driver stands for it."""
        return self.competitor or self.driver

    @property
    def official(self) -> int:
        """Laps as the feed ranks by them: penalties in laps taken off."""
        return self.laps - (self.offset or 0)


@dataclass(frozen=True)
class Logged:
    """A line of the race-control log as we first saw it."""

    key: str
    order: int  # its place among all there ever were, the oldest 0; an edited line shares one
    message: Message
    entry: str  # key of the entry it names, "" if none
    at: Ms | None  # None: it was there when we joined
    penalty_n: int = 0
    withdrawn: bool = False
    lifted: bool = False  # a penalty that race control took back in a later line


@dataclass(frozen=True)
class RaceState:
    """One race. `id` is a UUID text; see `sessions` for where it comes from."""

    id: str
    first_seen_at: Ms
    last_seen_at: Ms
    ranking: Ranking = "laps"
    kind: Kind = "race"
    event: str = ""
    name: str = ""
    track: str = ""
    track_length_m: int | None = None
    language: str = ""
    sectors: int = 0
    columns: frozenset[str] = frozenset()
    flag: Flag = "none"
    flag_at: Ms | None = None
    flag_n: int = 0
    clock: Clock = NO_CLOCK
    planned_ms: Ms | None = None
    joined_late: bool = False  # it was running when we came
    started_at: Ms | None = None
    ended_at: Ms | None = None
    cars: Mapping[str, Car] = field(default_factory=dict)
    names: int = 0  # grows where one joins or leaves the table, or is called otherwise
    classes: Mapping[str, KartClass] = field(default_factory=dict)
    log: tuple[Logged, ...] = ()
    banner: tuple[str, str] | None = None
    leader_lap: int = 0
    best_ms: Ms | None = None
    best_key: str = ""
    refused: int = 0  # events that no transition allows; counted, changed nothing
    broken: bool = False  # an event of it could not be reduced: a bug of ours
    faults: tuple[str, ...] = ()  # what the integrity pass found

    @property
    def title(self) -> str:
        return " - ".join(part for part in (self.event, self.name) if part)

    @property
    def was_run(self) -> bool:
        """Whether anything shows that this session took place: a lap, a start, a result."""
        return any(
            car.laps or car.best_ms or car.crossed_at or car.lap_count for car in self.cars.values()
        )


def with_car(state: RaceState, car: Car) -> RaceState:
    cars = dict(state.cars)
    cars[car.key] = car
    if len(cars) > len(state.cars):
        return evolve(state, cars=cars, names=state.names + 1)
    return evolve(state, cars=cars)

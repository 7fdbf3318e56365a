"""Mishaps as they strike a feed: what each does to the frames, and which laps it swallows."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from timing.simulators import junk
from timing.simulators.car import Car
from timing.simulators.plan import Trouble

if TYPE_CHECKING:  # a feed has a script, a script acts on a feed
    from timing.simulators.apex import ApexFeed, Frame


class LostLap(NamedTuple):
    """``race`` is the place of the session in the feed."""

    race: int
    row: str
    lap: int


@dataclass(frozen=True, slots=True)
class Blackout:
    """Nobody gets anything: the timing computer restarts, or every connection is cut."""

    until: int
    cut: bool
    laps: tuple[int, ...]


class Script:
    """The troubles of one session, by the time of the feed."""

    def __init__(self, troubles: Sequence[Trouble] = (), *, since: int = 0) -> None:
        self._left = sorted(
            (trouble.at + since, index, trouble) for index, trouble in enumerate(troubles)
        )

    @property
    def next_at(self) -> int | None:
        return self._left[0][0] if self._left else None

    def take(self) -> Trouble:
        return self._left.pop(0)[2]

    def add(self, at: int, trouble: Trouble) -> None:
        self._left.append((at, len(self._left) + 1_000_000, trouble))
        self._left.sort()


def happen(feed: ApexFeed, script: Script) -> list[Frame]:
    """The next trouble of the script strikes; the frames it makes."""
    trouble = script.take()
    if feed.stage.race.flag == "chequered" and feed.blackout is None:
        return []
    return _ACTS[trouble.name](feed, trouble, script)


def _reinit(feed: ApexFeed, trouble: Trouble, script: Script) -> list[Frame]:
    """The operator changes the columns: a new block in mid race."""
    frames = feed.flush()
    feed.stage.screen.arrange(trouble.detail)
    return frames + feed.emit(feed.opening())


def _blackout(feed: ApexFeed, trouble: Trouble, script: Script) -> list[Frame]:
    if feed.blackout is not None:
        return []
    frames = feed.flush()
    cut = trouble.name == "drop"
    if not cut:
        frames += feed.emit(feed.stage.closed())
    laps = tuple(len(car.laps) for car in feed.stage.race.cars)
    feed.blackout = Blackout(feed.now + trouble.length, cut, laps)
    script.add(feed.blackout.until, Trouble(0, "back"))
    return frames


def _back(feed: ApexFeed, trouble: Trouble, script: Script) -> list[Frame]:
    """The full state again. Of the laps crossed meanwhile it shows each kart's last one."""
    blackout, feed.blackout = feed.blackout, None
    if blackout is None:
        return []
    feed.batch.clear()
    feed.connection += blackout.cut
    place = feed.stages.index(feed.stage)
    for car, before in zip(feed.stage.race.cars, blackout.laps, strict=True):
        first, last = before + 1, len(car.laps)
        feed.lost_laps += [LostLap(place, car.plan.row, lap) for lap in range(first, last)]
        if last > before:
            _as_shown(feed, car)
    return feed.emit(feed.opening())


def _as_shown(feed: ApexFeed, car: Car) -> None:
    """The last lap is known by its cells only: today's place, and no sectors once the next lap
    has written over them."""
    lap = car.laps[-1]
    sectors = lap.sectors if not car.sectors else tuple(None for _ in lap.sectors)
    position = feed.stage.race.standings.position(car.index)
    car.laps[-1] = lap._replace(position=position, sectors=sectors)


def _flicker(feed: ApexFeed, trouble: Trouble, script: Script) -> list[Frame]:
    """For some seconds the page has another title."""
    feed.stage.title2 = trouble.detail or feed.stage.plan.shown_title2
    feed.say([f"title2||{feed.stage.title2}"])
    if trouble.detail:
        script.add(feed.now + trouble.length, Trouble(0, trouble.name))
    return []


def _rename(feed: ApexFeed, trouble: Trouble, script: Script) -> list[Frame]:
    """An entry gets another name and another number while it races."""
    stage, lines = feed.stage, list[str]()
    index = feed.rng.randrange(len(stage.race.cars))
    car = stage.race.cars[index]
    if stage.plan.teams:
        car.name = f"(E) {car.name}"
        stage.rows.put_name(lines, car, feed.now)
    car.number = junk.free_number(stage.race.cars, feed.rng)
    stage.screen.put(lines, index, "no", car.plan.category, car.number)
    feed.say(lines)
    return []


def _repeats(feed: ApexFeed, trouble: Trouble, script: Script) -> list[Frame]:
    """Last-lap cells come again: the same, or in another colour."""
    stage = feed.stage
    index = feed.rng.randrange(len(stage.race.cars))
    if not stage.screen.shows("llp") or not stage.screen.value(index, "llp"):
        return []
    style, value = stage.screen.cells[index]["llp"]
    if style == "tn" and feed.rng.random() < 0.5:
        lines: list[str] = []
        for colour in ("ti", "tn"):
            stage.screen.put(lines, index, "llp", colour, value)
        feed.say(lines)
    else:
        feed.say([stage.screen.line(index, "llp")] * feed.rng.randrange(1, 4))
    return []


def _junk(feed: ApexFeed, trouble: Trouble, script: Script) -> list[Frame]:
    """Strangers write into the feed: as frames of their own, or between the lines of others."""
    lines = junk.lines(trouble.length, feed.stage.screen, feed.rng, teams=feed.stage.plan.teams)
    if feed.rng.random() < 0.5:
        feed.say(lines)
        return []
    return feed.flush() + feed.emit("\n".join(lines))


_ACTS: dict[str, Callable[[ApexFeed, Trouble, Script], list[Frame]]] = {
    "reinit": _reinit,
    "missing_columns": _reinit,
    "blip": _blackout,
    "drop": _blackout,
    "back": _back,
    "title_flicker": _flicker,
    "rename": _rename,
    "repeats": _repeats,
    "junk": _junk,
}

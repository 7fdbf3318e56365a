"""The board: what a page shows of a race, as plain JSON values.

Shape: see `docs/wire.md`. Durations are ms, instants ms since the epoch. Rows of cars that did not
change, next to a leader and a neighbour that did not change, are the same object as before.
"""

from __future__ import annotations

from typing import Any

from timing.engine.diff import Board
from timing.engine.scoring import gap, order, shown
from timing.engine.state import Car, Logged, RaceState

MESSAGES = 40

Row = dict[str, Any]


class BoardMaker:
    """Makes the boards of one race, reusing the rows of the last one."""

    def __init__(self) -> None:
        self._rows: dict[str, tuple[tuple[Any, ...], Row]] = {}
        self._log: tuple[tuple[Logged, ...], list[dict[str, Any]]] = ((), [])

    def make(self, state: RaceState, *, shift: int = 0) -> Board:
        """`shift` is added to every instant: ms from the race's clock to the viewers'."""
        cars = order(state)
        leader = cars[0] if cars else None
        rows: dict[str, Row] = {}
        cached: dict[str, tuple[tuple[Any, ...], Row]] = {}
        ahead: Car | None = None
        group = 0
        for place, car in enumerate(cars, start=1):
            if car.gap is not None and car.gap[0]:
                group = car.gap[0]
            facts = (place, group, shift, state.ranking, state.sectors, state.best_key)
            inputs = (car, ahead, leader, *facts)
            known = self._rows.get(car.key)
            if known is not None and _same(known[0], inputs):
                cached[car.key] = known
            else:
                cached[car.key] = (
                    inputs,
                    _row(state, (car, ahead, leader or car), place, group, shift),
                )
            rows[car.key] = cached[car.key][1]
            ahead = car
        self._rows = cached
        return {
            "race": state.id,
            "session": _session(state, leader, shift),
            "classes": _classes(state, cars),
            "order": [car.key for car in cars],
            "rows": rows,
            "messages": self._messages(state.log),
        }

    def _messages(self, log: tuple[Logged, ...]) -> list[dict[str, Any]]:
        if self._log[0] is not log:
            newest = sorted(log, key=lambda line: line.order, reverse=True)[:MESSAGES]
            self._log = (log, [_message(line) for line in newest])
        return self._log[1]


def _classes(state: RaceState, cars: list[Car]) -> dict[str, dict[str, str]]:
    """Those that race: feeds define a colour for every class they ever had."""
    raced = {car.kart_class for car in cars}
    return {
        name: {"colour": kart_class.colour, "ink": kart_class.ink}
        for name, kart_class in state.classes.items()
        if name in raced
    }


def make_board(state: RaceState) -> Board:
    return BoardMaker().make(state)


def _same(old: tuple[Any, ...], new: tuple[Any, ...]) -> bool:
    return all(a is b or a == b for a, b in zip(old[3:], new[3:], strict=True)) and all(
        a is b for a, b in zip(old[:3], new[:3], strict=True)
    )


def _row(
    state: RaceState, cars: tuple[Car, Car | None, Car], place: int, group: int, shift: int
) -> Row:
    """`cars`: the one of the row, the one ahead of it, the leader."""
    car, ahead, leader = cars
    to_leader = to_next = None
    if ahead is not None:
        to_leader = shown(car.gap, gap(leader, car, state.ranking), group)
        to_next = shown(car.interval, gap(ahead, car, state.ranking), 0)
    start = car.first_position
    best = car.best_ms is not None and car.key == state.best_key
    driver = "" if car.driver == car.competitor else car.driver
    return {
        "key": car.key,
        "pos": car.position or place,
        "moved": start - car.position if start and car.position else 0,
        "number": car.number,
        "class": car.kart_class,
        "category": car.category,
        "competitor": car.competitor or car.driver,
        "driver": driver if car.competitor else "",
        "nation": car.nation,
        "laps": car.official,
        "last_ms": car.last_ms,
        "last_mark": car.last_mark,
        "best_ms": car.best_ms,
        "best_mark": "best" if best else "",
        "sectors": [list(sector) for sector in car.sectors[: state.sectors]],
        "gap": _listed(to_leader),
        "interval": _listed(to_next),
        "stint": car.stint,
        "stint_at": None if car.in_pit else _shifted(car.stint_at, shift),
        "pit_at": _shifted(car.pit_at, shift) if car.in_pit else None,
        "stops": max(car.stops or 0, car.stop_n),
        "state": car.status,
        "penalty": car.penalty,
        "crossed_at": _shifted(car.crossed_at, shift),
    }


def _listed(value: tuple[int, int | None] | None) -> list[int | None] | None:
    return None if value is None else list(value)


def _shifted(at: int | None, shift: int) -> int | None:
    return None if at is None else at + shift


def _session(state: RaceState, leader: Car | None, shift: int) -> dict[str, Any]:
    clock = state.clock
    return {
        "event": state.event,
        "name": state.name,
        "kind": state.kind,
        "ranking": state.ranking,
        "track": state.track,
        "track_length_m": state.track_length_m,
        "language": state.language,
        "flag": state.flag,
        "flag_at": _shifted(state.flag_at, shift),
        "clock": {
            "mode": clock.mode,
            "ms": clock.ms,
            "at": _shifted(clock.at, shift),
            "text": clock.text,
        },
        "started_at": _shifted(state.started_at, shift),
        "ended": state.ended_at is not None,
        "sectors": state.sectors,
        "leader_laps": max(state.leader_lap, leader.official if leader else 0),
        "best_ms": state.best_ms,
        "best_key": state.best_key,
        "banner": None
        if state.banner is None
        else {"kind": state.banner[0], "text": state.banner[1]},
        "degraded": state.broken or bool(state.faults),
    }


def _message(line: Logged) -> dict[str, Any]:
    message = line.message
    return {
        "id": line.key,
        "at": line.at,
        "time": message.time,
        "kind": message.kind,
        "number": message.number,
        "text": message.text,
        "withdrawn": line.withdrawn,
    }

"""A team's overlay: how its own entries stand to those it watches. Shape: `docs/wire.md`."""

from __future__ import annotations

from itertools import compress
from operator import attrgetter, is_not
from typing import Any

from timing.engine.chase import Chase, chase
from timing.engine.state import Car, RaceState
from timing.engine.units import Ms
from timing.engine.watch import Found, Resolved

Overlay = dict[str, Any]


def overlay(resolved: Resolved, state: RaceState, *, shift: int = 0) -> Overlay:
    """`shift` is added to every instant: ms from the race's clock to the viewers'."""
    return OverlayMaker().make(resolved, state, shift=shift)


class OverlayMaker:
    """Makes the overlays of one team in one race.

    The same object as before is returned while nothing in it changed: compare with ``is``.
    """

    def __init__(self) -> None:
        self._inputs: tuple[Any, ...] = ()
        self._cars: tuple[Car, ...] = ()
        self._chases: dict[str, tuple[Any, Chase]] = {}
        self._rows: dict[str, tuple[Any, dict[str, Any]]] = {}
        self._overlay: Overlay = {}

    def make(self, resolved: Resolved, state: RaceState, *, shift: int = 0) -> Overlay:
        """As `overlay`."""
        cars = resolved.pick(state.cars)
        inputs = (resolved, shift, state.ranking, state.joined_late)
        if self._inputs and self._inputs[0] is resolved and self._inputs == inputs:
            changed = compress(zip(cars, self._cars, strict=True), map(is_not, cars, self._cars))
            if all(_shown(car) == _shown(old) for car, old in changed):
                self._cars = cars
                return self._overlay
        else:
            self._chases = {}
        self._inputs, self._cars = inputs, cars
        new = self._make(resolved, state, shift)
        if new != self._overlay:
            self._overlay = new
        return self._overlay

    def _make(self, resolved: Resolved, state: RaceState, shift: int) -> Overlay:
        own = None if resolved.own is None else state.cars[resolved.own]
        return {
            "race": state.id,
            "plan": resolved.plan,
            "own": resolved.own,
            "ours": [
                _our(found, state.cars[found.key], shift, stint_limit(resolved, found.key))
                for found in resolved.found
                if found.kind == "ours"
            ],
            "watched": [
                self._row(found, state.cars[found.key], self._chased(state, own, found.key))
                for found in resolved.found
                if found.key != resolved.own
            ],
        }

    def _row(self, found: Found, car: Car, made: Chase) -> dict[str, Any]:
        inputs = found, car.number, made
        known = self._rows.get(car.key)
        if known is None or known[0] != inputs:
            known = self._rows[car.key] = inputs, _watched(found, car, made)
        return known[1]

    def _chased(self, state: RaceState, own: Car | None, key: str) -> Chase:
        """The chase of the two: made anew only where something that it rests on has changed."""
        if own is None:
            return _NONE
        other = state.cars[key]
        inputs = _driven(own), _driven(other)
        known = self._chases.get(key)
        if known is None or known[0] != inputs:
            known = self._chases[key] = inputs, chase(state, own, other)
        return known[1]


_NONE = Chase()
# What a chase rests on. Line times that are equal are the same object nearly always, so it is
# quick to compare them.
_DRIVEN = (
    "line_times laps offset best_ms stint_lap pit_lap stop_n in_pit status position interval"
    " penalty_ms"
).split()
_driven = attrgetter(*_DRIVEN)
# All that an overlay shows of a car, or works out from it.
_shown = attrgetter(*_DRIVEN, "number", "driver", "stint", "stint_at", "pit_at")


def stint_limit(resolved: Resolved, key: str) -> Ms | None:
    """The shortest stint that a rule of the team waits for with this entry."""
    limits = [
        duty.rule.threshold
        for duty in resolved.duties.get("stint", ())
        if duty.rule.threshold is not None and duty.about(key)
    ]
    return min(limits, default=None)


def _our(found: Found, car: Car, shift: int, limit: Ms | None) -> dict[str, Any]:
    return {
        "key": car.key,
        "number": car.number,
        "note": found.note,
        "monitor": found.monitor,
        "driver": car.driver,
        "stint": car.stint,
        "stint_at": None if car.in_pit or car.stint_at is None else car.stint_at + shift,
        "pit_at": car.pit_at + shift if car.in_pit and car.pit_at is not None else None,
        "stint_limit_ms": limit,
    }


def _watched(found: Found, car: Car, made: Chase) -> dict[str, Any]:
    return {
        "key": car.key,
        "number": car.number,
        "kind": found.kind,
        "monitor": found.monitor,
        "note": found.note,
        "gap": None if made.gap is None else list(made.gap),
        "ahead": made.ahead,
        "closing_ms": made.closing_ms,
        "catch_laps": made.laps,
        "chaser": made.chaser,
        "trend": list(made.trend),
    }

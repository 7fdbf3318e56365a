"""A team's overlay: how its own entries stand to those it watches. Shape: `docs/wire.md`."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from timing.engine.chase import Chase, Chases
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

    def __init__(self, chases: Chases | None = None) -> None:
        """`chases`: of the race, where other teams ask for theirs, too."""
        self._chases = chases or Chases()
        self._resolved: Resolved | None = None
        self._ours: list[tuple[Found, Ms | None]] = []  # with the limit of a stint
        self._others: list[Found] = []
        self._overlay: Overlay = {}

    def make(
        self,
        resolved: Resolved,
        state: RaceState,
        *,
        shift: int = 0,
        touched: Collection[str] | None = None,
    ) -> Overlay:
        """As `overlay`. `touched`: the watched entries of which anything in `SHOWN` has changed
        since the last one; None: any of them may."""
        if resolved is not self._resolved:
            self._resolved, touched = resolved, None
            self._ours = [(each, stint_limit(resolved, each.key)) for each in resolved.ours]
            self._others = [each for each in resolved.found if each.key != resolved.own]
        own = None if resolved.own is None else state.cars[resolved.own]
        ours = [_our(found, state.cars[found.key], shift, limit) for found, limit in self._ours]
        if touched is None or resolved.own in touched:
            watched = [self._row(found, own, state) for found in self._others]
        else:
            watched = [
                self._row(found, own, state) if found.key in touched else row
                for found, row in zip(self._others, self._overlay["watched"], strict=True)
            ]
        parts = {"race": state.id, "plan": resolved.plan, "own": resolved.own}
        new = {**parts, "ours": ours, "watched": watched}
        if new != self._overlay:
            self._overlay = new
        return self._overlay

    def _row(self, found: Found, own: Car | None, state: RaceState) -> dict[str, Any]:
        car = state.cars[found.key]
        return _watched(found, car, _NONE if own is None else self._chases.of(state, own, car))


_NONE = Chase()
# All that an overlay shows of a car, or works out from it.
SHOWN = tuple(
    "line_times laps offset best_ms stint_lap pit_lap stop_n penalty_ms in_pit status position"
    " interval number driver stint stint_at pit_at".split()
)


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

"""``reduce(state, event) -> (state, facts)``: the one place where a race changes.

Pure: no clock, no database, no log. A pair of state and event that nothing handles changes nothing
and is counted in ``state.refused``.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from timing.engine.cars import ENTRY, Step, refuse
from timing.engine.events import (
    BannerSet,
    ClassesSet,
    ClockSet,
    Event,
    FlagSet,
    LogSet,
    SessionGone,
    SessionSeen,
    Tick,
    TitleSet,
)
from timing.engine.flags import set_clock, set_flag
from timing.engine.integrity import faults
from timing.engine.log import set_log
from timing.engine.snapshot import session_seen
from timing.engine.state import RaceState, evolve

Reducer = Callable[[RaceState, Any], Step]


def _flag(state: RaceState, event: FlagSet) -> Step:
    return set_flag(state, event.flag, event.at)


def _clock(state: RaceState, event: ClockSet) -> Step:
    return set_clock(state, event.clock), []


def _log(state: RaceState, event: LogSet) -> Step:
    return set_log(state, event.log, event.at)


def _banner(state: RaceState, event: BannerSet) -> Step:
    banner = (event.kind, event.text) if event.text else None
    return evolve(state, banner=banner), []


def _classes(state: RaceState, event: ClassesSet) -> Step:
    return evolve(state, classes={**state.classes, **event.classes}), []


def _title(state: RaceState, event: TitleSet) -> Step:
    changes = {
        field: value
        for field, value in (("event", event.event), ("name", event.name))
        if value is not None
    }
    return evolve(state, **changes), []


def _gone(state: RaceState, event: SessionGone) -> Step:
    return state, []


def _tick(state: RaceState, event: Tick) -> Step:
    return evolve(state, faults=faults(state)), []


_SESSION: dict[type, Reducer] = {
    SessionSeen: session_seen,
    FlagSet: _flag,
    ClockSet: _clock,
    LogSet: _log,
    BannerSet: _banner,
    ClassesSet: _classes,
    TitleSet: _title,
    SessionGone: _gone,
    Tick: _tick,
}
REDUCERS: dict[type, Reducer] = {**ENTRY, **_SESSION}


def reduce(state: RaceState, event: Event) -> Step:
    """The state after `event`, and the facts that it leaves behind."""
    reducer = REDUCERS.get(type(event))
    if reducer is None:
        return refuse(state)
    state, facts = reducer(state, event)
    if event.at > state.last_seen_at:
        state = evolve(state, last_seen_at=event.at)
    return state, facts

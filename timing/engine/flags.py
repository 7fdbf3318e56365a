"""Flags and the clock: when a race starts, stops, goes on and ends."""

from __future__ import annotations

from timing.engine.events import Clock, Flag
from timing.engine.facts import Fact, FlagFact
from timing.engine.state import RaceState, evolve
from timing.engine.units import Ms, parse_time

RACING: tuple[Flag, ...] = ("green", "yellow", "code60")


def set_flag(state: RaceState, flag: Flag, at: Ms) -> tuple[RaceState, list[Fact]]:
    """A light of the feed. Red before the first green is no flag: the race has not begun."""
    if flag == "red" and state.started_at is None:
        flag = "none"
    if flag == state.flag:
        return state, []
    facts: list[Fact] = []
    if state.flag != "none" and state.flag_at is not None:
        facts.append(FlagFact(state.flag_n, state.flag, state.flag_at, at))
    number = state.flag_n + (flag != "none")
    if flag != "none":
        facts.append(FlagFact(number, flag, at, None))
    started, ended = state.started_at, state.ended_at
    if flag in RACING:
        started, ended = started if started is not None else at, None
    elif flag == "chequered":
        ended = at  # a red light after it is of an idle track
    state = evolve(state, flag=flag, flag_at=at, flag_n=number, started_at=started, ended_at=ended)
    return state, facts


def set_clock(state: RaceState, clock: Clock) -> RaceState:
    planned = state.planned_ms
    if clock.mode == "text" and ":" in clock.text and planned is None:
        planned = parse_time(clock.text)
    elif clock.mode == "countdown" and clock.ms is not None:
        elapsed = 0
        if state.started_at is not None and clock.at is not None:
            elapsed = clock.at - state.started_at
        if planned is None and elapsed < 60_000:  # later its start is a guess
            planned = round((clock.ms + elapsed) / 60_000) * 60_000
    return evolve(state, clock=clock, planned_ms=planned)

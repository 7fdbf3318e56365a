"""What cannot be: counted and shown, so that a wrong board does not look like a right one."""

from __future__ import annotations

from timing.engine.state import RaceState


def faults(state: RaceState) -> tuple[str, ...]:
    """Names of what is wrong with the state now; empty when all is well."""
    return tuple(
        name
        for name, wrong in (("positions", _positions(state)), ("elapsed", _elapsed(state)))
        if wrong
    )


def _positions(state: RaceState) -> bool:
    """Ranks must be distinct; some feeds leave gaps in them, none gives one twice for long."""
    ranks = [car.position for car in state.cars.values() if car.listed and car.position]
    return len(ranks) - len(set(ranks)) > 2


def _elapsed(state: RaceState) -> bool:
    """Nobody can have driven more laps at the best pace than there was time for."""
    if state.joined_late or state.started_at is None or not state.best_ms:
        return False
    most = max((car.laps for car in state.cars.values()), default=0)
    return most * state.best_ms > state.last_seen_at - state.started_at + 60_000

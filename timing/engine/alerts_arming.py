"""Before the first look, and after a change of what is watched: nothing that is so now is news."""

from __future__ import annotations

from typing import Any

from timing.engine.alerts_cars import schedule
from timing.engine.alerts_memory import NEVER, Look, Memory, Pair
from timing.engine.alerts_pace import next_look
from timing.engine.state import RaceState, evolve
from timing.engine.units import Ms
from timing.engine.watch import Resolved, TeamWatch


def armed(memory: Memory, watch: TeamWatch, resolved: Resolved, state: RaceState, at: Ms) -> Memory:
    """The memory for this watch: it forgets what is watched no more, and begins what is new."""
    same_entries = memory.keys == resolved.keys and memory.own == resolved.own
    if memory.terms == watch.terms and same_entries:
        return evolve(memory, terms=watch.terms, keys=resolved.keys)  # to be told by identity
    since: dict[Any, Ms] = {(rule.id, rule.threshold): at for rule in watch.rules}
    since.update(dict.fromkeys(resolved.keys, at))
    since.update((name, was) for name, was in memory.since.items() if name in since)
    memory = evolve(
        memory,
        terms=watch.terms,
        keys=resolved.keys,
        own=resolved.own,
        since=since,
        heard_at=memory.heard_at or at,
        dues={},
        due_at=NEVER,
        sides=_kept(memory, resolved),
        drivers={key: name for key, name in memory.drivers.items() if key in state.cars},
    )
    look = Look(memory, resolved, None, state, (), at)
    if state.best_ms is not None and "" not in memory.bests:
        look.remember("bests")[""] = state.best_ms
    for key in state.cars if resolved.moving is None else resolved.moving:
        schedule(look, state.cars[key])
    for duty in look.duties("pace"):
        look.remember("dues")[duty.pair("")] = next_look(at)
    return look.done()


def _kept(memory: Memory, resolved: Resolved) -> dict[Pair, Any]:
    """Sides of thresholds: those of an entry are sides of the way to ours."""
    known = {
        (duty.rule.id, duty.rule.threshold): duty
        for duties in resolved.duties.values()
        for duty in duties
    }
    same = memory.own == resolved.own
    return {
        pair: side
        for pair, side in memory.sides.items()
        if pair[:2] in known and (not pair[2] or (same and known[pair[:2]].about(pair[2])))
    }

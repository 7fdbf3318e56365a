"""``step(memory, …) -> (memory, hits)``: what a team's rules make of what just happened.

Pure: what a team watches comes in as a `Resolved`, facts and states as the pipeline gave them.
Looking at facts one change at a time or at several changes at once gives the same hits, looking
twice gives none the second time, and what was already so when we came is no news.
"""

from __future__ import annotations

from collections.abc import Sequence

from timing.engine.alerts_arming import armed
from timing.engine.alerts_cars import listens_anew, look_at_car, look_at_dues, moved
from timing.engine.alerts_facts import heard, look_at_facts
from timing.engine.alerts_memory import Hit, Look, Memory
from timing.engine.facts import Fact
from timing.engine.state import RaceState
from timing.engine.units import Ms
from timing.engine.watch import Changed, Resolved, TeamWatch

NOTHING: list[Fact] = []

__all__ = ["Hit", "Memory", "step", "tick"]


def step(
    memory: Memory,
    watch: TeamWatch,
    resolved: Resolved,
    before: RaceState | None,
    after: RaceState,
    facts: Sequence[Fact],
    at: Ms,
    *,
    changed: Changed | None = None,
) -> tuple[Memory, list[Hit]]:
    """Look at a race at `at`, by the clock of its feed, after one change of it or several.

    A new team, or a team on a new race, begins with ``Memory()``; after a change of its watch it
    goes on with the memory it has. `before` is the state of the last look (None: the race began
    with this change), `facts` all since then. `changed`: ``changed_cars(before.cars, after.cars)``,
    where the caller has it for several teams; only rules about any entry need it. The same memory
    object comes back where nothing is to be remembered. May be called without facts, to let time
    pass.
    """
    if memory.terms is not watch.terms or memory.keys is not resolved.keys:
        memory = armed(memory, watch, resolved, after, at)
    news = heard(resolved, before, facts) if facts else NOTHING
    moves = moved(resolved, before, after, changed)
    anew = before is not None and listens_anew(before, after)
    if not (news or moves or anew) and at < memory.due_at:
        return memory, []
    look = Look(memory, resolved, before, after, news, at, facts)
    if anew:
        look.heard_at = at
    for old, car in moves:
        look_at_car(look, old, car)
    look_at_facts(look)
    if at >= look.due_at:
        look_at_dues(look)
    return look.done(), look.hits


def tick(
    memory: Memory,
    watch: TeamWatch,
    resolved: Resolved,
    state: RaceState,
    at: Ms,
    *,
    data_at: Ms | None,
) -> tuple[Memory, list[Hit]]:
    """The feed's silence: `at` is now by the clock that `data_at`, its last word, was read from.

    Only of a race under way: an idle track has nothing to say.
    """
    if memory.terms is not watch.terms or memory.keys is not resolved.keys:
        memory = armed(memory, watch, resolved, state, at)
    look = Look(memory, resolved, state, state, (), at)
    if data_at is not None and state.started_at is not None and state.ended_at is None:
        for duty in look.duties("stale"):
            limit = duty.rule.threshold or 0
            if at - data_at >= limit and not look.is_old(duty.rule, "", data_at + limit):
                values = {"silent_ms": at - data_at, "data_at": data_at}
                look.hit(duty.rule, f"stale:{data_at}", at=at, values=values, topic=str(data_at))
    return look.done(), look.hits

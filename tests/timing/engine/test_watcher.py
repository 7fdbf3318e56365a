"""A watcher is quick because it remembers; what it says is what it would say without."""

from __future__ import annotations

from typing import Any

import pytest

from tests.timing.engine.followed import Followed, watch
from tests.timing.simulated import simulated
from timing.engine.alerts import Hit, Memory, step
from timing.engine.overlay import overlay
from timing.engine.state import RaceState
from timing.engine.watch import resolve
from timing.engine.watcher import Watcher

WISH: dict[str, Any] = {"karts": 8, "minutes": 45, "seed": 12}


@pytest.mark.parametrize("mishaps", ["", "all"])
def test_a_watcher_says_what_the_functions_say(mishaps: str) -> None:
    made = simulated(**WISH, mishaps=mishaps)
    followed = Followed()
    team = watch(made, "a", 0)
    seen: dict[str, RaceState] = {}
    watchers: dict[str, Watcher] = {}
    memories: dict[str, Memory] = {}
    hits: list[Hit] = []
    plain: list[Hit] = []

    for count, (at, connection, msg) in enumerate(made.frames):
        followed.frame(at, connection, msg)
        for race, (after, facts, _) in followed.taken().items():
            watcher = watchers.setdefault(race, Watcher(team))
            hits += watcher.take(seen.get(race), after, facts, at)
            resolved = resolve(team, after)
            memory = memories.get(race, Memory())
            memories[race], found = step(memory, team, resolved, seen.get(race), after, facts, at)
            plain += found
            seen[race] = after
            if count % 20 == 0:
                assert watcher.overlay(after, shift=7) == overlay(resolved, after, shift=7)

    assert hits == plain
    assert hits


def test_an_overlay_is_of_the_state_that_is_asked_for() -> None:
    made = simulated(**WISH, mishaps="")
    followed = Followed()
    watcher = Watcher(watch(made, "a", 0))
    states: list[RaceState] = []
    for frame in made.frames[:3_000]:
        followed.frame(*frame)
        for after, facts, at in followed.taken().values():
            watcher.take(states[-1] if states else None, after, facts, at)
            states.append(after)

    for state in (states[-1], states[1_000], states[-1]):
        assert watcher.overlay(state) == overlay(resolve(watcher.watch, state), state)
    assert watcher.overlay(states[-1], shift=3) == overlay(
        resolve(watcher.watch, states[-1]), states[-1], shift=3
    )


def test_a_race_that_begins_again_begins_again() -> None:
    made = simulated(**WISH, mishaps="")
    first, again = Followed(watch(made, "a", 0)), Followed()
    for frame in made.frames[:2_000]:
        first.frame(*frame)
        first.look()
    (watcher,) = first.watchers.values()
    states = []
    for frame in made.frames[:600]:
        again.frame(*frame)
        states += [after for after, _, _ in again.taken().values()]

    watcher.take(None, states[-1], [], made.frames[600][0])

    assert watcher.overlay(states[-1]) == overlay(resolve(watcher.watch, states[-1]), states[-1])

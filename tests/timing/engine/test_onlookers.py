"""Who is not asked would have found nothing: onlookers say what looking at everything would say."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.timing.apex_feed import Played, Table, block, said
from tests.timing.engine.followed import RULES, Followed, watch
from tests.timing.simulated import simulated
from timing.engine.alerts import Hit, Memory, step
from timing.engine.facts import Fact
from timing.engine.onlookers import Onlookers
from timing.engine.overlay import Overlay, overlay
from timing.engine.state import RaceState
from timing.engine.watch import TeamWatch, Watched, resolve
from timing.engine.watcher import Watcher

TABLE = Table("sta", "rk", "no", "dr:Team", "llp", "gap", "int", "otr", "pit")
ROWS = {f"r{n}": {"no": str(n), "dr": f"TEAM {n}"} for n in range(1, 6)}


class Both:
    """Teams that are asked as they are meant to be, and beside them each looking at everything."""

    def __init__(self, watches: list[TeamWatch]) -> None:
        self.watches = {watch.team: watch for watch in watches}
        self.races: dict[str, Onlookers] = {}
        self.memories: dict[tuple[str, str], Memory] = {}
        self.shown: dict[tuple[str, str], Overlay] = {}
        self.asked = self.changes = self.hits = 0

    def take(self, state: RaceState, facts: list[Fact], *, show: bool) -> None:
        race = self.races.get(state.id)
        before = None if race is None else race.state
        if race is None:
            race = self.races[state.id] = Onlookers(state, is_new=True)
            for team, each in self.watches.items():
                race.watch(team, each)
        asked = list(race.go_on(state, facts))
        found = {team: race.look(team) for team in asked}
        self.changes, self.asked = self.changes + 1, self.asked + len(asked)
        for team in self.watches:
            naive = self._naively(team, before, state, facts)
            assert found.get(team, []) == naive
            assert race.watchers[team].memory == self.memories[team, state.id]
            self.hits += len(naive)
        if show:
            self._show(race)

    def _naively(
        self, team: str, before: RaceState | None, after: RaceState, facts: list[Fact]
    ) -> list[Hit]:
        memory = self.memories.get((team, after.id), Memory())
        mine, at = self.watches[team], after.last_seen_at
        memory, hits = step(memory, mine, resolve(mine, after), before, after, facts, at)
        self.memories[team, after.id] = memory
        return hits

    def _show(self, race: Onlookers) -> None:
        for team in list(race.stale(0)):
            self.shown[team, race.state.id] = race.overlay(team)
        for team, mine in self.watches.items():
            if mine.watched:
                made = overlay(resolve(mine, race.state), race.state)
                assert self.shown[team, race.state.id] == made


@pytest.mark.parametrize("mishaps", ["", "all"])
def test_a_race_with_everything_in_it(mishaps: str) -> None:
    made = simulated(karts=10, minutes=45, seed=6, mishaps=mishaps)
    quiet = tuple(rule for rule in RULES if rule.subject != "any")
    both = Both(
        [
            watch(made, "a", 0),
            replace(watch(made, "b", 4), rules=quiet),
            replace(watch(made, "c", 7, rivals=1), rules=quiet[::3]),
            replace(watch(made, "d", 2), rules=()),
            TeamWatch("e", "", (), (RULES[6], RULES[10], RULES[12])),
        ]
    )
    followed = Followed()

    for count, frame in enumerate(made.frames):
        followed.frame(*frame)
        for state, facts, _ in followed.taken().values():
            both.take(state, facts, show=count % 3 == 0)

    assert both.hits > 100
    assert both.asked < 0.6 * both.changes * len(both.watches)


def test_most_changes_are_shown_to_nobody() -> None:
    made = simulated(karts=20, minutes=20, seed=6, mishaps="")
    mine = replace(watch(made, "a", 3, rivals=2), rules=RULES[:6])
    followed, asked, changes = Followed(), 0, 0
    races: dict[str, Onlookers] = {}

    for frame in made.frames:
        followed.frame(*frame)
        for state, facts, _ in followed.taken().values():
            if state.id not in races:
                races[state.id] = Onlookers(state, is_new=True)
                races[state.id].watch("a", mine)
            teams = list(races[state.id].go_on(state, facts))
            for team in teams:
                races[state.id].look(team)
            changes, asked = changes + 1, asked + len(teams)

    assert asked < 0.15 * changes


# -- anything at all -----------------------------------------------------------------------------

rows = st.sampled_from(list(ROWS))
cells = st.one_of(
    st.tuples(st.just("no"), st.just("no1"), st.sampled_from(["1", "2", "7"])),
    st.tuples(st.just("dr:Team"), st.just("dr"), st.sampled_from(["TEAM 1", "TEAM 9"])),
    st.tuples(st.just("dr:Team"), st.just("drteam"), st.sampled_from(["ADA [0:01]", "BO [0:02]"])),
    st.tuples(st.just("gap"), st.just("ib"), st.sampled_from(["", "0.300", "4.100", "1 Lap"])),
    st.tuples(st.just("int"), st.just("in"), st.sampled_from(["", "0.300", "4.100"])),
    st.tuples(st.just("sta"), st.sampled_from(["sr", "ss", "sl", "sf"]), st.just("")),
    st.tuples(st.just("llp"), st.just("tn"), st.sampled_from(["1:00.000", "1:00.500", "59.400"])),
    st.tuples(st.just("pit"), st.just("in"), st.sampled_from(["1", "2"])),
)
cell_lines = st.builds(lambda row, cell: TABLE.cell(row, *cell), rows, cells)
row_lines = st.builds(
    "{}|{}".format, rows, st.sampled_from(["*|60000|", "*in|0", "*out|0", "#|1", "#|2", "#|3"])
)
others = st.sampled_from(
    [
        "light|ly|",
        "light|lg|",
        "light|lf|",
        f"com||{said('12:00', 'penalty', 'Contact - 10.000', '2')}",
        block(TABLE, ROWS, light="lg"),
        block(TABLE, dict(list(ROWS.items())[:3]), light="lg"),
    ]
)
frames = st.tuples(
    st.sampled_from([0.2, 5, 29, 31, 60]),
    st.lists(st.one_of(cell_lines, row_lines, others), min_size=1, max_size=4),
    st.booleans(),
)


@st.composite
def teams(draw: Any) -> TeamWatch:
    marks = draw(st.lists(st.sampled_from(["1", "2", "3", "7"]), unique=True, max_size=3))
    by = draw(st.sampled_from(["number", "name"]))
    watched = tuple(
        Watched(place, "rival" if place else "ours", by, mark if by == "number" else f"Team {mark}")
        for place, mark in enumerate(marks)
    )
    rules = draw(st.lists(st.sampled_from(RULES), unique=True, max_size=6))
    return TeamWatch(draw(st.sampled_from("abcd")), "", watched, tuple(rules))


@settings(max_examples=150, deadline=None)
@given(st.lists(teams(), min_size=1, max_size=3), st.lists(frames, min_size=1, max_size=30))
def test_whatever_happens(watches: list[TeamWatch], said: list[Any]) -> None:
    played, both, seconds = Played(), Both(watches), 1.0
    changes = played.at(0, block(TABLE, ROWS, light="lg"))
    changes += played.at(1, *(f"{row}|*||" for row in ROWS))
    for change in changes:
        both.take(change.state, change.facts, show=True)

    for pause, lines, show in said:
        seconds += pause
        for change in played.at(seconds, *lines):
            both.take(change.state, change.facts, show=show)


# -- who comes and goes --------------------------------------------------------------------------


def test_a_team_that_rests_is_asked_nothing_and_begins_anew() -> None:
    played = Played()
    (change,) = played.at(0, block(TABLE, ROWS, light="lg"))
    mine = TeamWatch("a", "", (Watched(1, "ours", "number", "1"),), RULES)
    race = Onlookers(change.state)
    race.watch("a", mine)
    race.look_first("a")
    race.rest("a")

    (change,) = played.at(10, "r1|*||", "r1|*in|0")
    assert [race.look(team) for team in race.go_on(change.state, change.facts)] == [[]]
    assert (race.watchers["a"].memory.keys, list(race.stale(0))) == (frozenset(), [])

    race.watch("a", mine)
    assert list(race.stale(0)) == ["a"]
    assert race.overlay("a") == Watcher(mine).overlay(change.state)
    race.leave("a")
    assert list(race.go_on(change.state, [])) == []

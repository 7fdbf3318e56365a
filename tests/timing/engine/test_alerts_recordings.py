"""Alerts and overlays on real feeds: nobody knows the truth of these, but some things cannot be."""

from __future__ import annotations

from collections import Counter

import pytest

from tests.timing.captures import capture
from tests.timing.engine.followed import RULES
from timing.engine.alerts import Hit
from timing.engine.facts import PitStopFact
from timing.engine.overlay import Overlay
from timing.engine.state import RaceState
from timing.engine.watch import TeamWatch, Watched
from timing.engine.watcher import Watcher
from timing.pipeline import Pipeline
from timing.tape import frames

NUMBERS = ("1", "2", "3", "4", "5", "44", "45", "53", "62")


@pytest.mark.parametrize(
    "name", ["30_+_1h30", "Endurance_4H_Cap_Karting_20260531_061831", "mariembourg_4h_fun_20260517"]
)
def test_what_is_told_of_a_real_race_can_be(name: str) -> None:
    tape = list(frames(capture(f"apex-analyzer-v3/{name}.jsonl.gz")))
    watched = tuple(
        Watched(place, "rival" if place else "ours", "number", number)
        for place, number in enumerate(NUMBERS)
    )
    pipeline = Pipeline(feed="5f0c9a52-8a0f-4d59-9d0a-0c6d8c6f4b11", protocol="apex")
    watchers: dict[str, Watcher] = {}
    seen: dict[str, RaceState] = {}
    hits: list[tuple[str, Hit]] = []
    entered: set[tuple[str, str, int, int]] = set()

    for frame in tape:
        for change in pipeline.frame(frame.t_ms, frame.msg):
            race, state = change.race, change.state
            watcher = watchers.setdefault(race, Watcher(TeamWatch("a", "", watched, RULES)))
            found = watcher.take(seen.get(race), state, change.facts, state.last_seen_at)
            hits += [(race, hit) for hit in found]
            keys = watcher.resolved(state).keys
            entered |= {
                (race, fact.entry, fact.number, fact.lap)
                for fact in change.facts
                if isinstance(fact, PitStopFact) and fact.entry in keys
                if fact.out_at is None and (fact.in_at or 0) > state.first_seen_at
            }
            seen[race] = state
            _can_be(watcher.overlay(state), state)

    counted = Counter((race, hit.rule, hit.natural) for race, hit in hits)
    assert [name for name, times in counted.items() if times > 1] == []
    told = {
        (race, hit.key, hit.values["stop"], hit.values["lap"])
        for race, hit in hits
        if hit.kind == "pit_in"
    }
    assert entered <= told
    for race, hit in hits:
        assert seen[race].first_seen_at < hit.at <= tape[-1].t_ms
        assert hit.key == "" or hit.number or hit.kind in ("best", "gap")


def _can_be(overlay: Overlay, state: RaceState) -> None:
    for other in overlay["watched"]:
        assert len(other["trend"]) <= 10
        if other["gap"] is not None:
            laps, ms = other["gap"]
            assert laps >= 0
            assert ms is None or ms >= 0
            assert overlay["own"] is not None
        if other["catch_laps"] is not None:
            assert 1 <= other["catch_laps"] <= 999
            assert other["closing_ms"] > 0
            assert other["chaser"] == ("we" if other["ahead"] else "they")
            assert (other["trend"][-1] > 0) is not other["ahead"]

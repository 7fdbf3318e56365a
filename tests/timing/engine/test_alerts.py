"""Laws of alerts on simulated races, and their agreement with what really happened in them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise
from random import Random
from typing import Any

import pytest

from tests.timing.engine.followed import RULES, Followed, play, straight, watch
from timing.engine.alerts import Hit
from timing.engine.watch import TeamWatch, Watched
from timing.protocols.apex_text import clean
from timing.simulators.build import build_feed

MISHAPS = pytest.mark.parametrize("mishaps", ["", "all"])


def sizes(seed: int, most: int) -> Iterator[int]:
    random = Random(seed)
    while True:
        yield random.randint(1, most)


def told(hits: list[Hit]) -> list[tuple[Any, ...]]:
    """Without the order among rules: several frames at once are looked at by kind."""
    return sorted((hit.rule, hit.natural, hit.key, hit.number, dict(hit.values)) for hit in hits)


# -- laws ----------------------------------------------------------------------------------------


@MISHAPS
@pytest.mark.parametrize("most", [3, 12])
def test_several_changes_at_once_give_the_same_hits(mishaps: str, most: int) -> None:
    made, one_by_one = straight(mishaps)

    at_once = play(made, watch(made, "a", 0), batches=sizes(most, most))

    assert told(at_once.hits["a"]) == told(one_by_one.hits["a"])


@MISHAPS
def test_looking_twice_gives_no_second_hit(mishaps: str) -> None:
    made, once = straight(mishaps)

    twice = play(made, watch(made, "a", 0), again=True)

    assert twice.hits == once.hits


@MISHAPS
def test_a_resumed_watch_says_what_the_straight_one_says(mishaps: str) -> None:
    made, run_through = straight(mishaps)

    resumed = play(made, watch(made, "a", 0), resume_every=700)

    assert resumed.hits == run_through.hits
    assert resumed.overlays[-1] == run_through.overlays[-1]


@MISHAPS
def test_what_a_team_hears_never_depends_on_another_team(mishaps: str) -> None:
    made, alone = straight(mishaps)
    others = [replace(watch(made, "b", 3), rules=RULES[::2]), watch(made, "c", 0)]

    together = play(made, others[0], watch(made, "a", 0), others[1])

    assert together.hits["a"] == alone.hits["a"]
    assert together.hits["c"] == alone.hits["a"]
    assert {hit.rule for hit in together.hits["b"]} <= {rule.id for rule in RULES[::2]}


@MISHAPS
def test_who_comes_late_hears_of_nothing_that_was_so_already(mishaps: str) -> None:
    made, from_the_start = straight(mishaps)
    early, late = Followed(), Followed(watch(made, "a", 0))
    half = len(made.frames) // 2
    for frame in made.frames[:half]:
        early.frame(*frame)
    early.look()
    late.pipeline, late.seen = early.pipeline, early.seen
    late._connection = made.frames[half][1]
    joined_at = made.frames[half][0]

    for frame in made.frames[half:]:
        late.frame(*frame)
        late.look()

    heard = told(late.hits["a"])
    missed = [hit for hit in told(from_the_start.hits["a"]) if hit not in heard]
    assert [hit for hit in late.hits["a"] if hit.at < joined_at] == []
    # Sides of a threshold are learnt first, so a crossing or two is missed; nothing is made up.
    assert [hit for hit in heard if hit not in told(from_the_start.hits["a"])] == []
    after = [hit for hit in from_the_start.hits["a"] if hit.at >= joined_at]
    assert {hit.kind for hit in after if told([hit])[0] in missed} <= {"gap", "catch", "pace"}


def test_another_watch_goes_on_with_the_same_memory() -> None:
    made, _ = straight("")
    followed = Followed(watch(made, "a", 0))
    half = len(made.frames) // 2
    for frame in made.frames[:half]:
        followed.frame(*frame)
        followed.look()
    (watcher,) = followed.watchers.values()
    heard, memory = len(followed.hits["a"]), watcher.memory

    watcher.use(replace(watcher.watch, rules=(*RULES[:5], replace(RULES[9], threshold=1))))
    watcher.take(followed.pipeline.current, followed.pipeline.current, [], made.frames[half][0])

    assert len(followed.hits["a"]) == heard
    assert watcher.memory.said == memory.said
    assert {pair[0] for pair in watcher.memory.dues} <= {5, 10}
    assert not watcher.memory.sides


def test_the_memory_stays_small() -> None:
    made, followed = straight("all")

    for watcher in followed.watchers.values():
        memory = watcher.memory
        cars = len(made.truth["races"][0]["entries"])
        assert len(memory.said) <= 256
        assert len(memory.dues) + len(memory.sides) <= len(RULES) * cars
        assert len(memory.bests) + len(memory.drivers) <= 2 * cars + 1


# -- against the truth ---------------------------------------------------------------------------


def entries(made: Any, watched: TeamWatch) -> dict[str, dict[str, Any]]:
    names = {mark.value for mark in watched.watched}
    found = made.truth["races"][0]["entries"]
    return {entry["row"]: entry for entry in found if entry["competitor"] in names}


def of(followed: Followed, rule: int, key: str) -> list[Hit]:
    return [hit for hit in followed.hits["a"] if (hit.rule, hit.key) == (rule, key)]


def test_every_stop_of_a_watched_kart_is_told_once_on_its_way_in_and_out() -> None:
    made, followed = straight("")

    for key, entry in entries(made, followed.watches["a"]).items():
        ins, outs = of(followed, 1, key), of(followed, 2, key)
        stops = entry["pit_stops"]
        left = [stop for stop in stops if stop["out_ms"] is not None]
        assert [hit.values["lap"] for hit in ins] == [stop["lap"] for stop in stops]
        assert [hit.values["lap"] for hit in outs] == [stop["lap"] for stop in left]
        for hits, field in ((ins, "in_ms"), (outs, "out_ms")):
            for hit, stop in zip(hits, stops, strict=False):
                assert 0 <= hit.at - stop[field] <= 400  # frames are 200 ms apart
        short = [hit.values["stop"] for hit in of(followed, 3, key)]
        assert short == [n for n, s in enumerate(left, start=1) if s["duration_ms"] < 90_000]


def test_drivers_are_told_as_they_change() -> None:
    made, followed = straight("")

    for key, entry in entries(made, followed.watches["a"]).items():
        drivers = [clean(stint["driver"]) for stint in entry["stints"]]
        changes = [
            (number, new, old)
            for number, (old, new) in enumerate(pairwise(drivers), start=2)
            if new != old
        ]
        heard = [
            (hit.values["stint"], hit.values["driver"], hit.values["before"])
            for hit in of(followed, 4, key)
        ]
        assert heard == changes


def test_bests_are_those_of_the_laps() -> None:
    made, followed = straight("")
    race = made.truth["races"][0]

    for key, entry in entries(made, followed.watches["a"]).items():
        bests, best = [], None
        for lap in entry["laps"]:
            if best is not None and lap["ms"] < best and lap["n"] > 3:
                bests.append((lap["n"], lap["ms"]))
            best = min(lap["ms"], best or lap["ms"])
        assert [(h.values["lap"], h.values["ms"]) for h in of(followed, 6, key)] == bests
    leading = [hit for hit in followed.hits["a"] if hit.rule == 7]
    assert leading[-1].values["ms"] == min(entry["best_ms"] for entry in race["entries"])


def test_flags_and_messages_are_told_once_each() -> None:
    made, followed = straight("")
    race = made.truth["races"][0]

    flags = [hit.values["flag"] for hit in followed.hits["a"] if hit.rule == 13]
    messages = [hit.values["text"] for hit in followed.hits["a"] if hit.rule == 11]

    assert flags == [flag["flag"] for flag in race["flags"]]
    assert {message["text"] for message in race["messages"]} <= set(messages)
    ours = [hit for hit in followed.hits["a"] if hit.rule == 12]
    (own, *_) = entries(made, followed.watches["a"])
    assert {hit.key for hit in ours} <= {own}
    assert [hit.natural for hit in ours] == [
        hit.natural for hit in followed.hits["a"] if hit.rule == 11 and hit.key == own
    ]


def test_stints_are_told_when_they_have_lasted_so_long() -> None:
    made, followed = straight("")

    for key, entry in entries(made, followed.watches["a"]).items():
        hits = of(followed, 10, key)
        outs = [stop["out_ms"] for stop in entry["pit_stops"]]
        for hit in hits:
            if hit.values["stint"] > 1:
                assert 0 <= hit.at - outs[hit.values["stint"] - 2] - 420_000 <= 400
        assert len({hit.natural for hit in hits}) == len(hits)
    assert [hit for hit in followed.hits["a"] if hit.rule == 10]


def test_gaps_cross_their_threshold_back_and_forth() -> None:
    made, _ = straight("")
    feed = build_feed(karts=12, minutes=60, seed=4)
    list(feed.frames())
    cars = {car.plan.row: car for car in feed.races[0].cars}
    unpunished = [e for e in made.truth["races"][0]["entries"] if not e["penalties"]][:5]
    watched = tuple(
        Watched(place, "rival" if place else "ours", "name", entry["competitor"])
        for place, entry in enumerate(unpunished)
    )

    followed = play(made, TeamWatch("a", "", watched, RULES))

    own, *rivals = (entry["row"] for entry in unpunished)
    for rival in rivals:
        hits = of(followed, 8, rival)
        directions = [hit.values["direction"] for hit in hits]
        assert all(a != b for a, b in pairwise(directions))
        for hit in hits:
            near = hit.values["direction"] == "closer"
            assert (hit.values["gap_ms"] <= 8_000) == near
            lap = hit.values["lap"]
            ours, theirs = cars[own].laps[lap - 1].at, cars[rival].laps[lap - 1].at
            assert abs(hit.values["gap_ms"] - abs(ours - theirs)) <= 400
            assert hit.values["ahead"] == (theirs < ours)
    assert [hit for hit in followed.hits["a"] if hit.rule == 8]

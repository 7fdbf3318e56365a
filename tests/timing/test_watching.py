"""One feed and the teams that watch it: who is told what, from memory alone."""

from __future__ import annotations

import logging
import uuid
from collections.abc import Iterable
from datetime import UTC, datetime, time
from typing import Any

import pytest

from tests.timing.apex_feed import START_MS, Played
from tests.timing.sinks.test_publisher import Wire as Sent
from tests.timing.watched import (
    FEED,
    OTTERS,
    VOLES,
    Clock,
    grid,
    lap,
    leaves,
    pit_in,
    pits,
    racing,
    teams,
    told,
    waiting,
    watching,
)
from timing.engine.watch import Rule
from timing.pipeline import Pipeline
from timing.sinks.overlays import Overlays
from timing.sinks.wire import Wire
from timing.watching import TeamWatches
from timing.watchlist import Watching


class Scene:
    """A race under way and those who watch it from now on."""

    def __init__(self, *each: Watching, played: Played | None = None) -> None:
        self.clock = Clock()
        self.played = played or racing()
        self.watches = TeamWatches(FEED, self.clock)
        self.watches.begin(teams(*each), self.states, memories={}, known=())
        self.watches.live()
        self.sent = Sent()
        self.overlays = Overlays(Wire(self.sent), epoch=3)

    @property
    def states(self) -> Any:
        return self.played.pipeline.states

    def at(self, seconds: float, *lines: str, shift: int = 0) -> None:
        self.clock.ms = self.played.ms(seconds)
        self.watches.take(self.played.at(seconds, *lines), shift=shift)

    async def show(self) -> list[dict[str, Any]]:
        """What is published now."""
        self.sent.sent.clear()
        await self.watches.show(self.played.state.id, self.overlays, at=self.clock.ms)
        return [frame["data"] for frame in self.sent.frames]


def test_a_pit_stop_of_a_rival_is_an_alert() -> None:
    scene = Scene(watching(OTTERS, ours="7", rivals=("8",), rules=(pit_in(5),)))
    scene.at(10, pits("r2"))
    (alert,) = waiting(scene.watches)

    assert {name: getattr(alert, name) for name in ("kind", "severity", "key", "number")} == {
        "kind": "pit_in",
        "severity": "warning",
        "key": "r2",
        "number": "8",
    }
    assert (alert.title, alert.detail) == ("Kart 8 in the pits", "VOLES · Stop 1, after lap 0")
    assert (alert.team_id, alert.feed_id, alert.rule_id, alert.sound) == (OTTERS, FEED, 5, True)
    assert (alert.race, alert.at) == (
        uuid.UUID(scene.played.state.id),
        datetime.fromtimestamp(START_MS / 1000 + 10, UTC),
    )


def test_each_team_is_told_of_its_own_rules_alone() -> None:
    scene = Scene(
        watching(OTTERS, ours="7", rules=(pit_in(1),)),
        watching(VOLES, ours="8", rivals=("7",), rules=(pit_in(2, "rivals"),)),
    )
    scene.at(10, pits("r1"))
    scene.at(20, pits("r2"))

    assert told(scene.watches) == [(OTTERS, "Kart 7 in the pits"), (VOLES, "Kart 7 in the pits")]


def test_a_team_without_rules_is_told_nothing_and_shown_its_karts() -> None:
    scene = Scene(watching(OTTERS, ours="7"))
    scene.at(10, pits("r1"))
    assert waiting(scene.watches) == []


def test_without_teams_nothing_is_kept() -> None:
    scene = Scene()
    scene.at(10, pits("r1"))
    assert (scene.watches._seen, scene.watches.memories()) == ({}, {})


def test_what_is_so_already_is_no_news() -> None:
    played = racing()
    played.at(5, pits("r2"))
    scene = Scene(watching(OTTERS, rivals=("8",), rules=(pit_in(1),)), played=played)
    scene.at(10, leaves("r2"))
    scene.at(60, pits("r2"))

    assert [title for _, title in told(scene.watches)] == ["Kart 8 in the pits"]


def test_the_change_right_after_a_rule_was_made_is_news() -> None:
    scene = Scene()
    scene.watches.use(teams(watching(OTTERS, rivals=("8",), rules=(pit_in(1),))), scene.states)
    scene.at(10, pits("r2"))

    assert [title for _, title in told(scene.watches)] == ["Kart 8 in the pits"]


def test_the_same_watch_again_is_no_news() -> None:
    each = watching(OTTERS, rivals=("8",), rules=(pit_in(1),))
    again = watching(OTTERS, rivals=("8",), rules=(pit_in(1),))
    scene = Scene(each)

    assert scene.watches.use(teams(again), scene.states) is False
    assert scene.watches.use(teams(watching(OTTERS, rivals=("9",))), scene.states) is True


def test_a_number_is_found_in_the_next_race_too() -> None:
    scene = Scene(watching(OTTERS, rivals=("8",), rules=(pit_in(1),)))
    first = scene.played.state.id
    scene.at(100, grid(event="Cup"))
    scene.at(101, "r1|*||\nr2|*||")
    scene.at(110, pits("r2"))

    assert scene.played.state.id != first
    assert [title for _, title in told(scene.watches)] == ["Kart 8 in the pits"]


def test_a_race_that_was_reset_tells_its_first_stop_again() -> None:
    scene = Scene(watching(OTTERS, rivals=("8",), rules=(pit_in(1),)))
    scene.at(10, pits("r2"))
    race = scene.played.state.id
    scene.played.pipeline.forget(race)
    scene.watches.forget(race)
    scene.at(100, grid())
    scene.at(101, "r1|*||\nr2|*||")
    scene.at(110, pits("r2"))
    first, second = waiting(scene.watches)

    assert (first.race, first.title) == (second.race, second.title)
    assert first.pk != second.pk
    assert len(told(scene.watches)) == 2


def test_two_processes_that_hear_the_same_make_the_same_alert() -> None:
    ids = []
    for _ in range(2):
        scene = Scene(watching(OTTERS, rivals=("8",), rules=(pit_in(1),)))
        scene.at(10, pits("r2"))
        ids += [alert.pk for alert in waiting(scene.watches)]

    assert ids[0] == ids[1]


def test_a_recording_plays_on_the_viewers_clock() -> None:
    scene = Scene(watching(OTTERS, rivals=("8",), rules=(pit_in(1),)))
    scene.at(10, pits("r2"), shift=1_000_000)
    (alert,) = waiting(scene.watches)
    assert alert.at == datetime.fromtimestamp(START_MS / 1000 + 1_010, UTC)


# -- quiet hours


@pytest.mark.parametrize(
    ("zone", "quiet", "loud"),
    [
        ("UTC", (time(9), time(11)), False),  # it is 10:00 UTC
        ("UTC", (time(10, 1), time(11)), True),
        ("Asia/Tokyo", (time(9), time(11)), True),  # 19:00 there
        ("Asia/Tokyo", (time(18), time(7)), False),
        ("UTC", (time(22), time(10)), True),
        ("UTC", (time(22), time(10, 1)), False),
        ("Nowhere/Atall", (time(9), time(11)), False),
    ],
)
def test_quiet_hours_are_on_the_teams_clock(
    zone: str, quiet: tuple[time, time], loud: bool
) -> None:
    scene = Scene(
        watching(OTTERS, rivals=("8",), rules=(pit_in(1),), zone=zone, quiet=quiet, email=True)
    )
    scene.at(10, pits("r2"))
    (raised,) = scene.watches.desk.to_write()

    assert (raised.alert.sound, raised.push, raised.email, raised.webhook) == (
        loud,
        loud,
        loud,
        False,
    )
    assert len(told(scene.watches)) == 1


# -- silence


def test_a_silent_feed_is_told_of_once_a_silence() -> None:
    scene = Scene(watching(OTTERS, rules=(Rule(1, "stale", threshold=30_000),)))
    race = scene.played.state.id

    def look(seconds: float, heard: float) -> None:
        scene.clock.ms = scene.played.ms(seconds)
        scene.watches.silence(race, data_at=scene.played.ms(heard))

    for seconds in (20, 30, 40, 50):
        look(seconds, heard=1)
    look(100, heard=95)
    look(130, heard=95)

    assert [(a.title, a.detail) for a in waiting(scene.watches)] == [
        ("The feed is silent", "No news for 39 s"),
        ("The feed is silent", "No news for 35 s"),
    ]


def test_silence_without_a_race_is_nobodys_news() -> None:
    scene = Scene(watching(OTTERS, rules=(Rule(1, "stale", threshold=1),)))
    scene.watches.silence("", data_at=None)
    assert waiting(scene.watches) == []


# -- our own faults


def test_a_fault_with_one_team_rests_it_and_nobody_else(
    caplog: pytest.LogCaptureFixture,
) -> None:
    broken = watching(OTTERS, ours="7", rules=(pit_in(1, "any"),))
    broken.ways.clear()  # a rule whose ways nobody knows
    scene = Scene(broken, watching(VOLES, rules=(pit_in(2, "any"),)))
    with caplog.at_level(logging.ERROR):
        scene.at(10, pits("r1"))
        scene.at(20, pits("r2"))
    assert [team for team, _ in told(scene.watches)] == [VOLES, VOLES]
    assert len(caplog.records) == 1

    assert watching(OTTERS, rules=(pit_in(1, "any"),)).ways.keys() == {1}
    broken.ways.update(watching(OTTERS, rules=(pit_in(1, "any"),)).ways)
    scene.at(80, leaves("r1"))
    scene.at(90, pits("r1"))
    assert [team for team, _ in told(scene.watches)] == [OTTERS, VOLES]


# -- overlays


async def test_each_team_has_an_overlay_of_its_own() -> None:
    scene = Scene(
        watching(OTTERS, ours="7", rivals=("8",)),
        watching(VOLES, ours="8", rules=(pit_in(2),)),
        watching(uuid.uuid4(), rules=(pit_in(3, "any"),)),
    )
    first, second = await scene.show()
    race = scene.played.state.id

    assert (first["topic"], first["epoch"], first["seq"], first["at"]) == (
        f"team.{OTTERS}.race.{race}",
        3,
        1,
        START_MS,
    )
    assert [one["number"] for one in first["overlay"]["ours"]] == ["7"]
    assert [one["number"] for one in first["overlay"]["watched"]] == ["8"]
    assert second["topic"] == f"team.{VOLES}.race.{race}"
    assert ([one["number"] for one in second["overlay"]["ours"]], second["overlay"]["watched"]) == (
        ["8"],
        [],
    )


async def test_an_overlay_is_sent_when_it_changed() -> None:
    scene = Scene(watching(OTTERS, ours="7", rivals=("8",)))
    await scene.show()
    assert await scene.show() == []
    scene.at(61, lap("r1", "1:00.000", 60_000))
    scene.at(62, lap("r2", "1:01.000", 61_000))
    (overlay,) = await scene.show()

    assert overlay["seq"] == 2
    assert overlay["overlay"]["watched"][0]["gap"] == [0, 1_000]


async def test_who_stops_watching_is_shown_that() -> None:
    scene = Scene(watching(OTTERS, ours="7"), watching(VOLES, ours="8"))
    await scene.show()
    assert scene.watches.use(teams(watching(VOLES, ours="8")), scene.states)
    (overlay,) = await scene.show()

    race = scene.played.state.id
    assert (overlay["topic"], overlay["seq"]) == (f"team.{OTTERS}.race.{race}", 2)
    assert overlay["overlay"] == {
        "race": race,
        "plan": "",
        "own": None,
        "ours": [],
        "watched": [],
    }
    assert await scene.show() == []


# -- going on after a restart


def resumed(scene: Scene, *each: Watching, known: Iterable[uuid.UUID] = ()) -> Scene:
    """Another process with the resume point of the first; still reading its tape."""
    point = scene.played.pipeline.resume_point(scene.watches.memories())
    pipeline = Pipeline.resume(point)
    later = Scene(played=Played(pipeline))
    later.watches = TeamWatches(FEED, later.clock)
    later.watches.begin(teams(*each), pipeline.states, memories=pipeline.beside, known=known)
    return later


def test_a_resumed_tape_tells_what_was_not_written() -> None:
    each = watching(OTTERS, rivals=("8",), rules=(pit_in(1),))
    later = resumed(Scene(each), each)
    later.at(10, pits("r2"))

    assert len(waiting(later.watches)) == 1
    assert len(told(later.watches)) == 1


def test_a_resumed_tape_tells_nothing_twice() -> None:
    each = watching(OTTERS, rivals=("8",), rules=(pit_in(1),))
    first = Scene(each)
    later = resumed(first, each)
    first.at(10, pits("r2"))
    again = resumed(first, each)
    known = resumed(Scene(each), each, known=[alert.pk for alert in waiting(first.watches)])
    for scene in (again, known):
        scene.at(10, pits("r2"))
        assert (waiting(scene.watches), told(scene.watches)) == ([], [])
    later.at(10, pits("r2"))
    assert [a.pk for a in waiting(later.watches)] == [a.pk for a in waiting(first.watches)]


def test_what_a_resumed_tape_tells_late_is_written_and_no_more() -> None:
    each = watching(OTTERS, rivals=("8",), rules=(pit_in(1),))
    later = resumed(Scene(each), each)
    changes = later.played.at(10, pits("r2"))
    later.clock.ms = later.played.ms(71)
    later.watches.take(changes)
    (raised,) = later.watches.desk.to_write()

    assert (raised.leaves, told(later.watches)) == (False, [])


def test_a_resumed_tape_tells_nothing_of_before_the_watch() -> None:
    each = watching(OTTERS, rivals=("8",), rules=(pit_in(1),))
    newer = watching(
        OTTERS, rivals=("8",), rules=(pit_in(1),), since=datetime(2026, 5, 30, 10, 1, tzinfo=UTC)
    )
    later = resumed(Scene(each), newer)
    later.at(10, pits("r2"))
    assert waiting(later.watches) == []


def test_memory_of_races_that_are_gone_is_let_go() -> None:
    scene = Scene(watching(OTTERS, ours="7", rules=(pit_in(1),)))
    race = scene.played.state.id
    assert list(scene.watches.memories()[str(OTTERS)]) == [race]
    scene.watches.keep([])
    assert scene.watches.memories() == {str(OTTERS): {}}

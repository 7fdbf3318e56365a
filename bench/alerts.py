"""What watching costs: 500 rules over 64 feeds, evaluated and shown, against the pipeline's work.

The pipeline is what each feed costs without anybody watching: frames put on tape, decoded and
reduced, facts gathered, boards made, compared and serialised up to four times a second, a resume
point every ten seconds. Its facts are written once a second; that is measured for itself, on
SQLite, so two shares are told: of the work in memory alone, and of all of it.
"""

from __future__ import annotations

import asyncio
import gc
import os
import tempfile
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from itertools import cycle, islice
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import UUID, uuid4

from bench.machine import machine
from bench.page import write_section
from timing.engine.board import BoardMaker
from timing.engine.diff import Board, diff
from timing.engine.state import RaceState
from timing.engine.watch import Rule, TeamWatch, Watched
from timing.frames import hub_frame
from timing.pipeline import Change, Pipeline
from timing.simulators.build import build_feed
from timing.sinks.batch import RaceBatch
from timing.sinks.overlays import Overlays
from timing.tape import TapeWriter

if TYPE_CHECKING:
    from timing.watchlist import Teams

FEEDS, RULES = 64, 500
RACES = 8  # different ones; each is on so many feeds as it takes
KARTS, MINUTES = 30, 20
WATCHED = 5  # of each team, the first of them its own
# Between boards, resume points, writes and looks at silence, as in the runner.
CALM_MS, MARK_MS, FLUSH_MS, SILENCE_MS = 250, 10_000, 1_000, 1_000
SECONDS = FEEDS * MINUTES * 60
RUNS = 3
FEED = "00000000-0000-0000-0000-000000000000"

# The rules that pages offer, with thresholds that are met in these races.
KINDS: tuple[tuple[str, str, int | None], ...] = (
    ("pit_in", "watched", None),
    ("gap", "rivals", 5_000),
    ("stint", "ours", 480_000),
    ("message", "ours", None),
    ("driver", "watched", None),
    ("flag", "any", None),
    ("catch", "rivals", 5),
    ("pit_out", "watched", None),
    ("trouble", "watched", None),
    ("pace", "any", 5),
    ("best", "watched", None),
    ("short_stop", "ours", 90_000),
    ("stale", "any", 30_000),
    ("message", "any", None),
    ("best", "any", None),
)

Race = tuple[list[tuple[int, str]], tuple[str, ...]]  # frames, names of the entries


class Nowhere:
    """Where overlays go, once they are frames."""

    frames = 0

    async def send(self, message: dict[str, Any]) -> None:
        self.frames += 1


class Feed:
    """One feed as its runner has it, and the teams that watch it."""

    def __init__(self, teams: Teams) -> None:
        from timing.watching import TeamWatches  # needs settings, which `main` makes

        self.pipeline = Pipeline(feed=FEED, protocol="apex")
        self.wire = Nowhere()
        self.watches = TeamWatches(UUID(FEED), lambda: self._now)
        self.watches.begin(teams, {}, memories={}, known=())
        self.watches.live()
        self._overlays = Overlays(self.wire, epoch=1)  # type: ignore[arg-type]
        self._makers: dict[str, BoardMaker] = {}
        self._boards: dict[str, Board] = {}
        self._batches: dict[str, RaceBatch] = {}
        self._now = self._published = self._marked = self._minded = 0

    def run(self, frames: list[tuple[int, str]]) -> float:
        """Seconds of processor time."""
        with tempfile.NamedTemporaryFile(suffix=".jsonl") as file:
            path, began = Path(file.name), datetime.fromtimestamp(0, UTC)
            with TapeWriter(path, protocol="apex", url="", started_at=began) as tape:
                gc.collect()
                return asyncio.run(self._play(frames, tape))

    async def _play(self, frames: list[tuple[int, str]], tape: TapeWriter) -> float:
        started = time.process_time()
        self.pipeline.opened(0)
        for at, msg in frames:
            self._now = at
            tape.write(at / 1000, msg)
            self._take(self.pipeline.frame(at, msg))
            if at - self._published >= CALM_MS and self.pipeline.current is not None:
                self._published = at
                await self._publish(self.pipeline.current)
            if at - self._minded >= SILENCE_MS:
                self._minded = at
                self.watches.silence(self.pipeline.routing.current, data_at=at)
            if at - self._marked >= MARK_MS:
                self._marked = at
                self.pipeline.resume_point(self.watches.memories())
        return time.process_time() - started

    def _take(self, changes: list[Change]) -> None:
        for change in changes:
            batch = self._batches.setdefault(change.race, RaceBatch(change.state))
            batch.state = change.state
            batch.add(change.facts)
        if changes:
            self.watches.take(changes)
        if any(change.opened for change in changes):
            self.watches.keep(self.pipeline.states)

    async def _publish(self, state: RaceState) -> None:
        maker = self._makers.setdefault(state.id, BoardMaker())
        old, board = self._boards.get(state.id), maker.make(state)
        self._boards[state.id] = board
        change = {"board": board} if old is None else {"diff": diff(old, board)}
        hub_frame("race", epoch=1, seq=1, event="teams_update", at=self._now, **change)
        await self.watches.show(state.id, self._overlays, at=self._now)


def writing(frames: list[tuple[int, str]]) -> float:
    """Seconds of processor time that it takes to write what becomes of these frames."""
    from races.models import Feed as FeedRow  # needs settings, which `main` makes
    from teams.scoping import every_team
    from timing.lease import take, this_process
    from timing.sinks.database import DatabaseSink, Held

    with every_team("a benchmark"):
        row = FeedRow.objects.create(name="bench", protocol="apex", address=f"builtin:{uuid4()}")
        epoch = take(feed=row.pk, holder=this_process(), now=datetime.now(UTC))
    assert epoch is not None
    sink, pipeline = DatabaseSink(Held(row.pk, epoch)), Pipeline(feed=str(row.pk), protocol="apex")
    batches: dict[str, RaceBatch] = {}
    flushed, spent = 0, 0.0
    for at, msg in frames:
        for change in pipeline.frame(at, msg):
            batch = batches.setdefault(change.race, RaceBatch(change.state))
            batch.state = change.state
            batch.add(change.facts)
        if batches and at - flushed >= FLUSH_MS:
            started = time.process_time()
            with every_team("a benchmark"):
                sink.write(batches)
            spent += time.process_time() - started
            flushed, batches = at, {}
    return spent


def with_database() -> None:
    """Settings and an empty database of our own, thrown away afterwards."""
    import django
    from django.core.management import call_command

    folder = tempfile.mkdtemp(prefix="lt-bench-")
    os.environ.update(
        DJANGO_SETTINGS_MODULE="lt_analyzer.settings",
        LT_ENV_FILE="",
        LT_DATA_DIR=folder,
        DATABASE_URL="",
        REDIS_URL="",
    )
    django.setup()
    call_command("migrate", verbosity=0)


def race(seed: int) -> Race:
    feed = build_feed(kind="endurance", karts=KARTS, minutes=MINUTES, seed=seed, mishaps="all")
    return list(feed.frames()), tuple(car.name for car in feed.races[0].cars)


def watches(races: list[Race]) -> list[Teams]:
    """A team on each feed; together they have 500 rules, each kind as often as the others."""
    rules = [
        Rule(number, kind, subject, None, threshold)
        for number, (kind, subject, threshold) in enumerate(islice(cycle(KINDS), RULES))
    ]
    found = []
    for number in range(FEEDS):
        names = races[number % RACES][1][number // RACES :][:WATCHED]
        found.append(team_of(number, names, tuple(rules[number::FEEDS])))
    return found


def team_of(number: int, names: Sequence[str], rules: tuple[Rule, ...]) -> Teams:
    from timing.watchlist import Watching, Ways

    watched = tuple(
        Watched(place, "rival" if place else "ours", "name", name)
        for place, name in enumerate(names)
    )
    team = UUID(int=number)
    watch = TeamWatch(str(team), "", watched, rules)
    ways = Ways("warning", sound=True, push=True, email=False, webhook=False, quiet=None)
    long_ago = datetime.fromtimestamp(0, UTC)
    by_rule = dict.fromkeys((rule.id for rule in rules), ways)
    return {str(team): Watching(team, f"team-{number}", "UTC", watch, by_rule, long_ago)}


def main() -> None:
    with_database()
    races = [race(seed) for seed in range(1, RACES + 1)]
    teams = watches(races)
    rows = sum(writing(frames) for frames, _ in races) / (RACES * MINUTES * 60) * SECONDS
    bare = watching = 0.0
    hits = overlays = 0
    for number, team in enumerate(teams):
        frames = races[number % RACES][0]
        without, with_team = [], []
        for _ in range(RUNS):  # in turn: what else the machine does tells on both
            without.append(Feed({}).run(frames))
            feed = Feed(team)
            with_team.append(feed.run(frames))
        bare, watching = bare + min(without), watching + min(with_team)
        hits, overlays = hits + len(feed.watches.desk.to_write()), overlays + feed.wire.frames
    added = watching - bare
    everything = [each.watch for team in teams for each in team.values()]
    lines = [
        f"| {FEEDS} feeds of {KARTS} karts, {MINUTES} minutes each | |",
        "|---|--:|",
        f"| rules | {sum(len(watch.rules) for watch in everything)} |",
        f"| entries watched | {sum(len(watch.watched) for watch in everything)} |",
        f"| alerts | {hits:,} |",
        f"| overlays that changed | {overlays:,} |",
        f"| the pipeline in memory, for a second of a feed | {bare / SECONDS * 1e6:.0f} µs |",
        f"| its facts to rows | {rows / SECONDS * 1e6:.0f} µs |",
        f"| watching adds | {added / SECONDS * 1e6:.0f} µs |",
        f"| that is, of the work in memory alone | {added / bare:.1%} |",
        f"| **of the pipeline's processor time** | **{added / (bare + rows):.1%}** |",
        "",
        f"`make bench` · {machine()} · the quickest of {RUNS} runs of each feed",
    ]
    print("\n".join(lines))
    write_section("alerts", "\n".join(lines))

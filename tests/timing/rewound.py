"""A straight run over tapes, which every rewind is to agree with, and indexes made on the way."""

from __future__ import annotations

import uuid
from bisect import bisect_right
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from timing.engine.board import make_board
from timing.engine.state import RaceState
from timing.keyframes import KeyWriter, Reset, keys_path, moment_of
from timing.pipeline import Pipeline
from timing.rewind import Player, tapes_of
from timing.tape import TapeFrame, frames

FEED = str(uuid.UUID(int=7))


@dataclass
class Straight:
    """`ats` are the instants of the frames, `states` how every race stood after each."""

    pipeline: Pipeline
    ats: list[int] = field(default_factory=list)
    states: list[dict[str, RaceState]] = field(default_factory=list)
    shown: list[str] = field(default_factory=list)

    def boards_at(self, at: int) -> dict[str, Any]:
        place = bisect_right(self.ats, at) - 1
        states = self.states[place] if place >= 0 else {}
        return {race: make_board(state) for race, state in states.items()}

    def shown_at(self, at: int) -> str:
        place = bisect_right(self.ats, at) - 1
        return self.shown[place] if place >= 0 else ""


def straight(
    folder: Path, *, every: int = 0, forget: dict[int, str] | None = None, feed: str = FEED
) -> Straight:
    """Read all tapes of a folder as a feed's runner does.

    `every`: bytes of tape between key frames, 0: none. `forget`: after so many frames, the race
    that staff begin again ("": the one that is shown).
    """
    run = Straight(Pipeline(feed=feed, protocol="apex"))
    connection, count, forget = -1, 0, forget or {}
    for tape in tapes_of(folder):
        writer = KeyWriter(keys_path(tape.path))
        due = offset = 0
        for frame in frames(tape.path):
            if count in forget:
                race = forget[count] or run.pipeline.routing.current
                run.pipeline.forget(race)
                writer.add_reset(Reset(offset, race))
            connection = step(run, tape.zero + frame.t_ms, frame, connection)
            count, offset = count + 1, frame.next_offset
            if every and offset >= due:
                due = offset + every
                writer.add(moment_of(run.pipeline, offset=offset, connection=connection))
    return run


def step(run: Straight, at: int, frame: TapeFrame, connection: int) -> int:
    pipeline = run.pipeline
    if frame.connection != connection:
        pipeline.closed(at)
        pipeline.opened(at)
    pipeline.frame(at, frame.msg)
    run.ats.append(pipeline.latest_at)
    run.states.append(dict(pipeline.states))
    run.shown.append(pipeline.routing.current)
    return frame.connection


def boards(player: Player) -> dict[str, Any]:
    return {race: make_board(state) for race, state in player.pipeline.states.items()}

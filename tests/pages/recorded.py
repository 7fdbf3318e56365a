"""A feed that was recorded, with the rows of its races, ended a moment ago."""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from django.conf import settings

from races.models import Feed, Race
from tests import factories as make
from tests.timing.rewound import Straight, straight
from tests.timing.simulated import simulated
from timing.engine.state import RaceState
from timing.tape import TapeWriter

AGO_MS = 2_000  # the last frame


@dataclass
class Recorded:
    run: Straight
    races: list[Race]
    folder: Path

    @property
    def race(self) -> Race:
        return self.races[-1]

    @property
    def last(self) -> int:
        return self.run.ats[-1]

    def board_at(self, at: int) -> Any:
        return self.run.boards_at(at)[str(self.race.pk)]


def record(
    feed: Feed, *, every: int = 20_000, live: bool = True, goes_on_ms: int = -AGO_MS, **wish: Any
) -> Recorded:
    """`every`: bytes of tape between key frames, 0: no index. `goes_on_ms`: how long after now its
    last frame is; what lies ahead is on the tape and shown to nobody until then."""
    said = simulated(**{"karts": 8, "minutes": 10, "seed": 3} | wish).frames
    end = time.time_ns() // 1_000_000 + goes_on_ms
    zero = end - said[-1][0]
    folder = Path(settings.LT_DATA_DIR) / "tapes" / str(feed.pk)
    folder.mkdir(parents=True)
    started = datetime.fromtimestamp(zero / 1000, UTC)
    with TapeWriter(folder / "one.jsonl", protocol="apex", url="", started_at=started) as writer:
        for at, connection, text in said:
            writer.write(at / 1000, text, connection)
    run = straight(folder, every=every, feed=str(feed.pk))
    states = run.states[-1]
    races = [_race(feed, states[race], live and race == run.shown[-1]) for race in states]
    return Recorded(run, races, folder)


def _race(feed: Feed, state: RaceState, live: bool) -> Race:
    return make.race(
        feed,
        id=state.id,
        event=state.event,
        name=state.name,
        is_live=live,
        first_seen_at=_at(state.first_seen_at),
        last_seen_at=_at(state.last_seen_at),
    )


def _at(ms: int) -> datetime:
    return datetime.fromtimestamp(ms / 1000, UTC)

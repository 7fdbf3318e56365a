"""Frames as an ingester sends them, and a client that applies what it is given."""

from __future__ import annotations

import json
import random
from dataclasses import dataclass, field
from typing import Any

from timing.engine.diff import Board, diff, patch

RACE = "0d9f1d1c-0000-4000-8000-000000000001"
OTHER_RACE = "0d9f1d1c-0000-4000-8000-000000000002"
FEED = "0d9f1d1c-0000-4000-8000-00000000000f"
TOPIC = f"race.{RACE}"
FEED_TOPIC = f"feed.{FEED}"
STAMP = "2026-11-21T12:00:00Z"


def a_board(laps: int = 0, *, race: str = RACE, rows: int = 3, **session: Any) -> Board:
    """A board of the whole shape, so that pages can show it."""
    whole = {
        "event": "",
        "name": "Race",
        "kind": "race",
        "ranking": "laps",
        "track": "Track",
        "track_length_m": 987,
        "language": "en",
        "flag": "green",
        "flag_at": None,
        "clock": {"mode": "off", "ms": None, "at": None, "text": ""},
        "started_at": None,
        "ended": False,
        "sectors": 0,
        "leader_laps": laps,
        "best_ms": None,
        "best_key": "",
        "banner": None,
        "degraded": False,
    }
    keys = [f"r{n}" for n in range(1, rows + 1)]
    return {
        "race": race,
        "session": whole | session,
        "classes": {},
        "order": keys,
        "rows": {key: a_row(key, laps) for key in keys},
        "messages": [],
    }


def a_row(key: str, laps: int) -> dict[str, Any]:
    text = ["class", "category", "driver", "nation", "last_mark", "best_mark", "penalty"]
    none = ["pos", "last_ms", "best_ms", "gap", "interval", "stint_at", "pit_at", "crossed_at"]
    return {
        "key": key,
        "number": key[1:],
        "competitor": f"Team {key}",
        "laps": laps,
        "moved": 0,
        "sectors": [],
        "stint": 1,
        "stops": 0,
        "state": "run",
        **dict.fromkeys(text, ""),
        **dict.fromkeys(none),
    }


def frame(event: str, topic: str, epoch: int, seq: int, **data: Any) -> dict[str, Any]:
    """A message for the group "hub"."""
    whole = {"topic": topic, "epoch": epoch, "seq": seq, "at": 1000 + seq} | data
    text = json.dumps(
        {"type": "dashboard_event", "event": event, "data": whole, "timestamp": STAMP}
    )
    return {
        "type": "hub.frame",
        "topic": topic,
        "epoch": epoch,
        "seq": seq,
        "event": event,
        "frame": text,
    }


def status(seq: int, *, race: str | None = RACE, epoch: int = 1, **data: Any) -> dict[str, Any]:
    known = {"feed": FEED, "race": race, "state": "live", "data_at": 1, "retry_at": None}
    return frame("system.status", FEED_TOPIC, epoch, seq, **(known | data))


@dataclass
class Ingester:
    """Publishes boards the way the pipeline does: a snapshot, then differences."""

    topic: str = TOPIC
    epoch: int = 1
    seq: int = 0
    board: Board = field(default_factory=a_board)

    def whole(self) -> dict[str, Any]:
        self.seq += 1
        return self.again()

    def again(self) -> dict[str, Any]:
        """The answer to `snapshot.wanted`: no new number, because nothing is new."""
        return frame("race_data_update", self.topic, self.epoch, self.seq, board=self.board)

    def change(self, board: Board) -> dict[str, Any]:
        changes = diff(self.board, board)
        self.board, self.seq = board, self.seq + 1
        return frame("teams_update", self.topic, self.epoch, self.seq, diff=changes)

    def laps(self, count: int) -> list[dict[str, Any]]:
        return [
            self.change(a_board(self.board["session"]["leader_laps"] + 1)) for _ in range(count)
        ]

    def restart(self) -> dict[str, Any]:
        self.epoch, self.seq = self.epoch + 1, 0
        return self.whole()

    def random_step(self, chance: random.Random) -> dict[str, Any]:
        kind = chance.random()
        if kind < 0.05:
            return self.restart()
        if kind < 0.1:
            return self.whole()
        rows = chance.randint(1, 5)
        return self.change(a_board(chance.randint(0, 99), rows=rows, name=chance.choice("abc")))


@dataclass
class Client:
    """The rules of `docs/wire.md` and nothing else."""

    board: Board | None = None
    epoch: int | None = None
    seq: int | None = None
    kinds: list[str] = field(default_factory=list)

    def apply(self, text: str) -> None:
        message = json.loads(text)
        data = message["data"]
        self.kinds.append(message["event"])
        if message["event"] == "race_data_update":
            self.board = data["board"]
        else:
            assert (data["epoch"], data["seq"]) == (self.epoch, (self.seq or 0) + 1)
            assert self.board is not None
            self.board = patch(self.board, data["diff"])
        self.epoch, self.seq = data["epoch"], data["seq"]

"""Boards of the wire for tests of pages, and a way to tell them to the hub."""

from __future__ import annotations

from typing import Any

import orjson

from displays.hub import hub

Board = dict[str, Any]


def row(key: str, pos: int, **fields: Any) -> dict[str, Any]:
    return {
        "key": key,
        "pos": pos,
        "moved": 0,
        "number": str(pos),
        "class": "no1",
        "category": "Pro",
        "competitor": f"Crew {pos}",
        "driver": f"Driver {pos}",
        "nation": "",
        "laps": 30,
        "last_ms": 60_000 + pos,
        "last_mark": "",
        "best_ms": 59_000 + pos,
        "best_mark": "best" if pos == 1 else "",
        "sectors": [[20_000, "pb"], [19_500, ""], [20_500, ""]],
        "gap": None if pos == 1 else [0, 1_500 * pos],
        "interval": None if pos == 1 else [0, 1_500],
        "stint": 2,
        "stint_at": None,
        "pit_at": None,
        "stops": 1,
        "state": "run",
        "penalty": "",
        "crossed_at": None,
    } | fields


def board(race: str, rows: int = 3, *, session: dict[str, Any] | None = None) -> Board:
    made = [row(f"r{pos}", pos) for pos in range(1, rows + 1)]
    return {
        "race": race,
        "session": {
            "event": "Night Cup",
            "name": "Heat 2",
            "kind": "race",
            "ranking": "laps",
            "track": "Long Straight",
            "track_length_m": 987,
            "language": "en",
            "flag": "green",
            "flag_at": None,
            "clock": {"mode": "countdown", "ms": 754_000, "at": None, "text": ""},
            "started_at": None,
            "ended": False,
            "sectors": 3,
            "leader_laps": 30,
            "best_ms": 59_001,
            "best_key": "r1",
            "banner": None,
            "degraded": False,
        }
        | (session or {}),
        "classes": {"no1": {"colour": "#0080FF", "ink": "#FFFFFF"}},
        "order": [each["key"] for each in made],
        "rows": {each["key"]: each for each in made},
        "messages": [{"time": "14:05", "kind": "penalty", "number": "2", "text": "5 s"}],
    }


def tell_hub(shown: Board, *, epoch: int = 7, seq: int = 3, at: int | None = None) -> None:
    """As if the ingester had just sent this board."""
    topic = f"race.{shown['race']}"
    data = {"topic": topic, "epoch": epoch, "seq": seq, "at": at, "board": shown}
    frame = {"type": "dashboard_event", "event": "race_data_update", "data": data}
    hub.deliver(
        {
            "type": "hub.frame",
            "topic": topic,
            "epoch": epoch,
            "seq": seq,
            "event": "race_data_update",
            "frame": orjson.dumps(frame).decode(),
        }
    )

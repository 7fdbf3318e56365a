from __future__ import annotations

import json
from typing import Any

from tests.timing.apex_feed import FEED
from timing.engine.state import RaceState, evolve
from timing.sinks.publisher import Publisher

OLD = "0d9f1d1c-0000-4000-8000-000000000001"
NEW = "0d9f1d1c-0000-4000-8000-000000000002"


class Sent:
    """A channel layer that keeps what it is given."""

    def __init__(self) -> None:
        self.frames: list[dict[str, Any]] = []

    async def group_send(self, group: str, message: dict[str, Any]) -> None:
        self.frames.append(json.loads(message["frame"]))

    def heads(self) -> list[tuple[str, str, int]]:
        return [(f["event"], f["data"]["topic"], f["data"]["seq"]) for f in self.frames]


async def test_races_that_are_forgotten_are_published_no_more_and_the_others_go_on() -> None:
    sent = Sent()
    publisher = Publisher(layer=sent, feed=FEED, epoch=1)
    old, new = RaceState(OLD, 0, 0), RaceState(NEW, 0, 0)
    await publisher.board(old, at=1_000)
    await publisher.board(new, at=1_000)
    publisher.keep({NEW})
    await publisher.whole(OLD)
    await publisher.board(evolve(new, flag="green"), at=2_000)

    assert sent.heads() == [
        ("race_data_update", f"race.{OLD}", 1),
        ("race_data_update", f"race.{NEW}", 1),
        ("session_update", f"race.{NEW}", 2),
    ]

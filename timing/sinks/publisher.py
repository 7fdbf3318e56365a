"""Boards to browsers: one message a topic and publish, serialised once.

A race's topic carries a snapshot when somebody asks for one and differences otherwise; a feed's
topic says which race is current and how the link stands.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Any

from timing.engine.board import BoardMaker
from timing.engine.diff import Board, diff
from timing.engine.state import RaceState
from timing.frames import hub_frame, hub_news
from timing.sinks.overlays import Overlays
from timing.sinks.wire import Layer, Wire
from timing.topics import feed_topic, race_topic

TABLE = frozenset(("rows", "order", "gone", "race"))


@dataclass
class _Shown:
    """What viewers of a race have."""

    maker: BoardMaker = field(default_factory=BoardMaker)
    board: Board | None = None
    seq: int = 0
    at: int = 0


class Publisher:
    """Publishes one feed under one epoch."""

    def __init__(self, *, layer: Layer, feed: str, epoch: int) -> None:
        self._wire = Wire(layer)
        self._feed, self._epoch = feed, epoch
        self.overlays = Overlays(self._wire, epoch)
        self._shown: dict[str, _Shown] = {}
        self._feed_seq = 0

    async def board(self, state: RaceState, *, at: int, shift: int = 0) -> None:
        """Send what changed since the last time; the first time, the whole board.

        `shift` moves instants to the viewers' clock, for recordings that play at another pace.
        """
        shown = self._shown.setdefault(state.id, _Shown())
        board = shown.maker.make(state, shift=shift)
        if shown.board is None:
            await self._snapshot(shown, board, at + shift)
            return
        change = diff(shown.board, board)
        shown.board, shown.at = board, at + shift
        if change:
            shown.seq += 1
            event = "teams_update" if TABLE & change.keys() else "session_update"
            await self._send(race_topic(state.id), shown.seq, event, shown.at, {"diff": change})

    async def whole(self, race: str) -> None:
        """Send the board as it stands: a process asks that has only heard differences."""
        shown = self._shown.get(race)
        if shown is not None and shown.board is not None:
            await self._snapshot(shown, shown.board, shown.at, again=True)

    async def _snapshot(self, shown: _Shown, board: Board, at: int, *, again: bool = False) -> None:
        shown.board, shown.at = board, at
        shown.seq += not again
        topic = race_topic(board["race"])
        await self._send(topic, shown.seq, "race_data_update", at, {"board": board})

    async def news(self, topic: str, event: str, **data: Any) -> None:
        """What has no number and no place in an order."""
        await self._wire.send(hub_news(topic, event, **data))

    async def status(
        self, *, race: str | None, state: str, data_at: int | None, retry_at: int | None
    ) -> None:
        """How the link stands; says everything there is to say about the feed."""
        self._feed_seq += 1
        data = {
            "feed": self._feed,
            "race": race,
            "state": state,
            "data_at": data_at,
            "retry_at": retry_at,
        }
        topic = feed_topic(self._feed)
        await self._send(topic, self._feed_seq, "system.status", data_at, data)

    async def current(self, race: str | None, *, at: int | None) -> None:
        """Another race is current on this feed, or the same one begins again."""
        self._feed_seq += 1
        topic = feed_topic(self._feed)
        await self._send(topic, self._feed_seq, "race_data_reset", at, {"race": race})

    def forget(self, race: str) -> None:
        """The next board of this race is a whole one."""
        shown = self._shown.get(race)
        if shown is not None:
            shown.board = None

    def keep(self, races: Collection[str]) -> None:
        """Of the others, nothing will be published again."""
        self._shown = {race: shown for race, shown in self._shown.items() if race in races}
        self.overlays.keep(races)

    async def _send(
        self, topic: str, seq: int, event: str, at: int | None, data: dict[str, Any]
    ) -> None:
        await self._wire.send(
            hub_frame(topic, epoch=self._epoch, seq=seq, event=event, at=at, **data)
        )

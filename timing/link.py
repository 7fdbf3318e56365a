"""How a feed's connection stands: told to browsers whatever the database does, and stored."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import Any

from timing import journal
from timing.engine.units import Ms
from timing.enums import LinkState
from timing.sinks.publisher import Publisher
from timing.sources import Source, Surroundings
from timing.transports.base import LinkReport

SAY_S = 5.0  # at the least so often, so that who hears nothing knows that it is not the feed


class Link:
    """`data_at` is the instant of the newest frame, `race` the current race that has a row."""

    def __init__(self, source: Source, around: Surroundings) -> None:
        self._source, self._around = source, around
        self.report = LinkReport(LinkState.CONNECTING, around.now_ms())
        self.data_at: Ms | None = None
        self.race: str | None = None
        self.changed = asyncio.Event()
        self._stored: tuple[Any, ...] = ()
        self._stored_at = float("-inf")

    @property
    def state(self) -> LinkState:
        return self.report.state

    def heard(self, report: LinkReport) -> None:
        self.report = report
        self.changed.set()

    def shift(self, at: Ms | None) -> Ms:
        """What moves instants of a recording to the viewers' clock."""
        if at is None or not self._source.shifted:
            return 0
        return (self._around.now_ms() - at) // 1000 * 1000

    async def until_due(self) -> None:
        """Until there is news of the link, or it is time to say the same again."""
        with suppress(TimeoutError):
            async with asyncio.timeout(SAY_S):
                await self.changed.wait()
        self.changed.clear()

    async def say(self, publisher: Publisher, state: LinkState | None = None) -> None:
        """To browsers."""
        await publisher.status(race=self.race, **self._told(state))

    async def store(self, epoch: int, state: LinkState | None = None) -> None:
        """Into its row. Raises LeaseLost under an old epoch, and what a database away raises."""
        await self._around.writer.call(
            journal.link_changed,
            feed=self._source.feed,
            epoch=epoch,
            error=self.report.error,
            race=self.race,
            **self._told(state),
        )
        self._stored, self._stored_at = (self.state, self.race), self._now()

    @property
    def is_due(self) -> bool:
        """Whether the row is old."""
        return (self.state, self.race) != self._stored or self._now() - self._stored_at >= SAY_S

    def _told(self, state: LinkState | None) -> dict[str, Any]:
        data_at = self.data_at
        return {
            "state": (state or self.state).value,
            "data_at": None if data_at is None else data_at + self.shift(data_at),
            "retry_at": self.report.retry_at_ms,
        }

    @staticmethod
    def _now() -> float:
        return asyncio.get_running_loop().time()

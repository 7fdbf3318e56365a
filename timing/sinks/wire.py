"""From an ingester to every hub: one message of the channel layer, whatever becomes of it."""

from __future__ import annotations

import asyncio
import logging
from typing import Any, Protocol

from teams.news import HUB_GROUP

logger = logging.getLogger(__name__)

SEND_S = 5.0  # a layer that hangs must not hold up the race's books


class Layer(Protocol):
    """Of Channels, what we use."""

    async def group_send(self, group: str, message: dict[str, Any]) -> None: ...


class Wire:
    """`unsent` counts what a layer that is away did not take. It is said when that begins and when
    it is over: a line for each frame would fill a disk."""

    def __init__(self, layer: Layer) -> None:
        self._layer = layer
        self.unsent = 0

    async def send(self, message: dict[str, Any]) -> None:
        """Never raises: Redis may be away, in any of its ways. A hub that misses a numbered frame
        asks for all, and who missed an alert finds it among the open ones."""
        try:
            async with asyncio.timeout(SEND_S):
                await self._layer.group_send(HUB_GROUP, message)
        except Exception as error:  # noqa: BLE001 - Redis has many ways to be away
            if not self.unsent:
                topic, why = message["topic"], str(error) or type(error).__name__
                logger.warning("%s: not published, nor what follows: %s", topic, why)
            self.unsent += 1
        else:
            if self.unsent:
                logger.warning("published again; %d frames were not", self.unsent)
                self.unsent = 0

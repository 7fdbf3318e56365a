"""A process's ear on a group of the channel layer, through whatever happens to Redis."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from typing import Any

from channels.layers import get_channel_layer

logger = logging.getLogger(__name__)

# The in-memory layer ends memberships after a day, and after a minute of not being read.
REJOIN_S = 30.0

Take = Callable[[Mapping[str, Any]], Awaitable[None]]


async def listen(group: str, take: Take, *, listening: asyncio.Event | None = None) -> None:
    """Until cancelled. Sets `listening` while what is sent to the group arrives here."""
    while True:
        try:
            await _listen_once(group, take, listening)
        except Exception:  # Redis away, in any of its ways
            logger.warning("the channel layer failed, trying again", exc_info=True)
            if listening is not None:
                listening.clear()
            await asyncio.sleep(1)


async def _listen_once(group: str, take: Take, listening: asyncio.Event | None) -> None:
    layer = get_channel_layer()
    channel = await layer.new_channel()
    await layer.group_add(group, channel)
    if listening is not None:
        listening.set()
    rejoining = asyncio.create_task(_rejoin(layer, group, channel))
    try:
        while True:
            await take(await layer.receive(channel))
    finally:
        rejoining.cancel()
        with suppress(Exception):  # the layer may be what failed
            await layer.group_discard(group, channel)


async def _rejoin(layer: Any, group: str, channel: str) -> None:
    while True:
        await asyncio.sleep(REJOIN_S)
        await layer.group_add(group, channel)

"""The one listener of a process: what is sent to it waits nowhere."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any

import pytest
from channels.layers import get_channel_layer
from django.conf import settings

from timing.groups import listen

FRAMES = 20_000


@pytest.mark.skipif(
    not settings.REDIS_URL, reason="of the layer of Redis, whose queue has no bound"
)
async def test_the_queue_of_the_layer_does_not_grow_under_a_flood() -> None:
    """It is emptied as quickly as it is filled: taking a message is no wait for the listener, and
    the layer reads the next ones from Redis in the same loop."""
    layer, heard, waiting = get_channel_layer(), 0, []

    async def take(message: Mapping[str, Any]) -> None:
        nonlocal heard
        heard += 1
        waiting.append(sum(queue.qsize() for queue in layer._get_layer().channels.values()))

    ready = asyncio.Event()
    listening = asyncio.create_task(listen("flood", take, listening=ready))
    await asyncio.wait_for(ready.wait(), 60)
    for number in range(0, FRAMES, 500):
        wave = range(number, number + 500)
        await asyncio.gather(
            *(layer.group_send("flood", {"type": "x", "n": n, "text": "y" * 500}) for n in wave)
        )
    async with asyncio.timeout(120):
        while heard < FRAMES:
            await asyncio.sleep(0.01)
    listening.cancel()
    await asyncio.wait({listening})

    assert max(waiting) < 1_000  # of twenty thousand

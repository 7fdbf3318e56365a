"""How this process does, said to every hub each few seconds: web processes, ingesters, `live`.

One message of the channel layer a process, so that the system page of any of them shows all, and
no table or key has to be tidied up after a process that was killed.
"""

from __future__ import annotations

import asyncio
import logging
import os
import socket
import uuid
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from channels.layers import get_channel_layer

from teams.news import HUB_GROUP
from timing import metrics

logger = logging.getLogger(__name__)

BEAT_S = 5.0
SEND_S = 2.0

NAME = f"{socket.gethostname()[:60]}/{os.getpid()}/{uuid.uuid4().hex[:8]}"

More = Callable[[], dict[str, Any]]


def beat(kind: str, more: More | None = None) -> dict[str, Any]:
    """The message. `kind`: web, ingest or live; `more`: what only some have, such as sockets."""
    said = {
        "name": NAME,
        "kind": kind,
        "uptime_s": int(metrics.uptime_s()),
        "memory_bytes": metrics.resident_bytes(),
        "ingester": metrics.ingester_numbers(),
    }
    return {"type": "hub.process", "process": said | (more() if more else {})}


async def keep_beating(kind: Callable[[], str], more: More | None = None) -> None:
    """Until cancelled."""
    while True:
        with suppress(Exception):  # a layer that is away: others show how long ago we were heard
            async with asyncio.timeout(SEND_S):
                await get_channel_layer().group_send(HUB_GROUP, beat(kind(), more))
        await asyncio.sleep(BEAT_S)

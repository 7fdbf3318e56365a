"""News from synchronous code to the other processes, over the channel layer."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Collection, Mapping
from typing import Any
from uuid import UUID

from asgiref.sync import async_to_sync
from channels.layers import get_channel_layer

logger = logging.getLogger(__name__)

HUB_GROUP = "hub"  # every web process's hub listens here
INGEST_GROUP = "ingest"  # every ingester listens here
SEND_S = 2.0  # a layer that hangs must not hold up the request that has news

_home: asyncio.AbstractEventLoop | None = None


def listens_in(loop: asyncio.AbstractEventLoop | None) -> None:
    """The loop in which this process listens. What an in-memory layer is given in another thread
    wakes nobody, so news is sent there."""
    global _home
    _home = loop


def tell(group: str, message: Mapping[str, Any]) -> None:
    """Send, from any thread. Never raises: who waits for news looks for itself now and then."""
    try:
        if _home is not None and _home.is_running():
            asyncio.run_coroutine_threadsafe(_send(group, message), _home)
        else:
            async_to_sync(_send)(group, message)
    except Exception:
        logger.warning("could not tell %s about %s", group, message.get("type"), exc_info=True)


async def _send(group: str, message: Mapping[str, Any]) -> None:
    try:
        async with asyncio.timeout(SEND_S):
            await get_channel_layer().group_send(group, dict(message))
    except Exception:  # Redis away, in any of its ways
        logger.warning("could not tell %s about %s", group, message.get("type"), exc_info=True)


def access_changed(
    *, users: Collection[int] = (), tokens: Collection[int] = (), displays: Collection[str] = ()
) -> None:
    """What these people, API tokens and displays (by their codes) may see is another now: their
    sockets look again at once.

    Call it after the commit: who looks before it finds what was.
    """
    if users or tokens or displays:
        who = {"users": sorted(users), "tokens": sorted(tokens), "displays": sorted(displays)}
        tell(HUB_GROUP, {"type": "hub.access", **who})


def watch_changed(*, team: UUID) -> None:
    """What this team watches, or where, is another now. Call it after the commit, too."""
    tell(INGEST_GROUP, {"type": "watch.changed", "team": str(team)})

"""A client of `/ws/` for tests, straight on the application."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from asgiref.sync import sync_to_async
from channels.layers import get_channel_layer
from channels.testing import WebsocketCommunicator
from django.conf import settings
from django.test import Client

from displays.hub import Hub, hub
from lt_analyzer.asgi import application
from teams.models import User
from tests.displays.wire import complaints

Headers = list[tuple[bytes, bytes]]
PATIENCE_S = 180  # for what comes; it costs nothing where it does


class Socket:
    def __init__(self, communicator: WebsocketCommunicator) -> None:
        self._communicator = communicator

    async def say(self, message: Any) -> None:
        text = message if isinstance(message, str) else json.dumps(message)
        await self._communicator.send_to(text_data=text)

    async def hear(self) -> Any:
        """What the server says; its own words, which no test makes up, are as documented."""
        message = json.loads(await self._communicator.receive_from(timeout=PATIENCE_S))
        if message["type"] != "dashboard_event":
            assert complaints(message) == []
        return message

    async def hears_nothing(self) -> bool:
        return bool(await self._communicator.receive_nothing(timeout=0.2))

    async def closed(self) -> int:
        """The code the server closes with; nothing else may come before."""
        event = await self._communicator.receive_output(timeout=PATIENCE_S)
        assert event["type"] == "websocket.close", event
        return int(event["code"])

    async def subscribe(self, channel: str, **more: Any) -> Any:
        await self.say({"type": "subscribe", "channel": channel, **more})
        return await self.hear()


@asynccontextmanager
async def a_socket(
    *,
    user: User | None = None,
    query: str = "",
    headers: Headers | None = None,
    client: str = "::1",
) -> AsyncIterator[Socket]:
    """Accepted, but not heard yet."""
    sent = [(b"host", b"testserver"), *(headers or [])]
    if user is not None:
        sent.append((b"cookie", await sync_to_async(_cookie)(user)))
    communicator = WebsocketCommunicator(application, f"/ws/{query}", headers=sent)
    communicator.scope["client"] = [client, 50000]
    accepted, code = await communicator.connect(timeout=PATIENCE_S)
    assert accepted, code
    try:
        yield Socket(communicator)
    finally:
        await communicator.disconnect(timeout=PATIENCE_S)


async def refused(headers: Headers, path: str = "/ws/") -> bool:
    communicator = WebsocketCommunicator(application, path, headers=headers)
    accepted, _code = await communicator.connect(timeout=PATIENCE_S)
    if accepted:
        await communicator.disconnect(timeout=PATIENCE_S)
    return not accepted


def _cookie(user: User) -> bytes:
    browser = Client()
    browser.force_login(user)
    name = settings.SESSION_COOKIE_NAME
    return f"{name}={browser.cookies[name].value}".encode()


async def publish(*messages: dict[str, Any], to: Hub = hub) -> None:
    """Sends as an ingester does, and returns when the hub has it all."""
    async with asyncio.timeout(PATIENCE_S):
        await to.listening.wait()
        wanted = to.delivered + len(messages)
        for message in messages:
            await get_channel_layer().group_send("hub", message)
        while to.delivered < wanted:
            await asyncio.sleep(0.005)
        await settled(to)


async def settled(of: Hub) -> None:
    """What was taken has been fanned out; a busy hub rests in between."""
    while not of.settled:
        await asyncio.sleep(0)

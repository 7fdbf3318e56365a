"""How much anybody may send. Django writes a body to disk, whole, before it looks at anything."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Any

MOST_BYTES = 5_000_000  # what our forms and programs send is a thousandth of it

Message = dict[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]


class Body:
    """The body of one request, which ends as if its sender had gone where it gets too long."""

    def __init__(self, receive: Receive, send: Send) -> None:
        self._receive, self._send = receive, send
        self._taken = 0

    @property
    def is_too_long(self) -> bool:
        return self._taken > MOST_BYTES

    async def receive(self) -> Message:
        event = await self._receive()
        self._taken += len(event.get("body", b""))
        return {"type": "http.disconnect"} if self.is_too_long else event

    async def send(self, event: Message) -> None:
        if not self.is_too_long:
            await self._send(event)


async def bounded(app: Any, scope: Message, receive: Receive, send: Send) -> None:
    """The application, for requests that are not too long; those are answered 413."""
    if _announced(scope) > MOST_BYTES:
        await _refuse(send)
        return
    body = Body(receive, send)
    await app(scope, body.receive, body.send)
    if body.is_too_long:
        await _refuse(send)


def _announced(scope: Message) -> int:
    with suppress(ValueError):
        return int(dict(scope["headers"]).get(b"content-length", b"0"))
    return 0


async def _refuse(send: Send) -> None:
    headers = [(b"content-type", b"text/plain"), (b"connection", b"close")]
    await send({"type": "http.response.start", "status": 413, "headers": headers})
    await send({"type": "http.response.body", "body": b"Too long.\n"})

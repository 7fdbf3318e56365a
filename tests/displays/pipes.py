"""The other end of a socket in tests: what a client understands of the bytes that it is sent."""

from __future__ import annotations

from typing import Any

from websockets.extensions.permessage_deflate import PerMessageDeflate
from websockets.frames import Frame as Received
from websockets.protocol import CLIENT, Protocol


class Peer:
    """A pipe, and a WebSocket client behind it that reads at once. `full`: it takes no more."""

    def __init__(self, *, deflates: bool = False) -> None:
        self.deflates, self.full, self.gone = deflates, False, False
        self.writes = 0
        self.texts: list[str] = []
        self._protocol = Protocol(CLIENT)
        if deflates:
            self._protocol.extensions = [PerMessageDeflate(True, True, 15, 15)]

    @property
    def has_room(self) -> bool:
        return not (self.full or self.gone)

    def put(self, data: bytes) -> bool:
        if not self.has_room:
            return False
        self.writes += 1
        self._protocol.receive_data(data)
        assert self._protocol.parser_exc is None
        for event in self._protocol.events_received():
            assert isinstance(event, Received)
            self.texts.append(bytes(event.data).decode())
        return True

    async def room(self) -> None:
        raise ConnectionResetError

    def abort(self) -> None:
        self.gone = True


def messages_sent() -> tuple[list[Any], Any]:
    """A list, and a `send` that adds to it."""
    sent: list[Any] = []

    async def send(message: Any) -> None:
        sent.append(message)

    return sent, send

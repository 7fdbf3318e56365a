"""A stand-in for the server's end of the socket: it says what a test wants, and when."""

from __future__ import annotations

import json
import re
from typing import Any

from tests.browser import scene


class StandIn:
    """`before=stand_in.take` of `visit`. Answers like the server does, unless it is `deaf`."""

    def __init__(self, *, deaf: bool = False) -> None:
        self.deaf = deaf
        self.sockets: list[Any] = []
        self.heard: list[dict[str, Any]] = []

    def take(self, page: Any) -> None:
        page.route_web_socket(re.compile("/ws/"), self._opened)

    def _opened(self, socket: Any) -> None:
        self.sockets.append(socket)
        socket.on_message(lambda text: self._hear(socket, json.loads(text)))
        self._say(socket, {"type": "auth_success", "connection_id": "1", "user_id": "1"})

    def _hear(self, socket: Any, message: dict[str, Any]) -> None:
        self.heard.append(message)
        if self.deaf:
            return
        if message["type"] == "ping":
            self._say(socket, {"type": "pong", "at": scene.now_ms()})
        elif "channel" in message:
            answer = {"type": "subscription_result", "success": True}
            self._say(socket, answer | {"channel": message["channel"]})

    def _say(self, socket: Any, message: dict[str, Any]) -> None:
        socket.send(json.dumps(message))

    def say(self, event: str, **data: Any) -> None:
        self._say(self.sockets[-1], {"type": "dashboard_event", "event": event, "data": data})

    def subscribed(self, channel: str) -> list[dict[str, Any]]:
        """What was asked of a channel so far."""
        return [
            {name: each[name] for name in ("epoch", "seq") if name in each}
            for each in self.heard
            if each["type"] == "subscribe" and each["channel"] == channel
        ]

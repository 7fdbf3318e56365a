"""How news is put on the wire: the frame that browsers read, and the envelope hubs pass it in."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import orjson


def dashboard_event(event: str, data: dict[str, Any]) -> str:
    now = datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    frame = {"type": "dashboard_event", "event": event, "data": data, "timestamp": now}
    return orjson.dumps(frame).decode()


def hub_frame(
    topic: str, *, epoch: int, seq: int, event: str, at: int | None, **data: Any
) -> dict[str, Any]:
    """A numbered frame of a topic that one ingester writes: hubs keep its place in the order."""
    told = {"topic": topic, "epoch": epoch, "seq": seq, "at": at, **data}
    return {
        "type": "hub.frame",
        "topic": topic,
        "epoch": epoch,
        "seq": seq,
        "event": event,
        "frame": dashboard_event(event, told),
    }


def hub_news(topic: str, event: str, **data: Any) -> dict[str, Any]:
    """A frame without a number, of a topic that several write to. Hubs pass it on, once."""
    told = {"topic": topic, **data}
    return {
        "type": "hub.news",
        "topic": topic,
        "event": event,
        "frame": dashboard_event(event, told),
    }

"""How long a message is news. What is older is given up instead of being told as if it were new: a
worker may have been away, or a receiver.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from teams.enums import Channel

# A push wakes people; it is kept as long by the push service for a device that is away.
_PUSHED = {
    "info": timedelta(minutes=5),
    "warning": timedelta(minutes=15),
    "danger": timedelta(minutes=30),
}
# Of these the receiver sees when it was: a mail is read later anyway, a program may want them all.
_LATER = {Channel.EMAIL: timedelta(hours=2), Channel.WEBHOOK: timedelta(hours=24)}


def old_from(channel: str, body: dict[str, Any], at: datetime) -> datetime:
    """When a message about something that happened `at` is no news any more."""
    if channel == Channel.PUSH:
        return at + _PUSHED.get(body.get("severity", "info"), _PUSHED["info"])
    return at + _LATER[Channel(channel)]

"""What happens at the sockets of this process, in plain integers; `displays.metrics` tells."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field


@dataclass(slots=True)
class Tally:
    opened: int = 0
    messages: int = 0  # of clients
    subscribed: int = 0
    resumed: int = 0  # of those, from where they had been
    renewed: int = 0  # tokens
    replies: int = 0
    sent: int = 0  # frames of topics
    pushed: int = 0  # writes for them that were made at once
    merged: int = 0  # of those, whole boards in place of what a socket had missed
    open: Counter[str] = field(default_factory=Counter)  # by who they are
    closed: Counter[int] = field(default_factory=Counter)  # by code; 0: they went themselves


tally = Tally()

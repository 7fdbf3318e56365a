"""What a topic tells once: alerts, announcements. No numbers on the wire, because it has several
producers; a reader counts what it was given.

Whoever subscribes hears what comes from then on, each once and in order. Who falls behind the ring
loses the oldest: such a reader fetches what is open over HTTP when it comes back.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field

from displays.frames import Frame

RING_NEWS = 64


@dataclass(slots=True)
class NewsLog:
    told: int = 0
    _ring: deque[Frame] = field(default_factory=lambda: deque(maxlen=RING_NEWS))

    def take(self, text: str) -> None:
        self._ring.append(Frame(text))
        self.told += 1

    def after(self, heard: int) -> tuple[Frame, int] | None:
        """The next frame for a reader who heard so many, and how many that makes."""
        oldest = self.told - len(self._ring)
        at = max(heard, oldest)
        return None if at >= self.told else (self._ring[at - oldest], at + 1)

"""What a runner is given: its feed, and what it shares with the others of its process."""

from __future__ import annotations

import time
import uuid
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from pathlib import Path

from timing.lease import Holder
from timing.sinks.wire import Layer
from timing.transports.base import LinkReport, RawFrame
from timing.writer import Writer


@dataclass(frozen=True, slots=True)
class Source:
    """A feed as the runner needs it. `frames` makes its transport's stream anew."""

    feed: uuid.UUID
    protocol: str
    url: str
    frames: Callable[[Callable[[LinkReport], None], int], AsyncIterator[RawFrame]]
    records: bool = True
    shifted: bool = False  # a recording at another pace: instants are moved to the wall clock


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What a runner shares with the others of its process."""

    holder: Holder
    writer: Writer
    layer: Layer
    tapes: Path
    rotate_s: float
    now_ms: Callable[[], int] = lambda: time.time_ns() // 1_000_000

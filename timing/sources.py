"""What a runner is given: its feed, and what it shares with the others of its process."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from pathlib import Path

from timing.clock import now_ms
from timing.lease import Holder, Leases
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
    """What a runner shares with the others of its process. `resuming` bounds how many tapes are
    read at a time, each in a thread of its own: nobody's rows wait for a long one."""

    holder: Holder
    writer: Writer
    layer: Layer
    tapes: Path
    rotate_s: float
    now_ms: Callable[[], int] = now_ms
    leases: Leases = None  # type: ignore[assignment]  # with the writer's thread, if not given
    resuming: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(2))

    def __post_init__(self) -> None:
        if self.leases is None:
            object.__setattr__(self, "leases", Leases(self.holder, self.writer))

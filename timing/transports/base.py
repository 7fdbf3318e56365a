"""What every transport gives the pipeline: raw frames, and news of the link they came over."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from typing import Protocol

from timing.clock import now_ms
from timing.enums import LinkState


@dataclass(frozen=True, slots=True)
class RawFrame:
    """One message as it came, before anything parses it.

    `connection` counts the connections of one recording: a new number means that whatever the
    protocol remembers of the last one is void. Bytes only from protocols without text frames.
    """

    received_at_ms: int
    msg: str | bytes
    connection: int

    @property
    def text(self) -> str:
        return self.msg if isinstance(self.msg, str) else self.msg.decode(errors="replace")


@dataclass(frozen=True, slots=True)
class LinkReport:
    """`error` names host and cause, never a URL: its query could hold a key."""

    state: LinkState
    at_ms: int
    retry_at_ms: int | None = None
    error: str = ""


OnReport = Callable[[LinkReport], None]


class Transport(Protocol):
    """Close the generator (`contextlib.aclosing`) to close the connection behind it."""

    def frames(self) -> AsyncIterator[RawFrame]: ...


class FeedLost(Exception):  # noqa: N818 - a state of the world, not a mistake
    """The connection is gone or silent; the transport itself backs off and tries again."""


@dataclass(frozen=True, slots=True)
class World:
    """Time and chance, so that a test decides both. `sleep` takes seconds."""

    now_ms: Callable[[], int] = now_ms
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep
    chance: Callable[[], float] = random.random


@dataclass(slots=True)
class Backoff:
    """1, 2, 4 … 60 s, each shortened by up to half, so that many feeds do not return at once."""

    first_s: float = 1.0
    most_s: float = 60.0
    chance: Callable[[], float] = random.random
    _failures: int = field(default=0, init=False)

    def next_s(self) -> float:
        # The exponent is bounded because the failures are not.
        full = min(self.most_s, self.first_s * 2 ** min(self._failures, 30))
        self._failures += 1
        return float(full * (0.5 + self.chance() / 2))

    def reset(self) -> None:
        self._failures = 0


def ignore_report(_report: LinkReport) -> None:
    """For callers that want frames only."""

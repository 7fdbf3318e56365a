"""The languages feeds speak. Each protocol is a sans-I/O adapter: frames in, events out."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol

from timing.engine.events import Event
from timing.engine.units import Ms


class ProtocolError(ValueError):
    """A frame or line that its protocol does not allow. Counted, never fatal."""


@dataclass(slots=True)
class Counters:
    """What an adapter met; plain sums over its life."""

    frames: int = 0
    lines: int = 0
    ignored_lines: int = 0  # understood, and of no meaning to us
    unknown_lines: int = 0  # not of the protocol: scanners' noise, forgeries, novelties
    errors: int = 0  # of the protocol, with a value that cannot be


@dataclass(slots=True)
class Output:
    """What came of a frame: events in order, and bytes to say back where the protocol talks."""

    events: list[Event] = field(default_factory=list)
    send: bytes = b""


class Adapter(Protocol):
    """Decodes one connection. It may keep decoding memory (column maps), never race state."""

    counters: Counters

    def opened(self, at: Ms) -> Output:
        """A new connection begins: forget what was learned on the last one."""
        ...

    def feed(self, at: Ms, msg: str) -> Output:
        """One frame, received at `at` (ms since the epoch). Never raises on bad input."""
        ...

    def closed(self, at: Ms) -> Output:
        """Nothing more comes: decide what was waiting for the next frame."""
        ...


def _apex() -> Adapter:
    from timing.protocols.apex import ApexAdapter  # the registry must not import every protocol

    return ApexAdapter()


PROTOCOLS: dict[str, Callable[[], Adapter]] = {"apex": _apex}

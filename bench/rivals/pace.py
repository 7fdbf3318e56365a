"""The message that all of them send, and the orders that they take: "rate N" on their input."""

from __future__ import annotations

import json
import sys
import threading
import time
from typing import Any

SIZE = 600


class Pace:
    """How many messages a second are wanted now. Orders are read by a thread of their own."""

    def __init__(self) -> None:
        self.rate = 10.0
        self.n = 0
        self.next_at = time.monotonic()
        threading.Thread(target=self._listen, daemon=True).start()

    def _listen(self) -> None:
        for line in sys.stdin:
            self.rate = float(line.split()[1])

    def wait_s(self) -> float:
        """Until the next message; it is due at once where the sender is late, for a second."""
        now = time.monotonic()
        self.next_at = max(self.next_at + 1 / self.rate, now - 1)
        return max(0.0, self.next_at - now)

    def message(self) -> dict[str, Any]:
        """A difference of a board, of SIZE bytes on the wire."""
        self.n += 1
        told: dict[str, Any] = {"n": self.n, "at_ns": time.monotonic_ns(), "filling": ""}
        told["filling"] = "x" * (SIZE - len(json.dumps(told)))
        return told


def announce(port: int, *, path: str = "/", greetings: tuple[str, ...] = ()) -> None:
    """Tells the benchmark how to connect."""
    print(
        json.dumps({"port": port, "path": path, "headers": "", "greetings": greetings}), flush=True
    )

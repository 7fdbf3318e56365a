"""The message that all of them send, and the orders that they take: "rate N" on their input."""

from __future__ import annotations

import json
import sys
import threading
import time
from collections.abc import Iterator

SIZE = 600
NS = 1_000_000_000


class Pace:
    """When messages are due. Who is late sends all that are due at once: they were laps, and laps
    do not wait. Orders are read by a thread of their own."""

    def __init__(self) -> None:
        self._period_ns = NS // 10
        self._n = 0
        self._due_ns = time.monotonic_ns()
        threading.Thread(target=self._listen, daemon=True).start()

    def _listen(self) -> None:
        for line in sys.stdin:
            self._period_ns = round(NS / float(line.split()[1]))

    def wait_s(self) -> float:
        """Until the next message is due."""
        return max(0.0, (self._due_ns - time.monotonic_ns()) / NS)

    def due(self) -> Iterator[tuple[int, int]]:
        """The number of each message that is due, and when it was."""
        while self._due_ns <= time.monotonic_ns():
            self._n += 1
            yield self._n, self._due_ns
            self._due_ns += self._period_ns


def a_message(n: int, at_ns: int) -> dict[str, object]:
    """A difference of a board, of SIZE bytes on the wire."""
    told: dict[str, object] = {"n": n, "at_ns": at_ns, "filling": ""}
    told["filling"] = "x" * (SIZE - len(json.dumps(told)))
    return told


def announce(port: int, *, path: str = "/", greetings: tuple[str, ...] = ()) -> None:
    """Tells the benchmark how to connect."""
    told = {"port": port, "path": path, "headers": "", "greetings": greetings}
    print(json.dumps(told), flush=True)

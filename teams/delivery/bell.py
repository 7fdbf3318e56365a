"""Wakes the deliverers of this process when something was put into the outbox.

Those of other processes look every second or two; nobody waits for a bell that is not theirs.
"""

from __future__ import annotations

import threading

_bells: set[threading.Event] = set()


def hang(bell: threading.Event) -> None:
    _bells.add(bell)


def take_down(bell: threading.Event) -> None:
    _bells.discard(bell)


def ring() -> None:
    for bell in list(_bells):
        bell.set()

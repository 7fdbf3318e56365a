"""What a line of the log is about: which feed, race and socket the running code works for.

A ContextVar, so tasks that are begun inside know it; what is handed to another thread carries it
along (`timing.writer`). `lt_analyzer.logs` puts it on every line.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass


@dataclass(slots=True)
class About:
    """Ids, empty where there is none. Whoever opened it may change it as it goes on: a feed's
    current race becomes another, and all of its tasks know it."""

    feed: str = ""
    race: str = ""
    connection: str = ""


_NOTHING = About()
_about: ContextVar[About] = ContextVar("lt_log_about", default=_NOTHING)


def current() -> About:
    return _about.get()


@contextmanager
def about(found: About) -> Iterator[About]:
    token = _about.set(found)
    try:
        yield found
    finally:
        _about.reset(token)

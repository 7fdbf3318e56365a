"""Feeds run once and read back, for the tests of this folder."""

from __future__ import annotations

from functools import cache
from typing import Any

from tests.timing.simulators.checker import Reader
from timing.simulators.apex import ApexFeed
from timing.simulators.build import build_feed
from timing.simulators.truth import truth_of

Frames = list[tuple[int, str]]


@cache
def run(**wish: Any) -> tuple[ApexFeed, Frames]:
    """A whole feed and its frames; do not change them, other tests read them too."""
    feed = build_feed(**wish)
    return feed, list(feed.frames())


def truth(feed: ApexFeed) -> dict[str, Any]:
    return truth_of(feed.races, lost=feed.lost_laps, words=feed.words, local_time=feed.local_time)


def read(frames: Frames) -> Reader:
    return Reader().read(frames)

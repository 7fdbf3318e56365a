"""The demonstration: a long race that is already under way.

The first part of the feed is handed over at once, in virtual time; then a server goes on from
there in real time. One event loop, no thread::

    feed = demo_feed(started_at=now - timedelta(milliseconds=LEAD_IN_MS))
    for t_ms, frame in lead_in(feed): …          # with the times of the last half hour
    async with FeedServer(feed) as server: …     # server.page_url is where the feed goes on
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from timing.simulators.apex import ApexFeed, Frame
from timing.simulators.build import build_feed
from timing.simulators.plan import MINUTE

LEAD_IN_MS = 30 * MINUTE
MAX_STINT_MS = 24 * MINUTE  # everybody has stopped at least once when the newcomer comes in


def demo_feed(
    *,
    started_at: datetime,
    karts: int = 30,
    minutes: int = 6 * 60,
    seed: int = 25,
    language: str = "fr",
) -> ApexFeed:
    """``started_at``: when the feed's time 0 was; race control's wall clock follows it."""
    return build_feed(
        max_stint_ms=MAX_STINT_MS,
        karts=karts,
        minutes=minutes,
        seed=seed,
        language=language,
        local_minutes=started_at.hour * 60 + started_at.minute,
        edition=f"{started_at:%d.%m. %H:%M}",
    )


def lead_in(feed: ApexFeed, *, until_ms: int = LEAD_IN_MS) -> Iterator[Frame]:
    """The feed from its opening block up to `until_ms`, as fast as it is asked for."""
    yield feed.now, feed.opening()
    while not feed.over and feed.next_at <= until_ms:
        yield from feed.step()
    feed.now = max(feed.now, until_ms)
    yield from feed.flush()

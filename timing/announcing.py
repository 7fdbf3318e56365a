"""Alerts on their way: announced at once from memory, written with the next facts.

Neither waits for the other. What the database does not take stays here for the next attempt, within
bounds; what was raised before, here or by the process before us, is not announced again.
"""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Iterable
from dataclasses import replace
from uuid import UUID

from timing.models import Alert
from timing.queries import alert_json
from timing.seen import Seen
from timing.sinks.alerts import Raised
from timing.sinks.publisher import Publisher
from timing.topics import alerts_topic

logger = logging.getLogger(__name__)

KNOWN = 2_000  # ids of a feed's newest alerts
WAITING = 2_000  # alerts that a database may be away for


class AlertDesk:
    """The alerts of one feed. `due`: there is one to write."""

    def __init__(self) -> None:
        self._news = asyncio.Event()
        self.due = asyncio.Event()
        self._known: dict[UUID, None] = {}  # in order of age
        self._to_tell: deque[Alert] = deque(maxlen=WAITING)
        self._to_write: dict[UUID, Raised] = {}
        self._seen: deque[Seen] = deque(maxlen=WAITING)
        self._lost = 0  # since the last write

    def know(self, alerts: Iterable[UUID]) -> None:
        """These were announced already."""
        for alert in alerts:
            self._known[alert] = None
        while len(self._known) > KNOWN:
            del self._known[next(iter(self._known))]

    def take(self, raised: Raised, *, announce: bool = True) -> None:
        alert = raised.alert
        if alert.pk in self._known:
            return
        self.know([alert.pk])
        self._to_write[alert.pk] = raised
        self.due.set()
        if len(self._to_write) > WAITING:
            self._lose_one()
        if announce:
            self._to_tell.append(alert)
            self._news.set()

    def _lose_one(self) -> None:
        lost = self._to_write.pop(next(iter(self._to_write)))
        if not self._lost:
            logger.error("too many alerts wait for the database: %s has no row", lost.alert.pk)
        self._lost += 1

    async def announce(self, publisher: Publisher) -> None:
        """Each as soon as it is there, until cancelled."""
        while True:
            await self._news.wait()
            self._news.clear()
            while self._to_tell:
                alert = self._to_tell.popleft()
                topic = alerts_topic(alert.team_id)
                await publisher.news(topic, "alert", alert=alert_json(alert))

    def to_write(self) -> list[Raised]:
        self.due.clear()
        return list(self._to_write.values())

    def see(self, seen: Seen) -> None:
        """Somebody saw alerts on a page before they had rows: kept until they have."""
        shown = [
            each.alert.pk
            for each in self._to_write.values()
            if seen.until and each.alert.team_id == seen.team and each.alert.at <= seen.until
        ]
        ours = tuple(dict.fromkeys([*(pk for pk in seen.alerts if pk in self._known), *shown]))
        if ours:
            self._seen.append(replace(seen, alerts=ours))
            self.due.set()

    def seen(self) -> list[Seen]:
        """To be written behind the alerts."""
        return list(self._seen)

    def seen_written(self, seen: list[Seen]) -> None:
        for each in seen:
            self._seen.remove(each)

    def written(self, raised: Iterable[Raised]) -> None:
        if self._lost:
            logger.error("%d alerts have no row", self._lost)
            self._lost = 0
        for each in raised:
            self._to_write.pop(each.alert.pk, None)

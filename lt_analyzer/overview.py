"""What the system page shows: the feeds that its reader may see, the processes as each said last,
what is announced.

Feeds are rows of the open scope; what processes say of others is left out.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from django.db.models import Q
from django.utils import timezone

from displays import announcements
from displays.models import Announcement, Display
from displays.processes import Process, known
from races.models import Feed
from teams.scoping import current_scope
from timing.enums import LinkState

MOST_CHANGES = 12


@dataclass(frozen=True, slots=True)
class FeedLine:
    """A feed by its row, and what the process that runs it says of it."""

    feed: Feed
    state: str
    age_ms: int | None
    error: str
    holder: str
    epoch: int
    race: str
    said: Mapping[str, Any] = field(default_factory=dict)

    @property
    def label(self) -> str:
        return str(LinkState(self.state).label)

    @property
    def machine(self) -> str:
        """Of `host/pid/token`, what a person can use."""
        return "/".join(self.holder.split("/")[:2])


@dataclass(frozen=True, slots=True)
class ProcessLine:
    process: Process

    @property
    def said(self) -> Mapping[str, Any]:
        return self.process.said

    @property
    def name(self) -> str:
        return "/".join(str(self.said["name"]).split("/")[:2])

    @property
    def uptime_ms(self) -> int:
        return int(self.said["uptime_s"]) * 1000

    @property
    def age_ms(self) -> int:
        return int(self.process.age_s * 1000)

    @property
    def feeds(self) -> int | None:
        """None: it runs none and never will."""
        found = self.said.get("ingester")
        return None if found is None else len(found["feeds"])

    @property
    def backlog(self) -> int | None:
        found = self.said.get("ingester")
        return None if found is None else int(found["backlog"])


@dataclass(frozen=True, slots=True)
class LeaseChange:
    at: datetime
    feed: Feed
    what: str
    epoch: int
    process: str


def overview() -> dict[str, Any]:
    """For the page and its parts. In an open scope."""
    processes = [ProcessLine(each) for each in known.all()]
    feeds = _feeds(processes)
    by_id = {str(line.feed.pk): line.feed for line in feeds}
    lines = [line.process for line in processes if not line.process.is_late]
    return {
        "feeds": feeds,
        "processes": processes,
        "changes": _changes(processes, by_id),
        "announced": _announced(),
        "now": timezone.now(),
        "sockets": sum(_number(each.said, "hub", "connections") for each in lines),
        "backlog": sum(_number(each.said, "ingester", "backlog") for each in lines),
        "trouble": sum(line.state in (LinkState.STALE, LinkState.DOWN) for line in feeds),
        "live": sum(line.state == LinkState.LIVE for line in feeds),
        "late": sum(line.process.is_late for line in processes),
    }


def _number(said: Mapping[str, Any], part: str, name: str) -> int:
    return int((said.get(part) or {}).get(name, 0))


def _feeds(processes: Iterable[ProcessLine]) -> list[FeedLine]:
    wanted = Q(pinned=True) | Q(follows__isnull=False)
    rows = Feed.objects.filter(wanted, enabled=True).distinct()
    rows = rows.select_related("owner", "state__current_race").order_by("name", "created_at")
    said: dict[str, Mapping[str, Any]] = {}
    for line in processes:
        if not line.process.is_late:
            said |= (line.said.get("ingester") or {}).get("feeds", {})
    now = timezone.now()
    return [_line(feed, said.get(str(feed.pk), {}), now) for feed in rows]


def _line(feed: Feed, said: Mapping[str, Any], now: datetime) -> FeedLine:
    found = getattr(feed, "state", None)
    if found is None:
        return FeedLine(feed, LinkState.IDLE, None, "", "", 0, "", said)
    age = _ms(now - found.data_at) if found.data_at else None
    race = found.current_race.title if found.current_race else ""
    return FeedLine(feed, found.state, age, found.error, found.holder, found.epoch, race, said)


def _ms(passed: timedelta) -> int:
    return max(0, int(passed.total_seconds() * 1_000))


def _changes(processes: Iterable[ProcessLine], feeds: Mapping[str, Feed]) -> list[LeaseChange]:
    """Of feeds that the reader may see, the newest first."""
    found = []
    for line in processes:
        for at, feed, what, epoch in (line.said.get("ingester") or {}).get("leases", ()):
            if feed in feeds:
                when = datetime.fromtimestamp(at / 1000, UTC)
                found.append(LeaseChange(when, feeds[feed], what, epoch, line.name))
    return sorted(found, key=lambda change: change.at, reverse=True)[:MOST_CHANGES]


def _announced() -> list[Announcement]:
    """To all teams, and on displays of the scope."""
    rows = announcements.still(Announcement.objects.select_related("display", "by"))
    if current_scope().teams is not None:
        mine = Display.objects.values("pk")
        rows = rows.filter(Q(display__isnull=True) | Q(display__in=mine))
    return list(rows)

"""`/health`: is this installation doing what it should? For probes and status pages, so public.

Red (503) when the database does not answer, or when a feed that somebody follows gives no data any
more, or one that staff pinned gives none. Private feeds are counted without a name or an id.

The server answers it before Django's middleware (`probes`), from what a thread of its own saw at
most a moment ago; `health` is the same answer as a view.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import orjson
from django.db import DatabaseError
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from races.models import Feed
from teams.scoping import every_team
from timing.enums import LinkState

# Three keep-alives of a minute: whatever its row says, nobody is listening to such a feed.
SILENT_MS = 180_000
# A probe a second must cost a query every other second, not one each.
FRESH_S = 2.0

_RED = {LinkState.STALE, LinkState.DOWN}
_BUSY = {LinkState.LIVE, LinkState.CONNECTING}


@dataclass(frozen=True, slots=True)
class Seen:
    """How the installation does. `at_s`: on the monotonic clock; `feeds`: as they are answered."""

    at_s: float
    status: str  # ok, stale or down
    feeds: bytes

    @property
    def age_s(self) -> float:
        return time.monotonic() - self.at_s

    @property
    def code(self) -> int:
        return 200 if self.status == "ok" else 503


_started_s = time.monotonic()
_seen: Seen | None = None


def look() -> Seen:
    """Ask the database. Never raises: one that does not answer is an answer."""
    try:
        feeds = _ask()
    except DatabaseError:
        return down()
    status = "stale" if any(feed["stale"] for feed in feeds) else "ok"
    return Seen(time.monotonic(), status, orjson.dumps(feeds))


def down() -> Seen:
    return Seen(time.monotonic(), "down", b"[]")


def body(seen: Seen) -> bytes:
    """The answer's text, with the clocks of this moment."""
    stamp = timestamp().encode()
    return b'{"status":"%b","timestamp":"%b","uptime_s":%d,"feeds":%b}' % (
        seen.status.encode(),
        stamp,
        uptime_s(),
        seen.feeds,
    )


def timestamp() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def uptime_s() -> int:
    return int(time.monotonic() - _started_s)


@never_cache
@require_safe
def health(request: HttpRequest) -> HttpResponse:
    global _seen
    if _seen is None or _seen.age_s > FRESH_S:
        _seen = look()
    return HttpResponse(body(_seen), status=_seen.code, content_type="application/json")


def forget() -> None:
    """Ask the database at the next request."""
    global _seen
    _seen = None


def _ask() -> list[dict[str, Any]]:
    wanted = Q(pinned=True) | Q(follows__isnull=False)
    with every_team("health"):
        rows = Feed.objects.filter(wanted, enabled=True).distinct().select_related("state")
        now = timezone.now()
        return [_shown(feed, now) for feed in rows.order_by("created_at")]


def _shown(feed: Feed, now: datetime) -> dict[str, Any]:
    found = getattr(feed, "state", None)
    state = found.state if found else LinkState.IDLE
    age_ms = _age_ms(found.data_at if found else None, now)
    silent = state in _BUSY and age_ms is not None and age_ms > SILENT_MS
    # Anybody may follow an address that never answers; that is no fault of this installation.
    expected = age_ms is not None or feed.pinned
    stale = expected and (state in _RED or silent)
    shown = {"state": str(state), "data_age_ms": age_ms, "stale": stale}
    if feed.owner_id is None:
        shown |= {"id": str(feed.pk), "name": feed.name}
    return shown


def _age_ms(data_at: datetime | None, now: datetime) -> int | None:
    return None if data_at is None else max(0, int((now - data_at).total_seconds() * 1000))

"""What people ask of the running pipelines: rows, each done once, by the process it concerns.

Everything here runs in the writer's thread.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from django.db import transaction
from django.db.models.functions import Now

from races.models import FeedRequest
from timing.models import FeedState
from timing.replays import begin_replay


@dataclass(frozen=True, slots=True)
class Asked:
    """A request that nobody has done yet."""

    id: int
    feed: uuid.UUID | None
    kind: str
    arguments: dict[str, Any]


def open_requests(*, holder: str) -> list[Asked]:
    """The oldest; not those about a feed that another process holds, which does them itself."""
    held = FeedState.objects.filter(held_until__gt=Now()).exclude(holder=holder)
    rows = FeedRequest.objects.filter(done_at__isnull=True).exclude(feed__in=held.values("feed"))
    return [
        Asked(row.pk, row.feed_id, row.kind, row.arguments or {})
        for row in rows.order_by("created_at")[:50]
    ]


def close_request(*, request: int, error: str = "") -> bool:
    """False if another process was quicker."""
    still_open = FeedRequest.objects.filter(pk=request, done_at__isnull=True)
    return bool(still_open.update(done_at=datetime.now(UTC), error=error))


@transaction.atomic
def do_replay(*, request: Asked, tapes: Path) -> None:
    """Once, however many ingesters read the request. Raises ReplayError and leaves it open."""
    if close_request(request=request.id):
        begin_replay(request.arguments, tapes)

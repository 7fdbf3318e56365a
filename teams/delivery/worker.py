"""The outbox is emptied for all teams at once, by Celery or by threads of `live`."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta

from django.utils import timezone

from teams.delivery.claims import PLACES
from teams.delivery.lanes import Clock, drain
from teams.delivery.outcomes import LONGEST_ASKED_S
from teams.enums import Channel, DeliveryState
from teams.models import Delivery
from teams.scoping import every_team

LIMIT = 100
KEEP = timedelta(days=30)


def deliver_due(
    *,
    channel: Channel,
    limit: int = LIMIT,
    clock: Clock = timezone.now,
    stopping: Callable[[], bool] = lambda: False,
) -> int:
    """Send what is due by one channel, at least once each; take no more when `stopping`. Returns
    how many rows were tried."""
    pool = ThreadPoolExecutor(PLACES[channel], thread_name_prefix=f"lt-{channel}")
    with every_team("delivery"), pool:
        return drain(channel=channel, limit=limit, clock=clock, stopping=stopping, pool=pool)


def heed_the_clock(*, now: datetime) -> int:
    """What would wait longer than anything may was put in while the clock was ahead: it is due.
    Returns how many rows. Needs a scope of every team."""
    ahead = now + timedelta(seconds=LONGEST_ASKED_S, minutes=1)
    waits = Delivery.objects.filter(state=DeliveryState.PENDING, next_at__gt=ahead)
    return waits.update(next_at=now)

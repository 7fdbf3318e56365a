"""The outbox is emptied and pruned for all teams at once, by Celery or by threads of `live`."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta

from django.utils import timezone

from teams.delivery.claims import PLACES
from teams.delivery.lanes import Clock, drain
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


def prune_outbox(*, now: datetime, keep: timedelta = KEEP) -> int:
    """Delete what was delivered or given up long ago. Returns how many rows went."""
    with every_team("delivery"):
        old = Delivery.objects.exclude(state=DeliveryState.PENDING).filter(done_at__lt=now - keep)
        return old.delete()[0]

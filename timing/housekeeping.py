"""Alerts that nobody needs any more."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.conf import settings

from races.models import Race
from teams.housekeeping import delete_in_batches
from teams.scoping import every_team
from timing.models import Alert


def forget_old_alerts(*, now: datetime) -> int:
    """Those older than KEEP_ALERTS_DAYS, but for those of a live race, whose pipeline would raise
    them anew. Returns how many rows went."""
    days = settings.KEEP_ALERTS_DAYS
    if not days:
        return 0
    with every_team("housekeeping"):
        live = list(Race.objects.filter(is_live=True).values_list("pk", flat=True))
        old = Alert.objects.filter(at__lt=now - timedelta(days=days)).exclude(race__in=live)
        return delete_in_batches(old)

"""Celery's way to what is done for all feeds and teams at once."""

from __future__ import annotations

from celery import shared_task
from django.utils import timezone

from timing.housekeeping import forget_old_alerts


@shared_task(name="timing.prune")
def prune() -> int:
    return forget_old_alerts(now=timezone.now())

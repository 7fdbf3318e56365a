"""Celery's way into the outbox, and to what is forgotten. The rows say what is to do, and whoever
does it opens the scope."""

from __future__ import annotations

from celery import shared_task
from django.utils import timezone

from teams.delivery.worker import LIMIT, deliver_due
from teams.enums import Channel
from teams.housekeeping import forget_what_is_over


@shared_task(name="teams.deliver")
def deliver(channel: str, limit: int = LIMIT) -> int:
    return deliver_due(channel=Channel(channel), limit=limit)


@shared_task(name="teams.prune")
def prune() -> int:
    return forget_what_is_over(now=timezone.now())

"""What is forgotten, of everybody, because it is of no more use."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from axes.models import AccessAttempt
from django.conf import settings
from django.db.models import QuerySet
from rest_framework_simplejwt.token_blacklist.models import OutstandingToken

from teams.delivery.worker import KEEP, heed_the_clock
from teams.enums import DeliveryState
from teams.models import AuditEntry, Delivery, Invitation, Session
from teams.scoping import every_team

BATCH = 1_000
KEEP_INVITATIONS = timedelta(days=30)  # after their end; they name people who may never have come


def forget_what_is_over(*, now: datetime) -> int:
    """Returns how many rows went."""
    with every_team("housekeeping"):
        heed_the_clock(now=now)
        return sum(delete_in_batches(rows) for rows in _over(now))


def _over(now: datetime) -> Iterator[QuerySet[Any]]:
    yield Session.objects.filter(expire_date__lt=now)
    yield OutstandingToken.objects.filter(expires_at__lt=now)  # and that they were refused
    yield AccessAttempt.objects.filter(attempt_time__lt=now - settings.AXES_COOLOFF_TIME)
    yield Invitation.objects.filter(expires_at__lt=now - KEEP_INVITATIONS)
    yield Delivery.objects.exclude(state=DeliveryState.PENDING).filter(done_at__lt=now - KEEP)
    if settings.KEEP_AUDIT_DAYS:
        keep = timedelta(days=settings.KEEP_AUDIT_DAYS)
        yield AuditEntry.objects.filter(at__lt=now - keep)


def delete_in_batches(rows: QuerySet[Any]) -> int:
    """A transaction each: whoever writes meanwhile waits for one of them. Returns how many rows."""
    done = 0
    while pks := list(rows.order_by().values_list("pk", flat=True)[:BATCH]):
        rows.filter(pk__in=pks).delete()
        done += len(pks)
    return done

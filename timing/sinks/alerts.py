"""Alerts into rows, and into the outbox where a rule says so. Runs in the writer's thread.

An alert's id is derived from what happened, so writing it twice leaves one row; and its deliveries
are put into the outbox by the same transaction that makes the row, hence never twice.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from uuid import UUID

from django.db import transaction
from django.urls import reverse

from teams.delivery.outbox import enqueue
from teams.models import Team, User
from timing.models import Alert, AlertRule
from timing.queries import alert_json
from timing.seen import Seen
from timing.writer import AWAY

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Raised:
    """An alert that has no row yet, and the ways by which it leaves the house."""

    alert: Alert
    slug: str  # of the team
    push: bool = False
    email: bool = False
    webhook: bool = False

    @property
    def leaves(self) -> bool:
        return self.push or self.email or self.webhook

    def kept_in(self) -> Raised:
        return replace(self, push=False, email=False, webhook=False)


def write_seen(seen: Sequence[Seen]) -> None:
    """After the alerts themselves. Whoever was first stays; a user may be gone."""
    for each in seen:
        user = User.objects.filter(pk=each.user).first() if each.user else None
        open_ones = Alert.objects.filter(pk__in=each.alerts, team=each.team, seen_at=None)
        open_ones.update(seen_at=each.at, seen_by=user)


def write_alerts(alerts: Sequence[Raised]) -> None:
    """Inside a transaction. Whatever is wrong with an alert, what is beside it is written."""
    if not alerts:
        return
    try:
        with transaction.atomic():
            _write(alerts)
    except AWAY:
        raise
    except Exception:
        if len(alerts) == 1:
            logger.exception("alert %s is not written", alerts[0].alert.pk)
            return
        for each in alerts:
            write_alerts([each])


def _write(raised: Sequence[Raised]) -> None:
    """Of a team that is gone nothing is written; a rule may be gone."""
    there = set(Alert.objects.filter(pk__in=[each.alert.pk for each in raised]).values_list("pk"))
    fresh = _possible([each for each in raised if (each.alert.pk,) not in there])
    Alert.objects.bulk_create([each.alert for each in fresh], ignore_conflicts=True)
    now = datetime.now(UTC)
    for each in fresh:
        if each.leaves:
            _enqueue(each, now)


def known_alerts(feed: UUID, most: int) -> list[UUID]:
    """The newest of a feed, of every team, the oldest of them first: who takes the feed up again
    announces them no more."""
    newest = Alert.objects.filter(feed=feed).order_by("-at").values_list("pk", flat=True)
    return list(newest[:most])[::-1]


def _possible(raised: Iterable[Raised]) -> list[Raised]:
    rows = [each.alert for each in raised]
    teams = set(Team.objects.filter(pk__in={row.team_id for row in rows}).values_list("pk"))
    rules = set(AlertRule.objects.filter(pk__in={row.rule_id for row in rows}).values_list("pk"))
    for row in rows:
        if (row.rule_id,) not in rules:
            row.rule_id = None
    return [each for each in raised if (each.alert.team_id,) in teams]


def _enqueue(raised: Raised, now: datetime) -> None:
    alert = raised.alert
    enqueue(
        team_id=alert.team_id,
        key=f"alert:{alert.pk}",
        subject=alert.title,
        body={
            "title": alert.title,
            "text": alert.detail,
            "url": reverse("feed-board", args=[raised.slug, alert.feed_id]),
            "severity": alert.severity,
            "alert": alert_json(alert),
        },
        push=raised.push,
        email=raised.email,
        webhook=raised.webhook,
        now=now,
        at=alert.at,
    )

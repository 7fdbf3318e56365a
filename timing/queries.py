"""What pages and pipelines ask about watching and alerts.

Each takes a number of queries that does not grow with the rows.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db.models import QuerySet

from races.models import Feed
from teams.models import Team, User
from timing.models import Alert, AlertRule, Monitor, Plan

OPEN_ALERTS = 50


def monitors_of(team: Team, feed: Feed) -> QuerySet[Monitor]:
    """In the order of pages: ours first."""
    return Monitor.objects.filter(team=team, feed=feed).select_related("entry")


def plan_of(team: Team, feed: Feed) -> Plan | None:
    return Plan.objects.filter(team=team, feed=feed).first()


def rules_of(team: Team) -> QuerySet[AlertRule]:
    return AlertRule.objects.filter(team=team).select_related("feed", "monitor")


def alerts_of_team(team: Team) -> QuerySet[Alert]:
    """Newest first."""
    return Alert.objects.filter(team=team).select_related("seen_by")


def open_alerts(team: Team) -> list[Alert]:
    """What nobody has acknowledged yet, newest first."""
    return list(alerts_of_team(team).filter(seen_at__isnull=True)[:OPEN_ALERTS])


def alert_json(alert: Alert) -> dict[str, Any]:
    """As it goes over the wire (docs/wire.md), from a row or from one that is yet to be written."""
    return {
        "id": str(alert.pk),
        "feed": str(alert.feed_id),
        "race": None if alert.race is None else str(alert.race),
        "kind": alert.kind,
        "severity": alert.severity,
        "key": alert.key,
        "number": alert.number,
        "title": alert.title,
        "detail": alert.detail,
        "sound": alert.sound,
        "at": _ms(alert.at),
        "seen_at": _ms(alert.seen_at),
        "seen_by": name_of(alert.seen_by),
    }


def name_of(user: User | None) -> str:
    return "" if user is None else user.get_full_name() or user.get_username()


def _ms(at: datetime | None) -> int | None:
    return None if at is None else round(at.timestamp() * 1000)

"""Receivers and deliveries as rows."""

from __future__ import annotations

from datetime import UTC, datetime
from hashlib import sha256
from itertools import count
from typing import Any

from teams.delivery.outbox import enqueue
from teams.models import Delivery, PushSubscription, Team, User, Webhook
from tests.factories.system import system

NOW = datetime(2026, 6, 7, 12, 0, tzinfo=UTC)
NOW_MS = round(NOW.timestamp() * 1000)
VERIFIED = {"email_verified_at": NOW}
BODY: dict[str, Any] = {
    "title": "Kart 7 pits",
    "text": "Lap 31, stint 1:02:11",
    "url": "/t/ours/feeds/1/",
    "severity": "warning",
    "alert": {"id": "00000000-0000-0000-0000-00000000000a", "kind": "pit_in", "at": NOW_MS},
}

_number = count(1)


def device(team: Team, user: User, **fields: Any) -> PushSubscription:
    endpoint = fields.setdefault("endpoint", f"https://push.example.net/{next(_number)}")
    fields = {"p256dh": "", "auth": "", "agent": "Firefox · Linux"} | fields
    digest = sha256(endpoint.encode()).hexdigest()
    with system():
        return PushSubscription.objects.create(team=team, user=user, digest=digest, **fields)


def webhook(team: Team, url: str = "https://hooks.example.net/1", **fields: Any) -> Webhook:
    fields = {"name": "Pit radio", "secret": "whsec_tests"} | fields
    with system():
        return Webhook.objects.create(team=team, url=url, **fields)


def receivers(team: Team, user: User) -> tuple[PushSubscription, Webhook]:
    return device(team, user), webhook(team)


def offer(team: Team, key: str = "alert:1", **ways: Any) -> list[Delivery]:
    """By every way, unless some are named."""
    asked: dict[str, Any] = {"push": not ways, "email": not ways, "webhook": not ways}
    said: dict[str, Any] = {"subject": "Kart 7 pits", "body": BODY, "now": NOW}
    with system():
        return enqueue(team_id=team.pk, key=key, **said | asked | ways)


def rows(**wanted: Any) -> list[Delivery]:
    with system():
        return list(
            Delivery.objects.filter(**wanted).order_by("channel", "email", "push", "webhook")
        )

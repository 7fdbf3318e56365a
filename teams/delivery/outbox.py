"""What is to leave the house: one row a message and receiver, written beside what it tells of.

A row is at once the queue, the log and the key by which a receiver knows it has it already.
"""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet

from teams.delivery import bell
from teams.delivery.ages import old_from
from teams.enums import Channel
from teams.models import Delivery, Membership, PushSubscription, Webhook
from teams.permissions import roles_with

SUBJECT_CHARS = 200
# Of one team in a minute. Strangers can write into some feeds, and a rule may tell of every line.
MOST_A_MINUTE = 200


def enqueue(
    *,
    team_id: uuid.UUID,
    key: str,
    subject: str,
    body: dict[str, Any],
    push: bool,
    email: bool,
    webhook: bool,
    now: datetime,
    at: datetime | None = None,
) -> list[Delivery]:
    """One delivery for each receiver the team has by the ways asked for, due at once. `at`: when
    it happened that is told; now, unless the rows are late.

    `key` (at most 120 characters) is natural within the team: asked again with the same one,
    nobody is told twice; the rows that were there already stay as they are, and what is returned
    is what was offered. `body` is {"title", "text", "url", "severity", …}; `url` may be a path.
    Needs an open scope that holds the team. Above MOST_A_MINUTE nothing is queued: what is told
    is on the page all the same.
    """
    if _is_flooded(team_id, now):
        return []
    common = {"team_id": team_id, "subject": " ".join(subject.split())[:SUBJECT_CHARS]}
    common |= {"body": body, "next_at": now, "at": at or now}
    rows: list[Delivery] = []
    if push and settings.VAPID_PRIVATE_KEY:
        rows += [to_push(each, key, **common) for each in _subscriptions(team_id)]
    if email:
        rows += [to_mail(each, key, **common) for each in mailboxes(team_id).select_related("user")]
    if webhook:
        rows += [to_webhook(each, key, **common) for each in _webhooks(team_id)]
    return put(rows)


def _is_flooded(team_id: uuid.UUID, now: datetime) -> bool:
    lately = Delivery.objects.filter(team=team_id, created_at__gt=now - timedelta(minutes=1))
    return lately.count() >= MOST_A_MINUTE


def put(rows: list[Delivery]) -> list[Delivery]:
    if rows:
        Delivery.objects.bulk_create(rows, ignore_conflicts=True)
        transaction.on_commit(bell.ring, robust=True)
    return rows


def to_push(to: PushSubscription, key: str, **common: Any) -> Delivery:
    return _row(Channel.PUSH, f"{key}:push:{to.pk}", push=to, receiver=to.agent, **common)


def to_mail(to: Membership, key: str, **common: Any) -> Delivery:
    return _row(Channel.EMAIL, f"{key}:email:{to.user_id}", email=to.user.email, **common)


def to_webhook(to: Webhook, key: str, **common: Any) -> Delivery:
    return _row(Channel.WEBHOOK, f"{key}:webhook:{to.pk}", webhook=to, receiver=to.name, **common)


def _row(
    channel: Channel, key: str, *, body: dict[str, Any], at: datetime, **rest: Any
) -> Delivery:
    expires_at = old_from(channel, body, at)
    return Delivery(key=key, channel=channel, body=body, expires_at=expires_at, **rest)


# -- who is told


def members_told() -> QuerySet[Membership]:
    """Memberships that may see alerts."""
    return Membership.objects.filter(role__in=roles_with("alerts:read"), user__is_active=True)


def _subscriptions(team_id: uuid.UUID) -> list[PushSubscription]:
    return list(
        PushSubscription.objects.filter(
            team=team_id, user__in=members_told().filter(team=team_id).values("user")
        )
    )


def mailboxes(team_id: uuid.UUID) -> QuerySet[Membership]:
    """Of members who want mails, at addresses that are known to be theirs."""
    wanted = members_told().filter(team=team_id, alerts_by_email=True)
    return wanted.filter(user__email_verified_at__isnull=False).exclude(user__email="")


def _webhooks(team_id: uuid.UUID) -> list[Webhook]:
    return list(Webhook.objects.filter(team=team_id, is_enabled=True))

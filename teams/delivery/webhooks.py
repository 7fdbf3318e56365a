"""A team's alerts as JSON to an address of its own, signed so that the receiver knows us.

LT-Signature: t=<unix seconds>,v1=<hex HMAC-SHA256 of "<t>.<body>" with the webhook's secret>
Idempotency-Key: the delivery's id, the same at every attempt.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from datetime import datetime
from functools import partial

from django.utils.translation import gettext as _

from teams.delivery.outcomes import Outcome, Unwanted
from teams.delivery.posting import deliver
from teams.delivery.words import link_of
from teams.models import Delivery

GONE = frozenset({410})


def prepare(row: Delivery, now: datetime) -> partial[Outcome]:
    to = row.webhook
    if to is None:
        raise Unwanted(_("The webhook was deleted."))
    if not to.is_enabled:
        raise Unwanted(_("The webhook is switched off."))
    content = payload(row)
    headers = {
        "Content-Type": "application/json",
        "Idempotency-Key": str(row.pk),
        "LT-Signature": signature(content, secret=to.secret, now=now),
    }
    return partial(deliver, to.url, content=content, headers=headers, gone=GONE, now=now)


def payload(row: Delivery) -> bytes:
    """The same bytes at every attempt."""
    said = {"type": "alert"} | row.body | {"id": str(row.pk), "url": link_of(row.body)}
    said["team"] = {"id": str(row.team_id), "name": row.team.name}
    return json.dumps(said, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


def signature(content: bytes, *, secret: str, now: datetime) -> str:
    at = int(now.timestamp())
    signed = hmac.new(secret.encode(), b"%d." % at + content, hashlib.sha256).hexdigest()
    return f"t={at},v1={signed}"

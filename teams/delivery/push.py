"""Web Push: RFC 8030 (the request), RFC 8291 (encrypted for one browser), RFC 8292 (who we are)."""

from __future__ import annotations

import json
from base64 import urlsafe_b64decode
from datetime import datetime, timedelta
from functools import lru_cache, partial
from typing import Any
from urllib.parse import urlsplit

import http_ece
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from django.conf import settings
from django.utils.translation import gettext as _
from py_vapid import Vapid02
from py_vapid.utils import b64urlencode

from teams.delivery.ages import old_from
from teams.delivery.outbox import members_told
from teams.delivery.outcomes import Outcome, Unwanted
from teams.delivery.posting import deliver
from teams.enums import Channel, DeliveryState
from teams.models import Delivery, PushSubscription

GONE = frozenset({404, 410})
# Malformed, too long, or for a key that is not ours any more: the browser has to subscribe anew.
HOPELESS = frozenset({400, 401, 403, 413})
TITLE_CHARS, TEXT_CHARS, URL_CHARS = 200, 300, 500
MOST_BYTES = 3_993  # of the 4,096 that a push service takes, encryption needs the rest
TOKEN_LIFE = timedelta(hours=12)

# Whether it wakes a sleeping device.
URGENCY = {"info": "normal", "warning": "high", "danger": "high"}


@lru_cache(maxsize=2)
def _vapid(private_key: str) -> Vapid02:
    return Vapid02.from_raw(private_key.encode())


def public_key() -> str:
    """What a browser subscribes with; empty where push is off."""
    if not settings.VAPID_PRIVATE_KEY:
        return ""
    key = _vapid(settings.VAPID_PRIVATE_KEY).public_key
    return str(b64urlencode(key.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)))


def prepare(row: Delivery, now: datetime) -> partial[Outcome]:
    to = row.push
    if to is None:
        raise Unwanted(_("The device is not subscribed any more."))
    if not settings.VAPID_PRIVATE_KEY:
        raise Unwanted(_("Push is off: VAPID_PRIVATE_KEY is not set."))
    if not members_told().filter(team=row.team_id, user=to.user_id).exists():
        raise Unwanted(_("Its owner does not see this team's alerts any more."))
    return partial(
        deliver,
        to.endpoint,
        content=encrypted(payload(row), p256dh=to.p256dh, auth=to.auth),
        headers=_headers(row, to.endpoint, now),
        gone=GONE,
        hopeless=HOPELESS,
        now=now,
    )


def payload(row: Delivery) -> bytes:
    """What the service worker is given. A repeat has the same tag and replaces the first; `at` is
    when it happened, in ms, where that is known."""
    body, alert = row.body, row.body.get("alert", {})
    said = {
        "title": str(body.get("title") or row.subject)[:TITLE_CHARS],
        "text": str(body.get("text", ""))[:TEXT_CHARS],
        "url": str(body.get("url") or "/")[:URL_CHARS],
        "severity": body.get("severity", "info"),
        "tag": str(alert.get("id") or row.pk),
        "at": alert.get("at"),
    }
    for name in ("text", "title", "url"):  # signs that JSON spells with six letters
        if len(_json(said)) > MOST_BYTES:
            said[name] = said[name][: len(said[name]) // 6] if name != "url" else "/"
    return _json(said)


def _json(said: dict[str, Any]) -> bytes:
    return json.dumps(said, ensure_ascii=False, separators=(",", ":")).encode()


def encrypted(content: bytes, *, p256dh: str, auth: str) -> bytes:
    found: bytes = http_ece.encrypt(
        content,
        private_key=ec.generate_private_key(ec.SECP256R1()),
        dh=unpacked(p256dh),
        auth_secret=unpacked(auth),
        version="aes128gcm",
    )
    return found


def unpacked(text: str) -> bytes:
    """base64url, with or without its padding. Raises ValueError."""
    return urlsafe_b64decode(text + "=" * (-len(text) % 4))


def _headers(row: Delivery, endpoint: str, now: datetime) -> dict[str, str]:
    severity = row.body.get("severity", "info")
    return {
        "Content-Encoding": "aes128gcm",
        "Content-Type": "application/octet-stream",
        # How long the service keeps it for a device that is away: as long as it is news.
        "TTL": str(_seconds_left(row, now)),
        "Urgency": URGENCY.get(severity, "normal"),
        # What waits for a device that is away is replaced by its repeat: 32 characters at most.
        "Topic": row.pk.hex,
        **_who_we_are(endpoint, now),
    }


def _seconds_left(row: Delivery, now: datetime) -> int:
    until = row.expires_at or old_from(Channel.PUSH, row.body, now)
    return max(0, int((until - now).total_seconds()))


def _who_we_are(endpoint: str, now: datetime) -> dict[str, str]:
    parts = urlsplit(endpoint)
    claims: dict[str, Any] = {
        "aud": f"{parts.scheme}://{parts.netloc}",
        "exp": int((now + TOKEN_LIFE).timestamp()),
        "sub": settings.VAPID_CONTACT,
    }
    signed: dict[str, str] = _vapid(settings.VAPID_PRIVATE_KEY).sign(claims)
    return signed


def remember(row: Delivery, outcome: Outcome, now: datetime) -> None:
    """A browser that unsubscribed is forgotten, and one that listens is known to."""
    if row.push_id is None:
        return
    to = PushSubscription.objects.filter(pk=row.push_id)
    if outcome.is_gone:
        to.delete()
    elif outcome.state == DeliveryState.DONE:
        to.update(last_ok_at=now)

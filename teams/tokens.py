"""API tokens of a team: keys that open it to programs until they expire or are revoked.

A key is 256 random bits, so its SHA-256 is as good as a password's slow hash and found by index.
"""

# ruff: noqa: SLF001  (whose token it is must be known before there is a scope)
from __future__ import annotations

import secrets
from datetime import datetime, timedelta
from functools import partial
from hashlib import sha256

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from teams import news
from teams.enums import Access
from teams.models import ApiToken, Team, User
from teams.scoping import before_scope
from teams.services import TeamError
from teams.text import one_line

PREFIX = "lt_"
SHOWN = len(PREFIX) + 6  # enough to tell keys apart; 220 bits stay unknown
MAX_TOKENS = 50
MOST_ENDED = 20
USED_EVERY = timedelta(minutes=1)


def create_token(
    *, team: Team, name: str, access: str, created_by: User, expires_at: datetime | None = None
) -> tuple[ApiToken, str]:
    """The token and its key, which nobody can read again."""
    name = one_line(name)[:100]
    if not name:
        raise TeamError(_("A token needs a name, so that you know later what it is for."))
    if access not in Access.values:
        raise TeamError(_("A token reads, or reads and writes."))
    if ApiToken.objects.filter(_good(timezone.now()), team=team).count() >= MAX_TOKENS:
        raise TeamError(_("A team has at most %(most)d tokens.") % {"most": MAX_TOKENS})
    key = PREFIX + secrets.token_urlsafe(32)
    token = ApiToken.objects.create(
        team=team,
        name=name,
        access=access,
        prefix=key[:SHOWN],
        digest=_digest(key),
        created_by=created_by,
        expires_at=expires_at,
    )
    return token, key


def revoke_token(*, token: ApiToken) -> None:
    """At once, also where it holds a socket open. The row stays: who used it is in the log."""
    if token.revoked_at is None:
        token.revoked_at = timezone.now()
        token.save(update_fields=["revoked_at"])
    transaction.on_commit(partial(news.access_changed, tokens=[token.pk]))


def open_tokens(team: Team) -> QuerySet[ApiToken]:
    found = ApiToken.objects.filter(_good(timezone.now()), team=team)
    return found.select_related("created_by")


def ended_tokens(team: Team) -> QuerySet[ApiToken]:
    """The newest of those that were revoked or expired."""
    found = ApiToken.objects.filter(team=team).exclude(_good(timezone.now()))
    return found.order_by("-created_at")[:MOST_ENDED]


def is_key(text: str) -> bool:
    return text.startswith(PREFIX)


def token_of(key: str) -> ApiToken | None:
    """The token that this key opens, if it still does. Comes before any scope."""
    return _find(digest=_digest(key))


def still_good(token_id: int) -> ApiToken | None:
    return _find(pk=token_id)


def _find(**which: object) -> ApiToken | None:
    with before_scope("API token"):
        found = ApiToken._base_manager.select_related("team")
        return found.filter(_good(timezone.now()), **which).first()


def note_use(token: ApiToken) -> None:
    """Written at most once a minute, whatever the number of requests and processes."""
    now = timezone.now()
    stale = Q(last_used_at__isnull=True) | Q(last_used_at__lt=now - USED_EVERY)
    if token.last_used_at is None or token.last_used_at < now - USED_EVERY:
        with before_scope("use of an API token"):
            ApiToken._base_manager.filter(stale, pk=token.pk).update(last_used_at=now)


def _good(now: datetime) -> Q:
    return Q(revoked_at__isnull=True) & (Q(expires_at__isnull=True) | Q(expires_at__gt=now))


def _digest(key: str) -> str:
    return sha256(key.encode()).hexdigest()

"""Browsers that take a person's pushes."""

# ruff: noqa: SLF001
from __future__ import annotations

from collections.abc import Collection
from hashlib import sha256

from cryptography.hazmat.primitives.asymmetric import ec
from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from teams import audit
from teams.browsers import words_for
from teams.delivery.push import unpacked
from teams.models import PushSubscription, Team, User
from teams.outbound import OutboundRefused, check_receiver
from teams.scoping import before_scope, scope

MAX_DEVICES = 20  # a person and team
POINT_BYTES, AUTH_BYTES = 65, 16


class SubscriptionRefused(Exception):  # noqa: N818
    """What the browser gave is not used; the text is for the user."""


def digest_of(endpoint: str) -> str:
    return sha256(endpoint.encode()).hexdigest()


def subscribe(
    *, team: Team, user: User, endpoint: str, p256dh: str, auth: str, agent: str, browser: str = ""
) -> PushSubscription:
    """One row a browser and team: asked again, the browser's keys and person are the new ones.
    `browser` is its mark."""
    check_subscription(endpoint, p256dh, auth)
    digest = digest_of(endpoint)
    own = PushSubscription.objects.filter(team=team, user=user).exclude(digest=digest)
    if own.count() >= MAX_DEVICES:
        raise SubscriptionRefused(_("You have too many devices here: remove one first."))
    row, _created = PushSubscription.objects.update_or_create(
        team=team,
        digest=digest,
        defaults={
            "user": user,
            "endpoint": endpoint,
            "p256dh": p256dh,
            "auth": auth,
            "agent": words_for(agent),
            "browser": browser,
        },
    )
    return row


def check_subscription(endpoint: str, p256dh: str, auth: str) -> None:
    try:
        check_receiver(endpoint)
        point, secret = unpacked(p256dh), unpacked(auth)
        ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), point)
    except OutboundRefused as refused:
        raise SubscriptionRefused(str(refused)) from None
    except ValueError:
        raise SubscriptionRefused(_("This is not a push subscription.")) from None
    if len(point) != POINT_BYTES or len(secret) != AUTH_BYTES:
        raise SubscriptionRefused(_("This is not a push subscription."))


# -- the end of it


@transaction.atomic
def end_pushes(*, user: User, browsers: Collection[str] | None = None, but: str = "") -> int:
    """A person's browsers with these marks, or all but one, get no more pushes, of no team.
    Returns how many subscriptions ended."""
    if browsers is not None:
        return _end(Q(user=user, browser__in=set(browsers) - {""}))
    return _end(Q(user=user) & ~Q(browser=but) if but else Q(user=user))


@transaction.atomic
def leave_to(*, user: User, browser: str) -> int:
    """Whoever signs in here now is not shown what others had pushed to this browser."""
    return _end(Q(browser=browser) & ~Q(user=user)) if browser else 0


def _end(those: Q) -> int:
    """Each in its team, whose log tells of it."""
    with before_scope("the end of push subscriptions"):
        found = list(PushSubscription._base_manager.select_related("team", "user").filter(those))
    for row in found:
        with scope(row.team):
            row.delete()
    return len(found)


# -- another address


def renew(*, old_endpoint: str, endpoint: str, p256dh: str, auth: str) -> int:
    """The browser's push service gave it another address. That it knows the old one, which nobody
    else does, is its right to change it, in every team. Returns how many rows changed."""
    check_subscription(endpoint, p256dh, auth)
    with before_scope("renewed push subscription"):
        rows = list(
            PushSubscription._base_manager.select_related("team", "user").filter(
                digest=digest_of(old_endpoint)
            )
        )
    for row in rows:
        row.digest, row.endpoint = digest_of(endpoint), endpoint
        row.p256dh, row.auth = p256dh, auth
        with scope(row.team), audit.acting_as(row.user):
            PushSubscription.objects.filter(digest=row.digest).exclude(pk=row.pk).delete()
            row.save()
    return len(rows)

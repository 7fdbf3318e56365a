"""Browsers that take a person's pushes."""

# ruff: noqa: SLF001
from __future__ import annotations

from hashlib import sha256

from cryptography.hazmat.primitives.asymmetric import ec
from django.utils.translation import gettext as _

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
    *, team: Team, user: User, endpoint: str, p256dh: str, auth: str, agent: str
) -> PushSubscription:
    """One row a browser and team: asked again, the browser's keys and person are the new ones."""
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


def renew(*, old_endpoint: str, endpoint: str, p256dh: str, auth: str) -> int:
    """The browser's push service gave it another address. That it knows the old one, which nobody
    else does, is its right to change it, in every team. Returns how many rows changed."""
    check_subscription(endpoint, p256dh, auth)
    with before_scope("renewed push subscription"):
        rows = list(
            PushSubscription._base_manager.select_related("team").filter(
                digest=digest_of(old_endpoint)
            )
        )
    for row in rows:
        row.digest, row.endpoint = digest_of(endpoint), endpoint
        row.p256dh, row.auth = p256dh, auth
        with scope(row.team):
            PushSubscription.objects.filter(digest=row.digest).exclude(pk=row.pk).delete()
            row.save()
    return len(rows)

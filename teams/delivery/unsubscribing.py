"""The link in a mail that ends the mails: signed, and good for nothing else, so it asks for no
password.
"""

# ruff: noqa: SLF001

from __future__ import annotations

from django.conf import settings
from django.core import signing
from django.urls import reverse

from teams import audit
from teams.models import Membership
from teams.scoping import before_scope, scope

_SALT = "teams.alerts-by-email"


def unsubscribe_link(to: Membership) -> str:
    token = signing.dumps(to.pk, salt=_SALT)
    return settings.PUBLIC_URL + reverse("alerts-unsubscribe", args=[token])


def membership_of_link(token: str) -> Membership | None:
    try:
        pk = signing.loads(token, salt=_SALT)
    except signing.BadSignature:
        return None
    with before_scope("link in a mail"):
        return Membership._base_manager.select_related("team", "user").filter(pk=pk).first()


def stop_mails(to: Membership) -> None:
    with scope(to.team), audit.acting_as(to.user):
        Membership.objects.filter(pk=to.pk).update(alerts_by_email=False)

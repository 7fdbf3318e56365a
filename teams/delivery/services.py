"""What people do about how they are told: webhooks, tests, another try."""

from __future__ import annotations

import secrets
from datetime import datetime

from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from teams import audit
from teams.delivery import bell
from teams.delivery.ages import old_from
from teams.delivery.outbox import put, to_mail, to_push, to_webhook
from teams.enums import Channel, DeliveryState
from teams.models import Delivery, Membership, PushSubscription, Team, Webhook
from teams.text import one_line

MAX_WEBHOOKS = 20
TEST_EVERY_S = 10


class WebhookRefused(Exception):  # noqa: N818
    """The text is for the user."""


def new_secret() -> str:
    return f"whsec_{secrets.token_urlsafe(32)}"


def create_webhook(*, team: Team, name: str, url: str) -> Webhook:
    """Its secret is on the returned row, to be shown this once."""
    name = one_line(name)
    if not name:
        raise WebhookRefused(_("Give it a name, so that you know it again."))
    if Webhook.objects.filter(team=team).count() >= MAX_WEBHOOKS:
        raise WebhookRefused(_("The team has too many webhooks: delete one first."))
    return Webhook.objects.create(team=team, name=name, url=url, secret=new_secret())


def rotate_secret(*, webhook: Webhook) -> str:
    """The old one is void at once: what is on its way is signed anew."""
    webhook.secret = new_secret()
    webhook.save(update_fields=["secret"])
    return webhook.secret


def switch_webhook(*, webhook: Webhook, enabled: bool) -> None:
    webhook.is_enabled = enabled
    webhook.save(update_fields=["is_enabled"])


def delete_webhook(*, webhook: Webhook) -> None:
    webhook.delete()


def switch_mails(*, membership: Membership, enabled: bool) -> None:
    membership.alerts_by_email = enabled
    membership.save(update_fields=["alerts_by_email"])


# -- tests go the way that alerts go


def send_test_to_device(*, device: PushSubscription, now: datetime) -> None:
    put([to_push(device, _test_key(now), **_test_message(device.team, now))])


def send_test_mail(*, membership: Membership, now: datetime) -> None:
    put([to_mail(membership, _test_key(now), **_test_message(membership.team, now))])


def send_test_to_webhook(*, webhook: Webhook, now: datetime) -> None:
    put([to_webhook(webhook, _test_key(now), **_test_message(webhook.team, now))])
    audit.record("webhook tested", team=webhook.team, subject=webhook)


def _test_key(now: datetime) -> str:
    """One test a receiver in ten seconds, however often the button is pressed."""
    return f"test:{int(now.timestamp()) // TEST_EVERY_S}"


def _test_message(team: Team, now: datetime) -> dict[str, object]:
    title = _("A test of LT-Analyzer")
    text = _("Alerts of %(team)s reach you here.") % {"team": team.name}
    body = {"type": "test", "title": title, "text": text, "url": f"/t/{team.slug}/channels/"}
    body |= {"severity": "info"}
    return {"team": team, "subject": title, "body": body, "next_at": now, "at": now}


# -- once more


@transaction.atomic
def retry(*, deliveries: QuerySet[Delivery], now: datetime) -> int:
    """Those that were given up are due again, with all their attempts. Returns how many.

    A mail or a post that was too old is news once more, because somebody wants it; what was too
    old to be pushed stays so.
    """
    dead = deliveries.filter(state=DeliveryState.DEAD)
    for channel in (Channel.EMAIL, Channel.WEBHOOK):
        dead.filter(channel=channel).update(expires_at=old_from(channel, {}, now))
    count = dead.update(
        state=DeliveryState.PENDING, attempts=0, next_at=now, held_until=None, done_at=None
    )
    transaction.on_commit(bell.ring, robust=True)
    return count

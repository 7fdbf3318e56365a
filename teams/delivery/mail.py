"""One mail a receiver, through Django's mail backend. A repeat has the same Message-ID."""

from __future__ import annotations

import smtplib
from datetime import datetime
from functools import partial
from urllib.parse import urlsplit

from django.conf import settings
from django.core.mail import EmailMessage, get_connection
from django.template.loader import render_to_string
from django.utils.dateformat import format as date_format
from django.utils.translation import gettext as _

from teams.delivery.outbox import mailboxes
from teams.delivery.outcomes import DELIVERED, Outcome, Unwanted, again, never
from teams.delivery.unsubscribing import unsubscribe_link
from teams.delivery.words import link_of
from teams.models import Delivery, Membership

TIMEOUT_S = 5.0  # of each step of the conversation, of which there are six or so


def prepare(row: Delivery, now: datetime) -> partial[Outcome]:
    to = mailboxes(row.team_id).filter(user__email=row.email)
    membership = to.select_related("team").first()
    if membership is None:
        raise Unwanted(_("The receiver does not get this team's alerts by e-mail any more."))
    return partial(send, message(row, membership))


def message(row: Delivery, to: Membership) -> EmailMessage:
    stop = unsubscribe_link(to)
    words = {"title": row.body.get("title") or row.subject, "text": row.body.get("text", "")}
    words |= {"link": link_of(row.body), "team": to.team.name, "stop": stop}
    words["at"] = _when(row, to)
    return EmailMessage(
        f"[{to.team.name}] {row.subject}",
        render_to_string("teams/delivery/alert.txt", words),
        to=[row.email],
        headers={
            "Message-ID": f"<{row.pk}@{urlsplit(settings.PUBLIC_URL).hostname}>",
            "Idempotency-Key": str(row.pk),
            "Auto-Submitted": "auto-generated",
            "List-Unsubscribe": f"<{stop}>",
            "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
        },
    )


def _when(row: Delivery, to: Membership) -> str:
    """When it happened, by the team's clock: a mail may come late, and is read later."""
    at = row.body.get("alert", {}).get("at")
    if not isinstance(at, int):
        return ""
    return date_format(datetime.fromtimestamp(at / 1000, to.team.clock), "j M Y, H:i:s T")


def send(mail: EmailMessage) -> Outcome:
    try:
        get_connection(timeout=TIMEOUT_S).send_messages([mail])
    except smtplib.SMTPRecipientsRefused as refused:
        code = min((code for code, _said in refused.recipients.values()), default=0)
        said = _("The mail server refuses the receiver (%(code)s).") % {"code": code}
        return never(said) if code >= 500 else again(said)
    except smtplib.SMTPResponseException as error:
        return again(_("The mail server answers %(code)s.") % {"code": error.smtp_code})
    except (smtplib.SMTPException, OSError):
        return again(_("The mail server does not answer."))
    return DELIVERED

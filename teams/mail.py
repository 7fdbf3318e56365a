"""Mails about accounts: plain text from templates, sent behind the page.

In a thread of their own, because an answer that waited for the mail server would tell by its time
whether there is an account, and because a server that hangs must not hold up the page. A mail that
is lost (a crash, a server away) can be asked for again where it was asked for; alerts, which
cannot, go through the outbox.
"""

from __future__ import annotations

import logging
from concurrent.futures import ThreadPoolExecutor
from hashlib import sha256
from threading import BoundedSemaphore
from typing import Any

from django.conf import settings
from django.core.cache import cache
from django.core.mail import EmailMessage
from django.db import transaction
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone

from teams.models import User

log = logging.getLogger(__name__)

AGAIN_AFTER_S = 60
DAY_S = 86_400
MOST_WAITING = 100  # behind a server that hangs; whoever stops the process waits for them too

_places = BoundedSemaphore(MOST_WAITING)
outgoing = ThreadPoolExecutor(max_workers=1, thread_name_prefix="mail")


def send(name: str, *, to: str, **context: Any) -> None:
    """`templates/mail/<name>.txt` and its subject, once what it tells of is committed. To nobody
    ("") all is done but the sending: by the time it takes nobody learns who has an account."""
    subject = " ".join(render_to_string(f"mail/{name}_subject.txt", context).split())
    text = render_to_string(f"mail/{name}.txt", context)
    message = EmailMessage(subject, text, to=[to], headers={"Auto-Submitted": "auto-generated"})
    if to:
        transaction.on_commit(lambda: _put(name, message))


def _put(name: str, message: EmailMessage) -> None:
    if _places.acquire(blocking=False):
        outgoing.submit(_hand_over, name, message)
    else:
        log.warning("the mail %s was not sent: too many wait for the mail server", name)


def _hand_over(name: str, message: EmailMessage) -> None:
    try:
        message.send()
    except Exception as error:  # noqa: BLE001 - a mail server has many ways to be away
        # Its text may quote the address or the password.
        log.warning("the mail %s was not sent: %s", name, type(error).__name__)
    finally:
        _places.release()


def address_of(view: str, *args: object) -> str:
    """A page's address as it stands in a mail, which no request is there to tell."""
    return settings.PUBLIC_URL + reverse(view, args=args)


def may_send(name: str, to: str) -> bool:
    """Once a minute: a form that sends mails must not become a way to fill a mailbox."""
    key = sha256(f"{name} {to.casefold()}".encode()).hexdigest()
    try:
        return bool(cache.add(f"mail:{key}", 1, AGAIN_AFTER_S))
    except Exception:  # Redis away, in any of its ways: who is locked out needs the mail now
        log.warning("the cache does not count", exc_info=True)
        return True


def may_send_more(name: str, by: User, *, most_a_day: int) -> bool:
    """Counts a mail that a person has sent to somebody else."""
    who = f"{by.pk} {by.date_joined.timestamp()}"  # in a restored database numbers come again
    key = f"mails:{sha256(f'{name} {who}'.encode()).hexdigest()}:{timezone.now():%j}"
    try:
        cache.add(key, 0, DAY_S)
        return bool(cache.incr(key) <= most_a_day)
    except Exception:  # Redis away, in any of its ways
        log.warning("the cache does not count", exc_info=True)
        return True

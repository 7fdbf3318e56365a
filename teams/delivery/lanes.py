"""The way from a due row to its receiver. One lane a channel: webhooks that hang delay no push.

The lane's own thread talks to the database; sending happens in threads that do not. Needs an open
scope of every team.
"""

from __future__ import annotations

import logging
import traceback
from collections.abc import Callable
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from datetime import datetime
from functools import partial

from django.utils.translation import gettext as _

from teams.delivery import mail, push, webhooks
from teams.delivery.claims import PLACES, claim, is_old, settle
from teams.delivery.outcomes import MAX_ATTEMPTS, Outcome, Unwanted, again, never
from teams.enums import Channel
from teams.models import Delivery
from teams.secrets import SecretLost

logger = logging.getLogger(__name__)

Clock = Callable[[], datetime]
Send = Callable[[], Outcome]

# How one message is made ready: the rows are read here, what is returned only talks.
PREPARE: dict[str, Callable[[Delivery, datetime], Send]] = {
    Channel.PUSH: push.prepare,
    Channel.EMAIL: mail.prepare,
    Channel.WEBHOOK: webhooks.prepare,
}
AFTERWARDS: dict[str, Callable[[Delivery, Outcome, datetime], None]] = {
    Channel.PUSH: push.remember,
}


def drain(
    *,
    channel: Channel,
    limit: int,
    clock: Clock,
    stopping: Callable[[], bool],
    pool: ThreadPoolExecutor,
) -> int:
    """Send what is due until nothing is, or `limit` rows are done. Returns their number."""
    flying: dict[Future[Outcome], Delivery] = {}
    done = 0
    while True:
        while (free := min(PLACES[channel], limit - done) - len(flying)) > 0 and not stopping():
            claimed = claim(channel=channel, now=clock(), limit=free)
            flying |= {pool.submit(_send, row, _ready(row, clock())): row for row in claimed}
            if not claimed:
                break
        if not flying:
            return done
        for landed in wait(flying, return_when=FIRST_COMPLETED).done:
            _land(flying.pop(landed), landed.result(), clock())
            done += 1


def _ready(row: Delivery, now: datetime) -> Send:
    if is_old(row, now):
        return partial(never, _("It was too old to be told as news."))
    if row.attempts > MAX_ATTEMPTS:  # each worker that tried died of it
        return partial(never, _("Every attempt ended without an answer of ours."))
    try:
        return PREPARE[row.channel](row, now)
    except Unwanted as gone:
        return partial(never, str(gone))
    except SecretLost as lost:
        return partial(again, str(lost))
    except Exception as error:  # noqa: BLE001 - see _send
        return partial(_our_fault, row, error)


def _send(row: Delivery, send: Send) -> Outcome:
    """A row that trips over a bug of ours fails like any other, and the lane goes on."""
    try:
        return send()
    except Exception as error:  # noqa: BLE001
        return _our_fault(row, error)


def _our_fault(row: Delivery, error: Exception) -> Outcome:
    """Where it happened is told, what the error says is not: it may quote an address or a key."""
    at = traceback.extract_tb(error.__traceback__)[-1]
    logger.error("delivery %s: %s at %s:%s", row.pk, type(error).__name__, at.name, at.lineno)
    return again(type(error).__name__)


def _land(row: Delivery, outcome: Outcome, now: datetime) -> None:
    settle(row, outcome, now=now)
    if row.channel in AFTERWARDS:
        AFTERWARDS[row.channel](row, outcome, now)

"""One POST to an address that a user gave, and what its answer means."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from datetime import datetime

from django.utils.translation import gettext as _

from teams.delivery.outcomes import DELIVERED, Outcome, again, asked_pause_s, never
from teams.outbound import OutboundFailed, OutboundRefused, post

TIMEOUT_S = 10.0


def deliver(
    url: str,
    *,
    content: bytes,
    headers: Mapping[str, str],
    gone: frozenset[int],
    hopeless: frozenset[int] = frozenset(),
    now: datetime,
) -> Outcome:
    """`gone`: statuses by which the receiver says that it is there no more; `hopeless`: those that
    no further attempt would change."""
    try:
        answer = asyncio.run(post(url, content=content, headers=headers, timeout_s=TIMEOUT_S))
    except OutboundRefused as refused:
        return never(str(refused))
    except OutboundFailed as failed:
        return again(str(failed))
    if 200 <= answer.status < 300:
        return DELIVERED
    said = _("The receiver answers %(status)s.") % {"status": answer.status}
    if answer.status in gone | hopeless:
        return never(said, is_gone=answer.status in gone)
    return again(said, pause_s=asked_pause_s(answer.retry_after, now))

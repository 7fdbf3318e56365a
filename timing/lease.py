"""One ingester a feed: held by compare-and-swap on the feed's row, renewed while it runs.

Taking a feed adds one to its epoch, so that frames and facts of whoever held it before are refused
wherever they arrive. A database that does not answer is not a lost lease: the holder goes on.
"""

from __future__ import annotations

import asyncio
import logging
import os
import socket
import uuid
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from django.db.models import F, Q

from timing.models import FeedState
from timing.writer import AWAY, Writer

logger = logging.getLogger(__name__)

LEASE = timedelta(seconds=20)
RENEW_S = 5.0


class LeaseLost(Exception):  # noqa: N818 - a state of the world
    """Another ingester has the feed: stop at once, write nothing more."""


@dataclass(frozen=True, slots=True)
class Holder:
    """This process. The pid lets a restart on the same machine take over without waiting."""

    host: str
    pid: int
    token: str

    def __str__(self) -> str:
        return f"{self.host}/{self.pid}/{self.token}"


def this_process() -> Holder:
    return Holder(socket.gethostname()[:60], os.getpid(), uuid.uuid4().hex[:12])


def take(*, feed: uuid.UUID, holder: Holder, now: datetime) -> int | None:
    """Take the feed if nobody holds it; returns its new epoch, or None if somebody does."""
    state, _created = FeedState.objects.get_or_create(feed_id=feed)
    free = Q(held_until__isnull=True) | Q(held_until__lt=now) | Q(holder=str(holder))
    if _is_dead(state.holder, holder):
        free |= Q(holder=state.holder)
    taken = FeedState.objects.filter(free, feed=feed, epoch=state.epoch).update(
        holder=str(holder), held_until=now + LEASE, epoch=F("epoch") + 1
    )
    return state.epoch + 1 if taken else None


def renew(*, feed: uuid.UUID, holder: Holder, epoch: int, now: datetime) -> None:
    """Raises LeaseLost if the feed is another's by now."""
    mine = FeedState.objects.filter(feed=feed, holder=str(holder), epoch=epoch)
    if not mine.update(held_until=now + LEASE):
        raise LeaseLost(f"feed {feed}: epoch {epoch} is over")


async def keep(*, writer: Writer, feed: uuid.UUID, holder: Holder, epoch: int) -> None:
    """Renew until cancelled, in the writer's thread. Raises LeaseLost."""
    while True:
        await asyncio.sleep(RENEW_S)
        now = datetime.now(UTC)
        try:
            await writer.call(renew, feed=feed, holder=holder, epoch=epoch, now=now)
        except AWAY as error:
            logger.warning("feed %s: lease not renewed: %s", feed, error)


def release(*, feed: uuid.UUID, holder: Holder, epoch: int) -> None:
    mine = FeedState.objects.filter(feed=feed, holder=str(holder), epoch=epoch)
    mine.update(held_until=None, holder="")


def _is_dead(text: str, holder: Holder) -> bool:
    """Whether the process named by `text` ran on this machine and runs no more."""
    host, _, rest = text.partition("/")
    pid = rest.partition("/")[0]
    if host != holder.host or not pid.isdigit() or text == str(holder):
        return False
    if int(pid) == holder.pid:  # our number, another token: a container's process 1 came again
        return True
    try:
        os.kill(int(pid), 0)
    except ProcessLookupError:
        return True
    except OSError:
        return False
    return False

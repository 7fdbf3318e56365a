"""One ingester a feed: held by compare-and-swap on the feed's row, renewed while it runs.

Taking a feed adds one to its epoch, so that frames and facts of whoever held it before are refused
wherever they arrive. No wall clock decides: a lease has lapsed when somebody saw its row unchanged
for LEASE_S by a clock that only counts (`timing.shares.Observer`), and a holder trusts its own for
as long since it asked. `held_until` is the database's clock, for people and for pages.

A database that does not answer is not a lost lease: the holder goes on. A holder that was asleep
itself cannot know, so it asks before it writes or says anything (`Leases.make_sure`).
"""

from __future__ import annotations

import asyncio
import logging
import os
import socket
import time
import uuid
from collections import deque
from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import DateTimeField, ExpressionWrapper, F, Q, Value
from django.db.models.functions import Now

from timing.clock import counted_s
from timing.models import FeedState, IngesterState
from timing.writer import AWAY, Writer

logger = logging.getLogger(__name__)

LEASE_S = 10.0
RENEW_S = 3.0
ANSWER_S = 4.0  # a database that takes longer is away; less than a lease without a renewal

_UNTIL = ExpressionWrapper(Now() + Value(timedelta(seconds=LEASE_S)), output_field=DateTimeField())


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


@dataclass(frozen=True, slots=True)
class Claim:
    """A feed's lease as it was read. It changes with each renewal."""

    holder: str
    epoch: int
    until: datetime | None


def take(*, feed: uuid.UUID, holder: Holder, lapsed: Claim | None = None) -> int | None:
    """Take the feed if nobody holds it; returns its new epoch, or None if somebody does.

    `lapsed`: what was seen of a holder that does not renew; it counts if it stands there still.
    """
    state, _created = FeedState.objects.get_or_create(feed_id=feed)
    free = Q(holder="") | Q(holder=str(holder))
    if is_dead(state.holder, holder):
        free |= Q(holder=state.holder)
    if lapsed is not None:
        free |= Q(holder=lapsed.holder, epoch=lapsed.epoch, held_until=lapsed.until)
    taken = FeedState.objects.filter(free, feed=feed, epoch=state.epoch).update(
        holder=str(holder), held_until=_UNTIL, epoch=F("epoch") + 1
    )
    return state.epoch + 1 if taken else None


@transaction.atomic
def renew(*, holder: Holder, feeds: Collection[uuid.UUID], is_member: bool) -> dict[uuid.UUID, int]:
    """Renew these feeds as far as they are the holder's, and say that it lives. Returns the epochs
    under which it holds them."""
    if is_member:
        here = IngesterState.objects.filter(holder=str(holder))
        if not here.update(beats=F("beats") + 1, seen_at=Now()):
            IngesterState.objects.create(holder=str(holder), seen_at=Now())
    mine = FeedState.objects.filter(holder=str(holder), feed__in=feeds)
    mine.update(held_until=_UNTIL)
    return dict(mine.values_list("feed", "epoch"))


def release(*, feed: uuid.UUID, holder: Holder, epoch: int) -> None:
    mine = FeedState.objects.filter(feed=feed, holder=str(holder), epoch=epoch)
    mine.update(held_until=None, holder="")


def check_lease(feed: uuid.UUID, epoch: int) -> None:
    """Inside a transaction, which then nobody who takes the feed can come between."""
    states = FeedState.objects.select_for_update().filter(feed=feed)
    if not states.filter(epoch=epoch).exists():
        raise LeaseLost(f"feed {feed}: epoch {epoch} is over")


def leave(*, holder: Holder) -> None:
    IngesterState.objects.filter(holder=str(holder)).delete()


def is_dead(text: str, holder: Holder) -> bool:
    """Whether the process named by `text` ran on the machine of `holder` and runs no more."""
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


@dataclass(slots=True, eq=False)
class Lease:
    """Of one feed. `sure_until`: so long nobody else can have it."""

    feed: uuid.UUID
    epoch: int
    sure_until: float
    lost: asyncio.Event = field(default_factory=asyncio.Event)

    async def watch(self) -> None:
        """Raises LeaseLost once it is."""
        await self.lost.wait()
        raise LeaseLost(f"feed {self.feed}: epoch {self.epoch} is over")


class Leases:
    """What this process holds, renewed together in one statement.

    `writer` should be a thread of its own, so that a long write keeps no lease from being renewed.
    A member takes its share of all feeds; who was told which to run is none.
    """

    def __init__(
        self, holder: Holder, writer: Writer, *, now: Callable[[], float] = counted_s
    ) -> None:
        self.holder = holder
        self.is_member = False
        self.taken = self.lost = 0
        self.changes: deque[tuple[int, str, str, int]] = deque(maxlen=20)  # at, feed, what, epoch
        self._writer, self._now = writer, now
        self._held: set[Lease] = set()
        self._away_until = 0.0
        self._beating: asyncio.Task[None] | None = None

    async def take(self, feed: uuid.UUID, *, lapsed: Claim | None = None) -> Lease | None:
        asked = self._now()
        epoch = await self._writer.call(take, feed=feed, holder=self.holder, lapsed=lapsed)
        if epoch is None:
            return None
        lease = Lease(feed, epoch, asked + LEASE_S)
        self._held.add(lease)
        self.taken += 1
        self._note(lease, "taken")
        return lease

    async def release(self, lease: Lease) -> None:
        self.forget(lease)
        self._note(lease, "released")
        await self._writer.call(release, feed=lease.feed, holder=self.holder, epoch=lease.epoch)

    def forget(self, lease: Lease) -> None:
        """Renew it no more."""
        self._held.discard(lease)

    def is_sure(self, lease: Lease) -> bool:
        """Whether nobody else can have taken it, or nobody can tell us: the database is away."""
        return self._now() < max(lease.sure_until, self._away_until) and not lease.lost.is_set()

    async def make_sure(self, lease: Lease) -> None:
        """Before anything is written or said after a sleep. Raises LeaseLost."""
        if not self.is_sure(lease):
            await self.beat()
            if lease.lost.is_set():
                raise LeaseLost(f"feed {lease.feed}: epoch {lease.epoch} is over")

    async def run(self) -> None:
        """Until cancelled."""
        while True:
            await self.beat()
            await asyncio.sleep(RENEW_S)

    async def beat(self) -> None:
        """Renew; returns once the database has answered or is known to be away."""
        if self._beating is None or self._beating.done():
            self._beating = asyncio.create_task(self._beat())
        done, _ = await asyncio.wait({self._beating}, timeout=ANSWER_S)
        if not done:
            self._is_away("it does not answer")

    async def _beat(self) -> None:
        asked, held = self._now(), tuple(self._held)
        feeds = [lease.feed for lease in held]
        try:
            epochs = await self._writer.call(
                renew, holder=self.holder, feeds=feeds, is_member=self.is_member
            )
        except AWAY as error:
            self._is_away(str(error).strip())
            return
        except Exception:  # our bug; without a renewal others take the feeds
            logger.exception("leases not renewed")
            return
        self._away_until = 0.0
        for lease in held:
            if epochs.get(lease.feed) == lease.epoch:
                lease.sure_until = asked + LEASE_S
            elif lease in self._held:
                self.forget(lease)
                self.lost += 1
                self._note(lease, "lost")
                lease.lost.set()

    def _note(self, lease: Lease, what: str) -> None:
        self.changes.append((time.time_ns() // 1_000_000, str(lease.feed), what, lease.epoch))

    def _is_away(self, why: str) -> None:
        self._away_until = self._now() + LEASE_S
        logger.warning("%d leases not renewed: %s", len(self._held), why)

    async def close(self) -> None:
        """Said goodbye: the others need not wait to see that this process is gone."""
        if self._beating is not None:
            self._beating.cancel()
            await asyncio.wait({self._beating})
        if self.is_member:
            try:
                await self._writer.call(leave, holder=self.holder)
            except AWAY as error:
                logger.warning("left without a word: %s", error)

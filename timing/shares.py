"""Who else runs feeds, which of them are free, and how many are ours to run.

Nobody is in charge: each ingester reads the same rows and comes to the same shares. What has not
changed for longer than a lease lasts, by a clock that only counts, has no holder any more. That
holds while we look without a break: after a database that was away, or a sleep of our own,
watching begins anew, so that those who could not renew get the time to do it.
"""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Collection, Hashable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from django.db.models.functions import Now

from races.queries import feeds_to_connect
from timing.lease import LEASE_S, Claim, Holder, is_dead
from timing.models import FeedState, IngesterState

BREAK_S = LEASE_S / 2  # between two looks; what was seen before a longer one counts no more
GONE = timedelta(minutes=10)  # rows of ingesters that nobody needs to wait for


@dataclass(frozen=True, slots=True)
class Wanted:
    """A feed that should be connected."""

    id: uuid.UUID
    protocol: str
    address: str
    port: int | None


@dataclass(frozen=True, slots=True)
class Survey:
    """What was read: feeds in the order of their right to be connected, every lease that is held,
    and the ingesters by name, each with a number that grows while it lives."""

    wanted: list[Wanted]
    claims: dict[uuid.UUID, Claim]
    beats: dict[str, int]


def survey() -> Survey:
    """Runs in the writer's thread."""
    wanted = [
        Wanted(feed.pk, feed.protocol, feed.address, feed.track.config_port if feed.track else None)
        for feed in feeds_to_connect().order_by("-pinned", "created_at")
    ]
    held = FeedState.objects.exclude(holder="")
    claims = held.values_list("feed", "holder", "epoch", "held_until")
    IngesterState.objects.filter(seen_at__lt=Now() - GONE).delete()
    return Survey(
        wanted,
        {feed: Claim(holder, epoch, until) for feed, holder, epoch, until in claims},
        dict(IngesterState.objects.values_list("holder", "beats")),
    )


@dataclass(slots=True)
class Observer:
    """What one ingester has seen, and since when it stands so."""

    holder: Holder
    last: Survey = field(default_factory=lambda: Survey([], {}, {}))
    _since: dict[Hashable, tuple[object, float]] = field(default_factory=dict)
    _at: float = float("-inf")

    def note(self, seen: Survey, now: float) -> None:
        before = self._since if now - self._at <= BREAK_S else {}
        standing: dict[Any, object] = {feed.id: None for feed in seen.wanted}
        standing |= seen.claims
        standing |= seen.beats
        self._since = {
            key: before[key] if key in before and before[key][0] == value else (value, now)
            for key, value in standing.items()
        }
        self.last, self._at = seen, now

    def stands(self, key: Hashable) -> bool:
        """Whether a feed's lease, held or free, or an ingester is as it was a lease ago."""
        return key in self._since and self._at - self._since[key][1] >= LEASE_S

    def living(self) -> set[str]:
        """The ingesters that share the feeds, this one among them."""
        others = {
            name
            for name in self.last.beats
            if not self.stands(name) and not is_dead(name, self.holder)
        }
        return others | {str(self.holder)}

    def holder_of(self, feed: uuid.UUID) -> str:
        """Who holds a feed and lives; empty if nobody."""
        claim = self.last.claims.get(feed)
        if claim is None or self.stands(feed) or is_dead(claim.holder, self.holder):
            return ""
        return claim.holder

    def lapsed(self, feed: uuid.UUID) -> Claim | None:
        """The lease of a holder that may be alive and does not renew."""
        claim = self.last.claims.get(feed)
        is_another = claim is not None and claim.holder != str(self.holder)
        return claim if is_another and self.stands(feed) else None


def share(held: Mapping[str, int], me: str, feeds: int) -> int:
    """How many of `feeds` are for `me`, where `held` says how many each living ingester has. What
    cannot be divided is for those that have most, so that nothing moves without need."""
    ranking = sorted(held, key=lambda name: (-held[name], name))
    least, more = divmod(feeds, len(ranking))
    return least + (ranking.index(me) < more)


def preferred(feeds: Collection[Wanted], me: str) -> list[Wanted]:
    """In an order of our own, so that two who look at the same moment want different ones."""
    return sorted(feeds, key=lambda feed: hashlib.blake2b(f"{feed.id} {me}".encode()).digest())

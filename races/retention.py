"""What may be forgotten: old races, surplus races of a feed, surplus laps. Never of a live race."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Q, QuerySet

from races.models import Feed, Lap, Race


@dataclass(frozen=True, slots=True)
class Limits:
    """0 is unlimited. `days` is for feeds that say nothing of their own."""

    days: int = 0
    sessions: int = 0
    laps: int = 0


@dataclass(frozen=True, slots=True)
class Pruned:
    feed: Feed
    races: int
    laps: int


def prune(
    *, feeds: QuerySet[Feed], now: datetime, limits: Limits, dry_run: bool = False
) -> Iterator[Pruned]:
    """Each race goes in a transaction of its own, so that the pipeline's writer is never kept long.

    Yields a count for each feed that lost something, or would.
    """
    for feed in feeds.order_by("pk"):
        doomed = list(_old_races(feed, now, limits))
        laps = Lap.objects.filter(race__in=doomed).count()
        if not dry_run:
            for race in doomed:
                race.delete()
        laps += sum(_prune_laps(race, limits.laps, dry_run) for race in _long(feed, doomed, limits))
        if doomed or laps:
            yield Pruned(feed, len(doomed), laps)


def _over(feed: Feed) -> QuerySet[Race]:
    return Race.objects.filter(feed=feed, is_live=False)


def _old_races(feed: Feed, now: datetime, limits: Limits) -> QuerySet[Race]:
    days = limits.days if feed.retention_days is None else feed.retention_days
    old = Q(pk__in=[])
    if days:
        old |= Q(last_seen_at__lt=now - timedelta(days=days))
    if limits.sessions:
        kept = Race.objects.filter(feed=feed).order_by("-is_live", "-first_seen_at", "pk")
        old |= ~Q(pk__in=list(kept.values_list("pk", flat=True)[: limits.sessions]))
    return _over(feed).filter(old)


def _long(feed: Feed, doomed: list[Race], limits: Limits) -> list[Race]:
    if not limits.laps:
        return []
    return list(_over(feed).exclude(pk__in=[race.pk for race in doomed]))


def _prune_laps(race: Race, keep: int, dry_run: bool) -> int:
    """The oldest go first. Entries keep their counts: these laps were driven."""
    excess = list(race.laps.order_by("-at", "-pk").values_list("pk", flat=True)[keep:])
    if excess and not dry_run:
        for start in range(0, len(excess), 500):
            Lap.objects.filter(pk__in=excess[start : start + 500]).delete()
    return len(excess)

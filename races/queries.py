"""What pages ask of feeds and races, each in a number of queries that does not grow with the rows.

All run inside a scope; a row of another team is Http404's business because it is not found here.
"""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from django.db.models import Count, Exists, OuterRef, Q, QuerySet, Subquery

from races.models import (
    Entry,
    Feed,
    Follow,
    Lap,
    Penalty,
    PitStop,
    Race,
    Stint,
)
from teams.models import Team


def feeds_of(team: Team) -> QuerySet[Feed]:
    """The feeds a team follows, with `live_race_id`, `last_race_at` and `race_count`.

    Connection state belongs to a later layer: `select_related` it there.
    """
    races = Race.objects.filter(feed=OuterRef("pk")).order_by("-first_seen_at")
    counted = races.order_by().values("feed").annotate(n=Count("pk")).values("n")
    return (
        Feed.objects.filter(pk__in=Follow.objects.filter(team=team).values("feed"))
        .select_related("track")
        .annotate(
            live_race_id=Subquery(races.filter(is_live=True).values("pk")[:1]),
            last_race_at=Subquery(races.values("last_seen_at")[:1]),
            race_count=Subquery(counted),
        )
    )


def feeds_to_connect() -> QuerySet[Feed]:
    """Enabled and wanted: some team follows it, or staff pinned it. For the pipeline."""
    followed = Exists(Follow.objects.filter(feed=OuterRef("pk")))
    return Feed.objects.filter(Q(pinned=True) | followed, enabled=True).select_related("track")


def races_list(
    *, feed: Feed | UUID | None = None, live: bool | None = None, text: str = ""
) -> QuerySet[Race]:
    """Newest first, with the feed and `entry_count`; `text` is looked for in titles and entries."""
    entries = Entry.objects.filter(race=OuterRef("pk"))
    counted = entries.order_by().values("race").annotate(n=Count("pk")).values("n")
    found = Race.objects.select_related("feed").annotate(entry_count=Subquery(counted))
    if feed is not None:
        found = found.filter(feed=feed)
    if live is not None:
        found = found.filter(is_live=live)
    if text:
        named = Q(number__iexact=text) | Q(competitor__icontains=text)
        found = found.filter(
            Q(event__icontains=text)
            | Q(name__icontains=text)
            | Q(track_name__icontains=text)
            | Q(feed__name__icontains=text)
            | Exists(entries.filter(named))
        )
    return found.order_by("-first_seen_at", "pk")


@dataclass(frozen=True, slots=True)
class LapRow:
    """A lap, and the laps that were missed between it and the one before."""

    lap: Lap
    missed: int
    is_best: bool


@dataclass(frozen=True, slots=True)
class EntryPage:
    entry: Entry
    laps: list[LapRow]
    missed_after: int  # laps missed after the last one that is known
    sectors: int
    stints: list[Stint]
    pit_stops: list[PitStop]
    penalties: list[Penalty]


def entry_page(entry: Entry) -> EntryPage:
    laps = list(entry.lap_set.select_related("driver").order_by("number"))
    gaps = dict(entry.lap_gaps.order_by("after_number").values_list("after_number", "missed"))
    rows = []
    for lap in laps:
        missed = sum(gaps.pop(number) for number in sorted(gaps) if number < lap.number)
        rows.append(LapRow(lap, missed, lap.ms == entry.best_ms))
    return EntryPage(
        entry=entry,
        laps=rows,
        missed_after=sum(gaps.values()),
        sectors=max((len(lap.sectors) for lap in laps), default=0),
        stints=list(entry.stints.select_related("driver").order_by("number")),
        pit_stops=list(entry.pit_stops.order_by("number")),
        penalties=list(entry.penalties.order_by("number")),
    )

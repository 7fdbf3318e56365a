"""Make one race of two that were wrongly split.

The earlier race stays and takes what the later one has. An entry that both know (same row id) is
one entry, and its facts meet under these rules:

- The later part counts on (laps 41, 42, … after 40): its laps keep their numbers, and numbers that
  neither part has are a gap that is counted.
- The later part repeats (at least half of the lap numbers that both have show the same time): what
  the earlier part has stays, the rest is added.
- The later part counted from one again: its laps go on after the last of the earlier part.
- Stops, stints, penalties and flags are appended. A stint or flag that was still open is closed by
  the later part's first, a stint joined with it when the driver is the same.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.db import models, transaction
from django.db.models import F, Max, Min
from django.utils.translation import gettext as _

from races.models import (
    Driver,
    Entry,
    FlagPeriod,
    Lap,
    LapGap,
    Penalty,
    PitStop,
    Race,
    RaceMessage,
    Stint,
)
from races.services import RaceError
from teams import audit
from teams.scoping import every_team

Numbered = type[Stint] | type[PitStop] | type[Penalty]
Fact = type[Lap] | type[LapGap] | Numbered
FACTS: tuple[Fact, ...] = (Lap, LapGap, Stint, PitStop, Penalty)
APPENDED: dict[Numbered, tuple[str, ...]] = {
    Stint: ("first_lap", "last_lap"),
    PitStop: ("lap",),
    Penalty: ("lap",),
}


def can_merge(a: Race, b: Race) -> str:
    """Empty, or the reason why not, for the user."""
    if a.pk == b.pk:
        return _("Choose two different races.")
    if a.feed_id != b.feed_id:
        return _("The races are of different feeds.")
    if a.is_live or b.is_live:
        return _("Only races that are over can be merged.")
    return ""


@transaction.atomic
def merge_races(*, races: tuple[Race, Race]) -> Race:
    """The earlier of the two, with everything of the later, which is deleted."""
    into, other = sorted(races, key=lambda race: (race.first_seen_at, race.pk))
    reason = can_merge(into, other)
    if reason:
        raise RaceError(reason)
    merged = {"id": str(other.pk), "name": str(other)}
    audit.record("merged", team=into.feed.owner, subject=into, after={"race": merged})
    with audit.silent():
        _merge(into, other)
    return into


def _merge(into: Race, other: Race) -> None:
    known = {entry.key: entry for entry in into.entries.all()}
    for entry in other.entries.all():
        if entry.key in known:
            _merge_entry(into, known[entry.key], entry)
    other.entries.update(race=into)
    for model in FACTS:
        model.objects.filter(race=other).update(race=into)
    _append_flags(into, other)
    _append_messages(into, other)
    _point_at(other, into)
    _total(into, other)
    other.delete()


# -- one entry


@dataclass(frozen=True, slots=True)
class Join:
    """How the laps of an entry's later part follow those of the earlier part."""

    shift: int  # added to the later part's lap numbers
    repeats: bool
    last: int  # of the earlier part
    first: int | None  # of the later part, before the shift


def _join(a: Entry, b: Entry) -> Join:
    ours = dict(a.lap_set.values_list("number", "ms"))
    theirs = dict(b.lap_set.values_list("number", "ms"))
    last, first = max(ours, default=a.laps), min(theirs, default=None)
    shared = ours.keys() & theirs.keys()
    same = sum(ours[number] == theirs[number] for number in shared)
    if shared and same * 2 >= len(shared):
        return Join(shift=0, repeats=True, last=last, first=first)
    restarted = first is not None and first <= last
    return Join(shift=last if restarted else 0, repeats=False, last=last, first=first)


def _merge_entry(into: Race, a: Entry, b: Entry) -> None:
    join = _join(a, b)
    _merge_drivers(a, b, summed=join.shift > 0)
    if join.repeats:
        _drop_repeated(a, b, join)
    _drop_gaps(a, b, join)
    _join_stints(a, b, join)
    _move(into, a, b, Lap, number=join.shift)
    _move(into, a, b, LapGap, after_number=join.shift)
    for model, shifted in APPENDED.items():
        by = dict.fromkeys(shifted, join.shift)
        _move(into, a, b, model, number=_free_number(model, a, b), **by)
    _count_gap(into, a, join)
    _total_entry(a, b, join)
    b.delete()


def _free_number(model: Numbered, a: Entry, b: Entry) -> int:
    """What to add to the numbers of `b`, so that they go on after those of `a`."""
    rows = model.objects
    last = rows.filter(entry=a).aggregate(n=Max("number"))["n"] or 0
    first = rows.filter(entry=b).aggregate(n=Min("number"))["n"] or 1
    return int(last - first + 1)


def _move(into: Race, a: Entry, b: Entry, model: Fact, **by: int) -> None:
    added: dict[str, Any] = {name: F(name) + number for name, number in by.items()}
    model.objects.filter(entry=b).update(race=into, entry=a, **added)


def _merge_drivers(a: Entry, b: Entry, *, summed: bool) -> None:
    """A time that counted from zero again is added; else the feed went on counting."""
    known = {driver.name: driver for driver in a.drivers.all()}
    for driver in b.drivers.all():
        ours = known.get(driver.name)
        if ours is None:
            Driver.objects.filter(pk=driver.pk).update(entry=a)
            continue
        Lap.objects.filter(driver=driver).update(driver=ours)
        Stint.objects.filter(driver=driver).update(driver=ours)
        times = [ms for ms in (ours.driving_ms, driver.driving_ms) if ms is not None]
        if times:
            ours.driving_ms = sum(times) if summed else max(times)
            ours.save(update_fields=["driving_ms"])
        driver.delete()


def _drop_repeated(a: Entry, b: Entry, join: Join) -> None:
    b.lap_set.filter(number__in=list(a.lap_set.values_list("number", flat=True))).delete()
    b.stints.filter(last_lap__lte=join.last).delete()
    b.pit_stops.filter(lap__in=list(a.pit_stops.values_list("lap", flat=True))).delete()
    texts = list(a.penalties.values_list("text", flat=True))
    b.penalties.filter(text__in=texts, lap__lte=join.last).delete()


def _drop_gaps(a: Entry, b: Entry, join: Join) -> None:
    known = a.lap_gaps.values_list("after_number", flat=True)
    b.lap_gaps.filter(after_number__in=[number - join.shift for number in known]).delete()
    if join.repeats:
        b.lap_gaps.filter(after_number__lt=join.last).delete()


def _join_stints(a: Entry, b: Entry, join: Join) -> None:
    open_, first = a.stints.order_by("number").last(), b.stints.order_by("number").first()
    if open_ is None or first is None or open_.ended_at is not None:
        return
    if None not in (open_.driver_id, first.driver_id) and open_.driver_id != first.driver_id:
        open_.last_lap, open_.ended_at = join.last, first.started_at
    else:
        open_.last_lap = None if first.last_lap is None else first.last_lap + join.shift
        open_.ended_at, open_.driver_id = first.ended_at, open_.driver_id or first.driver_id
        first.delete()
    open_.save()


def _count_gap(into: Race, a: Entry, join: Join) -> None:
    if join.first is None or join.shift or join.first <= join.last + 1:
        return
    LapGap.objects.get_or_create(
        entry=a,
        after_number=join.last,
        defaults={
            "race": into,
            "missed": join.first - join.last - 1,
            "at": a.lap_set.get(number=join.first).at,
        },
    )


def _total_entry(a: Entry, b: Entry, join: Join) -> None:
    a.laps = max(a.laps, b.laps + join.shift)
    a.best_ms = min((ms for ms in (a.best_ms, b.best_ms) if ms is not None), default=None)
    a.stops = a.pit_stops.count()
    for name in ("last_ms", "position", "penalty", "status"):
        setattr(a, name, getattr(b, name) or getattr(a, name))
    for name in ("number", "competitor", "class_name", "colour", "nationality"):
        setattr(a, name, getattr(a, name) or getattr(b, name))
    a.updated_at = max(a.updated_at, b.updated_at)
    a.save()


# -- the race


def _append_flags(into: Race, other: Race) -> None:
    first = other.flag_periods.order_by("number").first()
    if first is None:
        return
    into.flag_periods.filter(ended_at=None).update(ended_at=first.started_at)
    last = into.flag_periods.aggregate(n=Max("number"))["n"] or 0
    other.flag_periods.update(race=into, number=F("number") + (last - first.number + 1))


def _append_messages(into: Race, other: Race) -> None:
    """The whole log is sent again each time: what both have is one message."""
    other.messages.filter(key__in=list(into.messages.values_list("key", flat=True))).delete()
    last = into.messages.aggregate(n=Max("order"))["n"] or 0
    RaceMessage.objects.filter(race=other).update(race=into, order=F("order") + last + 1)


def _point_at(other: Race, into: Race) -> None:
    """Rows of other apps (displays, feed states), whoever they belong to, follow the race."""
    ours = {*FACTS, Entry, FlagPeriod, RaceMessage}
    with every_team("rows that point at a merged race"):
        for relation in Race._meta.get_fields(include_hidden=True):  # noqa: SLF001
            if not isinstance(relation, models.ManyToOneRel) or relation.related_model in ours:
                continue
            model: Any = relation.related_model
            rows = model.objects.filter(**{relation.field.name: other})
            rows.update(**{relation.field.name: into})


def _total(into: Race, other: Race) -> None:
    for name, choose in (("started_at", min), ("ended_at", max), ("last_seen_at", max)):
        values = [at for at in (getattr(into, name), getattr(other, name)) if at is not None]
        setattr(into, name, choose(values, default=None))
    into.planned_ms = into.planned_ms or other.planned_ms
    totals = into.entries.aggregate(laps=Max("laps"), best=Min("best_ms"))
    into.leader_laps, into.best_ms = totals["laps"] or 0, totals["best"]
    into.save()

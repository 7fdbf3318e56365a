from __future__ import annotations

import uuid
from collections.abc import Iterable
from typing import Any

from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_safe

from races.models import Driver, Entry, Lap, PitStop, Stint
from races.queries import EntryPage, LapRow, entry_page
from races.views.races import race_head
from teams.doors import TeamRequest

# 1,300 laps in one table cost a second on a phone; a hundred are an hour and three quarters.
LAPS_A_PAGE = 100


@require_safe
def entry(
    request: TeamRequest, team_slug: str, race_id: uuid.UUID, entry_id: uuid.UUID
) -> HttpResponse:
    found = get_object_or_404(Entry, pk=entry_id, race=race_id)
    all_of_it = entry_page(found)
    page = Paginator(all_of_it.laps, LAPS_A_PAGE).get_page(request.GET.get("page"))
    context = {
        **race_head(race_id, "results"),
        "entry": found,
        "page": page,
        "rows": lap_rows(page.object_list, all_of_it.pit_stops),
        "missed_after": 0 if page.has_next() else all_of_it.missed_after,
        "missed": sum(row.missed for row in all_of_it.laps) + all_of_it.missed_after,
        "sectors": range(1, 1 + all_of_it.sectors),
        "stints": stint_rows(all_of_it),
        "drivers": Driver.objects.filter(entry=found),
        "penalties": all_of_it.penalties,
        "colours": [found.colour],
    }
    return render(request, "races/entry.html", context)


def lap_rows(laps: Iterable[LapRow], stops: Iterable[PitStop]) -> list[dict[str, Any]]:
    """A lap and the stop that lies in it: the stop made after n laps is in lap n + 1."""
    stop_in = {stop.lap + 1: stop for stop in stops}
    return [{"row": row, "lap": row.lap, "stop": stop_in.get(row.lap.number)} for row in laps]


def stint_rows(page: EntryPage) -> list[dict[str, Any]]:
    """Each stint with its laps, best and mean (pit laps left out), and the stop that ended it."""
    laps = [row.lap for row in page.laps]
    ended_by = {stop.number: stop for stop in page.pit_stops}
    rows = [_stint_row(stint, laps, page.entry, ended_by) for stint in page.stints]
    best = min((row["best_ms"] for row in rows if row["best_ms"]), default=None)
    for row in rows:
        row["is_best"] = best is not None and row["best_ms"] == best
    return rows


def _stint_row(
    stint: Stint, laps: list[Lap], entry: Entry, ended_by: dict[int, PitStop]
) -> dict[str, Any]:
    last = stint.last_lap if stint.last_lap is not None else entry.laps
    clean = [lap.ms for lap in laps if stint.first_lap <= lap.number <= last and not lap.pit]
    return {
        "stint": stint,
        "laps": max(0, last - stint.first_lap + 1),
        "best_ms": min(clean, default=None),
        "mean_ms": sum(clean) // len(clean) if clean else None,
        "stop": ended_by.get(stint.number),
        "page": (stint.first_lap - 1) // LAPS_A_PAGE + 1,
    }


@require_safe
def entry_by_key(
    request: TeamRequest, team_slug: str, race_id: uuid.UUID, key: str
) -> HttpResponse:
    """From a row of the live board, which knows the feed's row id only, to the entry's page."""
    if "\x00" in key:  # PostgreSQL would not even look
        raise Http404
    found = get_object_or_404(Entry, race=race_id, key=key)
    return redirect("entry", team_slug=team_slug, race_id=race_id, entry_id=found.pk)

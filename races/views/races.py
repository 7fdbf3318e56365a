from __future__ import annotations

import uuid
from typing import Any

from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from races.enums import RaceKind, Ranking
from races.forms import RaceFilter
from races.models import Entry, FlagPeriod, Penalty, PitStop, Race, RaceMessage, Stint
from races.queries import races_list
from teams.doors import TeamRequest

RACES_A_PAGE = 25
STOPS_A_PAGE = 200


@require_safe
def races(request: TeamRequest, team_slug: str) -> HttpResponse:
    form = RaceFilter(request.GET)
    page = Paginator(find_races(**form.chosen()), RACES_A_PAGE).get_page(request.GET.get("page"))
    context = {"form": form, "page": page, "chosen": form.chosen(), "kinds": RaceKind.choices}
    return render(request, "races/races.html", context)


def find_races(*, kind: str | None, feed: Any, q: str | None) -> QuerySet[Race]:
    found = races_list(feed=feed, text=q or "")
    return found.filter(kind=kind) if kind else found


def race_head(race_id: uuid.UUID, tab: str) -> dict[str, Any]:
    """What every page of a race shows above its own part."""
    race = get_object_or_404(Race.objects.select_related("feed"), pk=race_id)
    return {"race": race, "tab": tab}


@require_safe
def results(request: TeamRequest, team_slug: str, race_id: uuid.UUID) -> HttpResponse:
    head = race_head(race_id, "results")
    entries = list(Entry.objects.filter(race=race_id))
    context = {
        **head,
        "entries": [(each, behind(each, entries[0], head["race"])) for each in entries],
        "any_penalty": any(each.penalty for each in entries),
        "colours": [each.colour for each in entries],
    }
    return render(request, "races/results.html", context)


def behind(entry: Entry, first: Entry, race: Race) -> tuple[str, int | None]:
    """("laps", n), ("ms", n) or ("", None) to the first. Seconds between race entries are live
    only: the facts keep laps.
    """
    if entry is first or entry.position is None:
        return "", None
    if race.ranking == Ranking.LAPS:
        down = first.laps - entry.laps
        return ("laps", down) if down > 0 else ("", None)
    if first.best_ms is None or entry.best_ms is None:
        return "", None
    return "ms", entry.best_ms - first.best_ms


@require_safe
def pit_stops(request: TeamRequest, team_slug: str, race_id: uuid.UUID) -> HttpResponse:
    """Every stop with the stint that it began, newest first."""
    found = PitStop.objects.filter(race=race_id).select_related("entry")
    page = Paginator(found.order_by("-lap", "entry__position", "pk"), STOPS_A_PAGE).get_page(
        request.GET.get("page")
    )
    wanted = {stop.entry_id for stop in page}
    stints = Stint.objects.filter(entry__in=wanted).select_related("driver")
    begun = {(stint.entry_id, stint.number): stint for stint in stints}
    context = {
        **race_head(race_id, "stops"),
        "page": page,
        "colours": [stop.entry.colour for stop in page],
        "stops": [(stop, begun.get((stop.entry_id, stop.number + 1))) for stop in page],
    }
    return render(request, "races/pit_stops.html", context)


@require_safe
def messages(request: TeamRequest, team_slug: str, race_id: uuid.UUID) -> HttpResponse:
    context = {
        **race_head(race_id, "messages"),
        "messages_of_race": RaceMessage.objects.filter(race=race_id).order_by("-order")[:1000],
        "penalties": Penalty.objects.filter(race=race_id).select_related("entry").order_by("-at"),
        "flags": FlagPeriod.objects.filter(race=race_id).order_by("number"),
        "numbers": dict(Entry.objects.filter(race=race_id).values_list("number", "colour")),
    }
    return render(request, "races/messages.html", context)

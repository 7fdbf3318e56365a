from __future__ import annotations

import json
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.core.paginator import Paginator
from django.http import HttpResponse, HttpResponseBadRequest, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_safe

from displays.alert_filter import AlertFilter, find_alerts
from displays.alerting import instant, list_words, newest, open_until, sound_key
from displays.page import now_ms
from races.models import Feed, Race
from teams.doors import TeamRequest
from teams.models import Team
from teams.permissions import ALERTS_READ, may_write, needs
from teams.posting import posted_from
from timing.models import Alert
from timing.queries import alert_json, open_alerts, rules_of
from timing.services import acknowledge
from timing.topics import alerts_topic

ALERTS_A_PAGE = 50

# What reading JSON of anybody's making may raise, and the ids and instants in it.
_NONSENSE = ValueError, TypeError, LookupError, AttributeError, OverflowError, RecursionError


@dataclass(frozen=True, slots=True)
class Line:
    """An alert in the list. `feed` is None once the team no longer follows it."""

    alert: Alert
    feed: Feed | None
    board: str


@require_safe
@needs(ALERTS_READ)
def alerts(request: TeamRequest, team_slug: str) -> HttpResponse:
    form = AlertFilter(request.GET)
    chosen = form.chosen()
    page = Paginator(find_alerts(request.team, **chosen), ALERTS_A_PAGE).get_page(
        request.GET.get("page")
    )
    found = list(page)
    context = {
        "form": form,
        "page": page,
        "lines": _lines(found, team_slug),
        "until": newest(found),
        "any_open": any(each.seen_at is None for each in found),
        "filtered": any(chosen.values()),
        "any_rules": bool(found) or rules_of(request.team).exists(),
        "may_write": may_write(request),
        "live": _live(request.team),
    }
    return render(request, "displays/alerts/alerts.html", context)


def _lines(found: Collection[Alert], team_slug: str) -> list[Line]:
    """With the board of the race that it was in, as far as the team may still see it."""
    feeds = Feed.objects.in_bulk({each.feed_id for each in found})
    wanted = {each.race for each in found if each.race is not None}
    races = set(Race.objects.filter(pk__in=wanted).values_list("pk", flat=True))

    def board(alert: Alert) -> str:
        if alert.race in races:
            return reverse("race-board", args=[team_slug, alert.race])
        known = alert.feed_id in feeds
        return reverse("feed-board", args=[team_slug, alert.feed_id]) if known else ""

    return [Line(each, feeds.get(each.feed_id), board(each)) for each in found]


def _live(team: Team) -> dict[str, Any]:
    return {
        "now": now_ms(),
        "zone": timezone.get_current_timezone_name(),
        "channel": alerts_topic(team.pk),
        "open_url": reverse("alerts-open", args=[team.slug]),
        "open": [{"id": str(each.pk)} for each in open_alerts(team)],
        "sound_key": sound_key(team),
        "words": list_words(),
    }


@require_safe
@needs(ALERTS_READ)
def alerts_open(request: TeamRequest, team_slug: str) -> HttpResponse:
    """For pages that were away for a while: frames are news, this is what is true."""
    found = [alert_json(each) for each in open_alerts(request.team)]
    response = JsonResponse({"alerts": found})
    response["Cache-Control"] = "no-store"
    return response


@posted_from("alerts")
@needs(ALERTS_READ)
def alerts_seen(request: TeamRequest, team_slug: str) -> HttpResponse:
    """Some by `ids` (or `one`, a button's), or all that are no newer than `until`, in ms."""
    by_script = request.content_type == "application/json"
    try:
        ids, until = _asked(request.team, _body(request) if by_script else _form(request))
    except _NONSENSE:
        return HttpResponseBadRequest("Neither ids nor a time.", content_type="text/plain")
    seen = acknowledge(team=request.team, alerts=ids, user=request.user, until=until)
    if by_script:
        return JsonResponse({"seen": [str(each) for each in seen]})
    return redirect(_back(request) or reverse("alerts", args=[team_slug]))


def _body(request: TeamRequest) -> dict[str, Any]:
    return dict(json.loads(request.body))


def _form(request: TeamRequest) -> dict[str, Any]:
    if "one" in request.POST:
        return {"ids": [request.POST["one"]]}
    return {"ids": request.POST.getlist("ids"), "until": request.POST.get("until")}


def _asked(team: Team, said: dict[str, Any]) -> tuple[list[UUID], datetime | None]:
    if said.get("until") is not None:
        until = instant(int(said["until"]))
        return open_until(team, until), until
    return [UUID(each) for each in said["ids"]], None


def _back(request: TeamRequest) -> str:
    wanted = request.POST.get("next", "")
    safe = url_has_allowed_host_and_scheme(wanted, allowed_hosts=None)
    return wanted if safe and wanted.startswith("/") else ""

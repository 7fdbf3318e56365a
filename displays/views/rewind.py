"""The past of a race as JSON, for a page that looks back or runs late. See docs/looking-back.md."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseBadRequest, JsonResponse
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_safe

from displays.admission import needs_code
from displays.models import Display
from displays.page import now_ms
from displays.past import (
    MOST_DELAY_S,
    MOST_STEP_MS,
    MOST_STEPS,
    PIECES_S,
    STEP_MS,
    chunk_json,
    marks_of,
    range_of,
    watch_of,
)
from races.models import Feed, Race
from teams.doors import TeamRequest, open_display
from teams.models import Team
from timing.engine.watch import TeamWatch
from timing.rewind import RewindError
from timing.rewinding import Building, Busy

SLACK_S = 60  # that a display's page may lag behind its delay


@require_safe
def race_rewind(request: TeamRequest, team_slug: str, race_id: uuid.UUID) -> HttpResponse:
    """From when to when one can look back, and what happened there."""
    race = get_object_or_404(Race.objects.select_related("feed"), pk=race_id)
    now = now_ms()
    found = range_of(race, now=now)
    if found is None:
        return JsonResponse({"state": "none", "now": now})
    told = {"first": found.first, "last": found.last, "live": found.live, "now": now}
    watch = watch_of(request.team, race.feed)
    return JsonResponse({"state": "ready", **told, **marks_of(race, keys=_ours(watch, race))})


def _ours(watch: TeamWatch | None, race: Race) -> list[str]:
    """Keys of the entries that are ours there, by the rows of the race."""
    ours = [each for each in watch.watched if each.kind == "ours"] if watch else []
    named = {each.entry_key for each in ours if each.race == str(race.pk)}
    values = {each.value.strip() for each in ours if each.by != "entry"}
    entries = race.entries.values_list("key", "number", "competitor") if ours else ()
    return [key for key, *words in entries if key in named or values & {*words}]


@require_safe
def race_chunk(request: TeamRequest, team_slug: str, race_id: uuid.UUID) -> HttpResponse:
    race = get_object_or_404(Race.objects.select_related("feed"), pk=race_id)
    return _chunk(request.GET.dict(), race.feed, race, request.team)


@require_safe
def feed_chunk(request: TeamRequest, team_slug: str, feed_id: uuid.UUID) -> HttpResponse:
    """Of whichever race the feed showed."""
    feed = get_object_or_404(Feed, pk=feed_id)
    return _chunk(request.GET.dict(), feed, None, request.team)


@require_safe
@needs_code
def display_chunk(request: HttpRequest, code: str) -> HttpResponse:
    """The last minutes alone, in the pieces that everybody asks for, and nothing of the team."""
    with open_display(code) as display:
        assert isinstance(display, Display)
        race = display.race_id and get_object_or_404(Race, pk=display.race_id)
        feed = get_object_or_404(Feed, pk=race.feed_id if race else display.feed_id)
        at, length = _number(request.GET.get("at"), 0), _number(request.GET.get("for"), 0)
        oldest = now_ms() - 1000 * (MOST_DELAY_S + SLACK_S)
        if length not in {1000 * each for each in PIECES_S} or at % length or at < oldest:
            return HttpResponseBadRequest()  # not 404, which would tell of a wrong code
        return _chunk({"at": str(at), "for": str(length)}, feed, race or None, None)


def _chunk(
    query: Mapping[str, str], feed: Feed, race: Race | None, team: Team | None
) -> HttpResponse:
    """`at` (ms), `for` and `step` (ms). Never past the present."""
    now = now_ms()
    step = min(max(_number(query.get("step"), STEP_MS), STEP_MS), MOST_STEP_MS)
    found = range_of(race, now=now) if race else None
    if race and found is None:
        return _said({"state": "none"})
    at = min(_number(query.get("at"), now), now)
    at = found.within(at) if found else at
    length = min(max(_number(query.get("for"), 0), 0), step * MOST_STEPS)
    try:
        text = chunk_json(
            feed=feed, race=race, team=team, at=at, to=min(at + length, now), step=step
        )
    except Busy:
        return _said({"state": "busy"}, status=503, after=1)
    except Building as building:
        return _said({"state": "building", "done": round(building.done, 3)}, after=1)
    except RewindError:
        return _said({"state": "none"})
    return _kept(HttpResponse(text, content_type="application/json"))


def _said(told: dict[str, Any], *, status: int = 200, after: int = 0) -> HttpResponse:
    answer = JsonResponse(told, status=status)
    if after:
        answer["Retry-After"] = str(after)
    return _kept(answer)


def _kept(answer: HttpResponse) -> HttpResponse:
    answer["Cache-Control"] = "private, no-store"
    return answer


def _number(text: str | None, default: int) -> int:
    try:
        found = int(text or default)
    except ValueError:
        return default
    return found if abs(found) < 1 << 47 else default

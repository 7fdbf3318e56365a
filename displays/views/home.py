from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from displays.feeds import FeedView, followed
from displays.page import now_ms
from displays.present import present
from displays.queries import displays_with_subject
from displays.words import live_words
from races.enums import RaceKind
from races.forms import RaceFilter
from races.views.races import find_races
from teams.doors import TeamRequest
from teams.permissions import may_write
from teams.views import LAST_TEAM
from timing.topics import feed_topic

MOST_HEROES = 2
PAST_RACES = 8


@require_safe
def home(request: TeamRequest, team_slug: str) -> HttpResponse:
    if request.session.get(LAST_TEAM) != team_slug:
        request.session[LAST_TEAM] = team_slug
    feeds = followed(request.team)
    chosen = RaceFilter(request.GET).chosen()
    past = find_races(kind=chosen["kind"], feed=None, q=None).filter(is_live=False)
    context = {
        "feeds": feeds,
        "heroes": [hero(view) for view in feeds if view.is_live][:MOST_HEROES],
        "past": list(past[:PAST_RACES]),
        "past_count": past.count(),
        "kind": chosen["kind"],
        "kinds": RaceKind.choices,
        "displays": list(displays_with_subject()[:5]),
        "may_write": may_write(request),
        "live": {
            "now": now_ms(),
            "socket": "/ws/",
            "team": team_slug,
            "channels": [feed_topic(view.feed.pk) for view in feeds],
            "words": live_words(),
        },
    }
    return render(request, "displays/home.html", context)


def hero(view: FeedView) -> dict[str, Any]:
    """A race that is on: from the hub's board where there is one, else only what the row knows."""
    if view.snapshot is None:
        return {"view": view, "race": view.race, "flag": "none"}
    shown = present(view.snapshot.board, now=now_ms())
    words = live_words()
    session = shown.session
    return {
        "view": view,
        "race": view.race,
        "flag": session["flag"],
        "flag_word": words["flags"].get(session["flag"], ""),
        "clock": shown.clock[1],
        "clock_caption": words["captions"][shown.clock[0]],
        "clock_data": session["clock"],
        "best": shown.best,
        "classes": {each["key"]: each for each in shown.classes},
        "laps": session["leader_laps"],
        "entries": len(shown.rows),
        "top": shown.rows[:3],
    }

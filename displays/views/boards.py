from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from displays.admission import needs_code
from displays.alerting import alert_context
from displays.feeds import board_of, last_race, view_of
from displays.filters import filter_of
from displays.hub import hub
from displays.models import Display
from displays.page import Follows, Seen, board_page
from displays.past import watching_then
from displays.past_page import past_page
from displays.snapshots import HEADERS, body_of, tag_of
from displays.watching import watching
from displays.words import rewind_words
from races.models import Feed, Race
from teams.doors import TeamRequest, open_display
from teams.permissions import may_write
from timing.topics import feed_topic, race_topic


@require_safe
def feed_board(request: TeamRequest, team_slug: str, feed_id: uuid.UUID) -> HttpResponse:
    """The feed's current race, and the next ones as they come."""
    return render(request, "displays/board.html", feed_page(request, feed_id))


def feed_page(request: TeamRequest, feed_id: uuid.UUID, *, asked: str = "") -> dict[str, Any]:
    """What the board, the wall and the phone of a feed have in common. `asked`: from which of our
    karts it is seen."""
    feed = get_object_or_404(Feed.objects.select_related("track"), pk=feed_id)
    view = view_of(feed)
    race = view.race or last_race(feed)
    return _team_page(
        request,
        feed,
        race,
        seen=lambda: board_of(race, feed_state=view.state),
        asked=asked,
        follows="feed",
        channels=[feed_topic(feed.pk), *([race_topic(race.pk)] if race else [])],
        path=reverse("feed-board", args=[request.team.slug, feed.pk]),
        title=feed.name,
        waiting_for=_("%(feed)s shows no race at the moment. This page fills by itself.")
        % {"feed": feed.name},
    )


@require_safe
def race_board(request: TeamRequest, team_slug: str, race_id: uuid.UUID) -> HttpResponse:
    """This race, whatever its feed shows now."""
    race = get_object_or_404(Race.objects.select_related("feed"), pk=race_id)
    page = _team_page(
        request,
        race.feed,
        race,
        seen=lambda: board_of(race),
        follows="race",
        channels=[race_topic(race.pk)],
        path=request.path,
        title=race.title,
    )
    return render(request, "displays/board.html", page)


def _team_page(
    request: TeamRequest,
    feed: Feed,
    race: Race | None,
    *,
    seen: Callable[[], Seen],
    follows: Follows,
    channels: list[str],
    path: str,
    asked: str = "",
    **options: Any,
) -> dict[str, Any]:
    """`seen`: the board as it is now, asked for by a page of the present alone."""
    query, team = request.GET.dict(), request.team
    is_feed = follows == "feed"
    past = past_page(query, feed=feed, race=race, team=team, follows_feed=is_feed)
    if past:
        race, board = past.race, past.seen()
        watched = watching_then(past.found, team=team, feed=feed, race=race, asked=asked)
    else:
        board = seen()
        watched = watching(team=team, feed=feed, race=race, board=board.board, asked=asked)
    page = board_page(
        seen=board,
        race=str(race.pk) if race else "",
        watching=watched,
        chosen=filter_of(query),
        then=past.at if past else None,
        follows=follows,
        channels=[] if past and past.delay_s else channels,  # a late page hears nothing new
        keep=None if past else _keep(request, feed, path),
        **_team_links(team.slug),
        **options,
    )
    late = past if past and past.delay_s else None
    alerts = alert_context(request, until=late.at if late else None)
    page["live"]["alerts"] = {"channel": alerts["channel"]} if alerts else None
    page["live"]["rewind"] = _rewind(team.slug)
    if past:
        if race is None or (is_feed and late):
            chunk = reverse("feed-chunk", args=[team.slug, feed.pk])
        else:
            chunk = reverse("race-chunk", args=[team.slug, race.pk])
        page["live"]["past"] = past.live(chunk)
    mark_href = reverse("watch-mark", args=[request.team.slug, feed.pk])
    page["live"]["mark_href"] = f"{mark_href}?race=RACE&key=KEY"
    return {
        **page,
        "feed": feed,
        "race": race,
        "past": past,
        "same_moment": past.query if past else "?",
        "alerts": alerts,
        "may_write": may_write(request),
        "mark_href": mark_href,
    }


def _rewind(team_slug: str) -> dict[str, Any]:
    """Where one looks back in a race, with RACE where its id stands."""
    races = reverse("races", args=[team_slug])
    about = f"{races}RACE/rewind/"
    return {"about": about, "chunk": f"{about}chunk/", "words": rewind_words()}


def _keep(request: TeamRequest, feed: Feed, path: str) -> dict[str, str]:
    """Under what a browser keeps a board of the present for its person."""
    return {
        "path": path,
        "owner": str(request.user.pk),
        "team": request.team.slug,
        "feed": str(feed.pk),
        "name": feed.name,
    }


def _team_links(team_slug: str) -> dict[str, Any]:
    # The browser puts the current race where RACE stands, so the pattern is made by hand.
    races = reverse("races", args=[team_slug])
    return {
        "home_url": reverse("team-home", args=[team_slug]),
        "home_label": _("Team home"),
        "race_href": f"{races}RACE/",
    }


@require_safe
@needs_code
def public_board(request: HttpRequest, code: str) -> HttpResponse:
    """What a display is bound to, for whoever has its link: no login, and nothing of the team."""
    with open_display(code) as display:
        assert isinstance(display, Display)
        feed, state, race = _shown(display)
        past = past_page(
            request.GET.dict(),
            feed=feed,
            race=race,
            team=None,
            follows_feed=display.race_id is None,
            moments=False,
        )
        race = past.race if past else race
        page = board_page(
            seen=past.seen() if past else board_of(race, feed_state=state),
            follows="display",
            channels=[] if past else [f"display.{code}"],
            then=past.at if past else None,
            race=str(race.pk) if race else "",
            title=display.name,
            socket=f"/ws/?display={code}",
            keep=None if past else {"path": request.path, "owner": "", "name": display.name},
            waiting_for=_("This board fills by itself when the race begins."),
        )
        if past:
            page["live"]["past"] = past.live(reverse("display-chunk", args=[code]))
        page |= {"public": True, "past": past, "display_code": code}
        response = render(request, "displays/board.html", page)
    response["Cache-Control"] = "no-store"
    response["X-Robots-Tag"] = "noindex"
    return response


@require_safe
@needs_code
def public_board_json(request: HttpRequest, code: str) -> HttpResponse:
    """The board of a display for programs: `topic`, `epoch`, `seq`, `at` and `board` as a socket
    gets them; numbers are null where the board is made from facts, `board` where there is none.
    """
    with open_display(code) as display:
        assert isinstance(display, Display)
        _feed, _state, race = _shown(display)
        snapshot = hub.snapshot(race_topic(race.pk)) if race else None
        seen = board_of(race)
    if snapshot is not None:
        response = HttpResponse(body_of(snapshot))
        response["ETag"] = tag_of(snapshot)
    else:
        numbers = dict.fromkeys(("topic", "epoch", "seq"))
        response = JsonResponse({**numbers, "at": seen.at, "board": seen.board})
    for name, value in HEADERS:
        response[name.decode()] = value.decode()
    return response


def _shown(display: Display) -> tuple[Feed, str, Race | None]:
    """Asked in the scope, not by the foreign key, which would pass it by: what the team no longer
    follows its displays no longer show.
    """
    if display.race_id is not None:
        race = get_object_or_404(Race.objects.select_related("feed"), pk=display.race_id)
        return race.feed, "", race
    feed = get_object_or_404(Feed, pk=display.feed_id)
    view = view_of(feed)
    return feed, view.state, view.race or last_race(feed)

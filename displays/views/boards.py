from __future__ import annotations

import uuid
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from displays.admission import needs_code
from displays.alerting import alert_context
from displays.feeds import board_of, last_race, view_of
from displays.filters import filter_of
from displays.models import Display
from displays.page import Seen, board_page
from displays.watching import watching
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
    channels = [feed_topic(feed.pk), *([race_topic(race.pk)] if race else [])]
    return _team_page(
        request,
        feed,
        race,
        seen=board_of(race, feed_state=view.state),
        asked=asked,
        follows="feed",
        channels=channels,
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
        seen=board_of(race),
        follows="race",
        channels=[race_topic(race.pk)],
        title=race.title,
    )
    return render(request, "displays/board.html", page)


def _team_page(
    request: TeamRequest,
    feed: Feed,
    race: Race | None,
    *,
    seen: Seen,
    asked: str = "",
    **options: Any,
) -> dict[str, Any]:
    page = board_page(
        seen=seen,
        race=str(race.pk) if race else "",
        watching=watching(team=request.team, feed=feed, race=race, board=seen.board, asked=asked),
        chosen=filter_of(request.GET.dict()),
        **_team_links(request.team.slug),
        **options,
    )
    alerts = alert_context(request)
    page["live"]["alerts"] = {"channel": alerts["channel"]} if alerts else None
    mark_href = reverse("watch-mark", args=[request.team.slug, feed.pk])
    page["live"]["mark_href"] = f"{mark_href}?race=RACE&key=KEY"
    return {
        **page,
        "feed": feed,
        "race": race,
        "alerts": alerts,
        "may_write": may_write(request),
        "mark_href": mark_href,
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
        state, race = _shown(display)
        page = board_page(
            seen=board_of(race, feed_state=state),
            follows="display",
            channels=[f"display.{code}"],
            race=str(race.pk) if race else "",
            title=display.name,
            socket=f"/ws/?display={code}",
            waiting_for=_("This board fills by itself when the race begins."),
        )
        response = render(request, "displays/board.html", {**page, "public": True})
    response["Cache-Control"] = "no-store"
    response["X-Robots-Tag"] = "noindex"
    return response


def _shown(display: Display) -> tuple[str, Race | None]:
    """Asked in the scope, not by the foreign key, which would pass it by: what the team no longer
    follows its displays no longer show.
    """
    if display.race_id is not None:
        return "", get_object_or_404(Race, pk=display.race_id)
    feed = get_object_or_404(Feed, pk=display.feed_id)
    view = view_of(feed)
    return view.state, view.race or last_race(feed)

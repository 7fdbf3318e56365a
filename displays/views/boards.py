from __future__ import annotations

import uuid

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from displays.feeds import board_of, last_race, view_of
from displays.models import Display
from displays.page import board_page
from races.models import Feed, Race
from teams.doors import TeamRequest, open_display
from timing.topics import feed_topic, race_topic


@require_safe
def feed_board(request: TeamRequest, team_slug: str, feed_id: uuid.UUID) -> HttpResponse:
    """The feed's current race, and the next ones as they come."""
    feed = get_object_or_404(Feed.objects.select_related("track"), pk=feed_id)
    view = view_of(feed)
    race = view.race or last_race(feed)
    channels = [feed_topic(feed.pk), *([race_topic(race.pk)] if race else [])]
    page = board_page(
        seen=board_of(race, feed_state=view.state),
        follows="feed",
        channels=channels,
        race=str(race.pk) if race else "",
        title=feed.name,
        waiting_for=_("%(feed)s shows no race at the moment. This page fills by itself.")
        % {"feed": feed.name},
        **_team_links(team_slug),
    )
    return render(request, "displays/board.html", page)


@require_safe
def race_board(request: TeamRequest, team_slug: str, race_id: uuid.UUID) -> HttpResponse:
    """This race, whatever its feed shows now."""
    race = get_object_or_404(Race.objects.select_related("feed"), pk=race_id)
    page = board_page(
        seen=board_of(race),
        follows="race",
        channels=[race_topic(race.pk)],
        race=str(race.pk),
        title=race.title,
        **_team_links(team_slug),
    )
    return render(request, "displays/board.html", page)


def _team_links(team_slug: str) -> dict[str, str]:
    # The browser puts the current race where RACE stands, so the pattern is made by hand.
    races = reverse("races", args=[team_slug])
    return {
        "home_url": reverse("team-home", args=[team_slug]),
        "home_label": _("Team home"),
        "race_href": f"{races}RACE/",
    }


@require_safe
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

from __future__ import annotations

import uuid

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from races import services
from races.forms import AddFeedForm, TrackSearch
from races.models import Feed, Follow, Track
from teams.doors import TeamRequest
from teams.permissions import needs_write

TRACKS_A_PAGE = 30


@require_http_methods(["GET", "HEAD", "POST"])
@needs_write
def add_feed(request: TeamRequest, team_slug: str) -> HttpResponse:
    data = request.POST if request.method == "POST" else None
    form = AddFeedForm(data, team=request.team)
    if request.method == "POST" and form.is_valid() and form.save():
        assert form.feed is not None
        messages.success(request, _("You now follow %(feed)s.") % {"feed": form.feed.name})
        return redirect("feed-board", team_slug=team_slug, feed_id=form.feed.pk)
    search = TrackSearch(request.GET)
    page = Paginator(search.tracks(), TRACKS_A_PAGE).get_page(request.GET.get("page"))
    context = {
        "form": form,
        "search": search,
        "page": page,
        "followed": set(Follow.objects.values_list("feed__track_id", flat=True)),
        "countries": _countries(),
    }
    return render(request, "races/add_feed.html", context, status=200 if not form.errors else 422)


def _countries() -> list[str]:
    found = Track.objects.filter(is_active=True).exclude(country="")
    return list(found.order_by("country").values_list("country", flat=True).distinct())


@require_http_methods(["GET", "HEAD", "POST"])
@needs_write
def unfollow(request: TeamRequest, team_slug: str, feed_id: uuid.UUID) -> HttpResponse:
    """GET asks first: it closes boards on everybody's screens, perhaps in the middle of a race."""
    feed = get_object_or_404(Feed, pk=feed_id)
    if request.method != "POST":
        return render(request, "races/unfollow.html", {"feed": feed})
    services.unfollow_feed(team=request.team, feed=feed)
    messages.success(
        request,
        _("You no longer follow %(feed)s. Its races are kept: follow it again to see them.")
        % {"feed": feed.name},
    )
    return redirect("team-home", team_slug=team_slug)

from __future__ import annotations

import uuid

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from displays.page import around_us
from displays.views.boards import feed_page
from teams.doors import TeamRequest

ROWS = 7


@require_safe
def wall(request: TeamRequest, team_slug: str, feed_id: uuid.UUID) -> HttpResponse:
    """A screen in the pit that is read from three metres: our kart and who is around it."""
    page = feed_page(request, feed_id, asked=request.GET.get("kart", ""))
    page |= around_us(page, short=True, rows=ROWS)
    return render(request, "displays/wall.html", page)

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
def phone(request: TeamRequest, team_slug: str, feed_id: uuid.UUID) -> HttpResponse:
    """Our kart in the hand: now, the whole board, alerts."""
    page = feed_page(request, feed_id, asked=request.GET.get("kart", ""))
    everybody = around_us(page, short=False, rows=0)["near"]
    page |= around_us(page, short=False, rows=ROWS) | {"everybody": everybody}
    return render(request, "displays/phone.html", page)

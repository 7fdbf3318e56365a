from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import pgettext
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe

from displays.page import Seen, board_page
from displays.words import live_words

OFFLINE = "displays/offline.html"


@require_safe
@cache_control(no_cache=True)
def offline(request: HttpRequest) -> HttpResponse:
    """The same for everybody: the service worker keeps it, and its script knows what to show."""
    return render(request, OFFLINE, offline_page())


def offline_page() -> dict[str, Any]:
    page = board_page(seen=Seen(board=None), follows="race", channels=[], race="", title="")
    said = {
        "as_of": pgettext("a time of day, and how long ago", "as of %t, %s ago"),
        "offline": _("No connection to the server. Kept on this device,"),
    }
    return page | {"live": {"words": live_words(), "said": said}, "public": True}

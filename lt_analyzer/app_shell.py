"""The installable side of the product: the service worker, the manifest, and what the worker keeps
so that a browser without a network still has a page.

What it keeps is the same for everybody. Boards lie in IndexedDB, under whoever is signed in.
"""

from __future__ import annotations

import posixpath
import re
from dataclasses import dataclass
from functools import lru_cache
from hashlib import sha256
from pathlib import Path

from django.conf import settings
from django.contrib.staticfiles import finders
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.templatetags.static import static
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe

from displays.templatetags.look import COLOURS
from displays.views.offline import OFFLINE, offline_page

IMPORTED = re.compile(r'(?:from|import)\s*"(\.[^"]+)"')


@dataclass(frozen=True, slots=True)
class Shell:
    """Addresses of the files that the offline page wants; `version` changes with any of them."""

    version: str
    files: tuple[str, ...]


@lru_cache(maxsize=1)
def shell() -> Shell:
    return make_shell(render_to_string(OFFLINE, offline_page()))


def make_shell(page: str) -> Shell:
    """What a page links to, and what its modules import. A file that is missing is left out: the
    page does without it, and so does the worker."""
    digest = sha256(page.encode())
    linked = re.findall(rf'"({re.escape(settings.STATIC_URL)}[^"#]+)', page)
    files: dict[str, None] = {}
    waiting = list(dict.fromkeys(linked))
    while waiting:
        url = waiting.pop(0)
        content = _content(url)
        if url in files or content is None:
            continue
        files[url] = None
        digest.update(content)
        if url.endswith(".js"):
            found = IMPORTED.findall(content.decode())
            waiting += [posixpath.normpath(posixpath.join(url, "..", each)) for each in found]
    return Shell(digest.hexdigest()[:16], tuple(files))


def _content(url: str) -> bytes | None:
    name = url.removeprefix(settings.STATIC_URL)
    if settings.STATIC_HASHED:
        path: Path | None = Path(settings.STATIC_ROOT) / name
    else:
        found = finders.find(name)
        path = Path(found) if isinstance(found, str) else None
    return path.read_bytes() if path is not None and path.is_file() else None


@require_safe
@cache_control(no_cache=True)
def service_worker(request: HttpRequest) -> HttpResponse:
    """At the root, so that it serves all pages of ours; a template, because it speaks."""
    if settings.DEBUG:
        shell.cache_clear()
    context = {"shell": shell(), "static": settings.STATIC_URL, "hashed": settings.STATIC_HASHED}
    return render(request, "app/sw.js", context, content_type="text/javascript; charset=utf-8")


@require_safe
@cache_control(public=True, max_age=3_600)
def manifest(request: HttpRequest, code: str = "") -> HttpResponse:
    """Of a display: the app on a screen in a hall opens that board, and looks nothing up here."""
    start = reverse("display", args=[code]) if code else "/"
    said = {
        "id": start,
        "name": f"LT-Analyzer · {code}" if code else "LT-Analyzer",
        "short_name": code or "LT-Analyzer",
        "description": _("Live race timing"),
        "start_url": start,
        "scope": "/",
        "display": "fullscreen" if code else "standalone",
        "display_override": ["fullscreen", "standalone"] if code else ["standalone"],
        "background_color": COLOURS["dark"],
        "theme_color": COLOURS["dark"],
        "icons": [
            {"src": static("img/icon.svg"), "sizes": "any", "type": "image/svg+xml"},
            _png("icon-192", 192),
            _png("icon-512", 512),
            _png("icon-maskable", 512) | {"purpose": "maskable"},
        ],
    }
    return JsonResponse(said, content_type="application/manifest+json")


def _png(name: str, size: int) -> dict[str, str]:
    return {"src": static(f"img/{name}.png"), "sizes": f"{size}x{size}", "type": "image/png"}

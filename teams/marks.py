"""The mark of a browser that takes pushes: a cookie that outlives sessions, so that signing out
ends the pushes of this browser, in whichever session it subscribed. Kept as a digest.
"""

from __future__ import annotations

import secrets
from hashlib import sha256

from django.conf import settings
from django.http import HttpRequest, HttpResponse

COOKIE = "lt_browser"
LASTS_S = 400 * 86_400  # the longest that browsers keep any
CHARS = 43


def mark_of(request: HttpRequest) -> str:
    """Empty where this browser never took pushes."""
    return _digest(_secret(request))


def marked(request: HttpRequest) -> str:
    """The mark of this browser, which has one from now on: `keep` it on the answer."""
    if not _secret(request):
        request.COOKIES[COOKIE] = secrets.token_urlsafe(32)
    return mark_of(request)


def keep(request: HttpRequest, answer: HttpResponse) -> None:
    """For another while."""
    if _secret(request):
        answer.set_cookie(
            COOKIE,
            _secret(request),
            max_age=LASTS_S,
            secure=settings.SESSION_COOKIE_SECURE,
            httponly=True,
            samesite="Lax",
        )


def _secret(request: HttpRequest) -> str:
    given = request.COOKIES.get(COOKIE, "")
    return given if len(given) == CHARS and given.isascii() else ""


def _digest(secret: str) -> str:
    return sha256(secret.encode()).hexdigest() if secret else ""

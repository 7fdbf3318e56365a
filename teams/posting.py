"""Addresses that take what a form sends, and answer a POST with a page of their own."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_http_methods

View = Callable[..., HttpResponse]


def posted_from(page: str) -> Callable[[View], View]:
    """Who loads the answer again by its address, or comes back to it from signing in, is led to
    the page of the team that has the form, and not to an empty 405.

    Not for addresses that name a row: there a GET would have to look whose it is.
    """

    def posting(view: View) -> View:
        @require_http_methods(["GET", "HEAD", "POST"])
        @wraps(view)
        def asked(request: HttpRequest, team_slug: str, **kwargs: Any) -> HttpResponse:
            if request.method != "POST":
                return redirect(page, team_slug=team_slug)
            return view(request, team_slug, **kwargs)

        return asked

    return posting

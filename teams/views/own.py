from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http.response import HttpResponseBase

from teams.doors import TeamRequest, memberships_of


def own_page(view: Callable[..., HttpResponseBase]) -> Callable[..., HttpResponseBase]:
    """A page of whoever is signed in, in no team: its head offers their teams all the same."""

    @login_required
    @wraps(view)
    def answer(request: TeamRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        request.memberships = memberships_of(request.user)
        return view(request, *args, **kwargs)

    return answer

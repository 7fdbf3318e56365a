"""What a role allows on a page. Reading is every member's; changing what the team has is not."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, Concatenate, ParamSpec

from django.core.exceptions import PermissionDenied
from django.http import HttpResponse

from teams.doors import TeamRequest
from teams.enums import Role, at_least

P = ParamSpec("P")
View = Callable[Concatenate[TeamRequest, P], HttpResponse]


def may_write(request: TeamRequest) -> bool:
    return at_least(request.membership.role, Role.MANAGER)


def needs_write(view: View[P]) -> View[P]:
    """403 for members who only read. A stranger never gets here: the door answers 404."""

    @wraps(view)
    def checked(request: TeamRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not may_write(request):
            raise PermissionDenied
        return view(request, *args, **kwargs)

    return checked

"""What a role allows: one table for pages, the API and sockets."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, Concatenate, ParamSpec, TypeVar

from django.core.exceptions import PermissionDenied
from django.http.response import HttpResponseBase

from teams.doors import Person, TeamRequest
from teams.enums import Access, Role

P = ParamSpec("P")
R = TypeVar("R", bound=HttpResponseBase)
View = Callable[Concatenate[TeamRequest, P], R]

DASHBOARD_READ = "dashboard:read"
DASHBOARD_WRITE = "dashboard:write"
ALERTS_READ = "alerts:read"
TEAM_MANAGE = "team:manage"
SYSTEM_READ = "system:read"
BROADCAST = "broadcast"

_VIEWER = frozenset({DASHBOARD_READ})
_MEMBER = _VIEWER | {ALERTS_READ}
_MANAGER = _MEMBER | {DASHBOARD_WRITE}
_OWNER = _MANAGER | {TEAM_MANAGE}

PERMISSIONS: dict[str, frozenset[str]] = {
    Role.VIEWER: _VIEWER,
    Role.MEMBER: _MEMBER,
    Role.MANAGER: _MANAGER,
    Role.OWNER: _OWNER,
}
# A token of a team acts with the rights of a manager at most: it cannot let anybody in.
OF_TOKENS: dict[str, frozenset[str]] = {Access.READ: _MEMBER, Access.WRITE: _MANAGER}
OF_STAFF = frozenset({SYSTEM_READ, BROADCAST})


def allows(role: str, permission: str) -> bool:
    """An unknown role has no rights: fail closed."""
    return permission in PERMISSIONS.get(role, frozenset())


def roles_with(permission: str) -> list[str]:
    return [role for role, held in PERMISSIONS.items() if permission in held]


def platform_permissions(user: Person) -> frozenset[str]:
    """What a person may do to the installation, whatever the team."""
    return OF_STAFF if user.is_active and user.is_staff else frozenset()


# -- pages


def may(request: TeamRequest, permission: str) -> bool:
    return allows(request.membership.role, permission)


def may_write(request: TeamRequest) -> bool:
    return may(request, DASHBOARD_WRITE)


def needs(permission: str) -> Callable[[View[P, R]], View[P, R]]:
    """403 for members without it. A stranger never gets here: the door answers 404."""

    def checking(view: View[P, R]) -> View[P, R]:
        @wraps(view)
        def checked(request: TeamRequest, *args: Any, **kwargs: Any) -> R:
            if not may(request, permission):
                raise PermissionDenied
            return view(request, *args, **kwargs)

        return checked

    return checking


def needs_write(view: View[P, R]) -> View[P, R]:
    return needs(DASHBOARD_WRITE)(view)


def needs_owner(view: View[P, R]) -> View[P, R]:
    return needs(TEAM_MANAGE)(view)

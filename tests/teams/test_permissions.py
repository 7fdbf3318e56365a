from __future__ import annotations

import pytest
from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse

from teams.doors import TeamRequest
from teams.enums import Role
from teams.models import Membership, User
from teams.permissions import PERMISSIONS, allows, needs, platform_permissions, roles_with


def test_the_table() -> None:
    assert {role: sorted(held) for role, held in PERMISSIONS.items()} == {
        "viewer": ["dashboard:read"],
        "member": ["alerts:read", "dashboard:read"],
        "manager": ["alerts:read", "dashboard:read", "dashboard:write"],
        "owner": ["alerts:read", "dashboard:read", "dashboard:write", "team:manage"],
    }


def test_a_role_nobody_knows_allows_nothing() -> None:
    assert not allows("root", "dashboard:read")
    assert not allows(Role.OWNER, "everything")


def test_roles_with_a_permission() -> None:
    assert sorted(roles_with("alerts:read")) == ["manager", "member", "owner"]


def test_the_installation_is_for_active_staff() -> None:
    assert platform_permissions(User(is_staff=True)) == {"system:read", "broadcast"}
    assert platform_permissions(User(is_staff=True, is_active=False)) == set()
    assert platform_permissions(User()) == set()
    assert platform_permissions(AnonymousUser()) == set()


def test_a_page_is_refused_to_who_lacks_the_permission() -> None:
    request = TeamRequest()
    request.membership = Membership(role=Role.MEMBER)

    @needs("alerts:read")
    def alerts(request: TeamRequest) -> HttpResponse:
        return HttpResponse("seen")

    @needs("dashboard:write")
    def rules(request: TeamRequest) -> HttpResponse:
        return HttpResponse("changed")

    assert alerts(request).content == b"seen"
    with pytest.raises(PermissionDenied):
        rules(request)

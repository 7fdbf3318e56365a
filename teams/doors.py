"""The doors: each resolves who is asking and for which team, and opens the scope.

Membership is looked up at every request and subscription, so that removal is immediate. These
look-ups come before there can be a scope, hence `_base_manager` inside `before_scope`.
"""

# ruff: noqa: SLF001
from __future__ import annotations

import ipaddress
from collections.abc import Awaitable, Callable, Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import Any, cast

from asgiref.sync import iscoroutinefunction, markcoroutinefunction, sync_to_async
from django.apps import apps
from django.contrib.auth.models import AnonymousUser
from django.contrib.auth.views import redirect_to_login
from django.http import Http404, HttpRequest, HttpResponseBase
from django.urls import Resolver404, ResolverMatch, resolve
from django.utils import timezone

from teams.audit import Actor, acting
from teams.models import Membership, Team, User
from teams.scoping import Scope, TeamModel, before_scope, every_team, scope, scope_of

Person = User | AnonymousUser


class TeamRequest(HttpRequest):
    """What a view under `/t/<team_slug>/` is given."""

    user: User
    team: Team
    membership: Membership
    memberships: list[Membership]


def memberships_of(user: Person) -> list[Membership]:
    """A person's memberships with their teams, by team name. Needs no scope: it chooses one."""
    if not (user.is_authenticated and user.is_active):
        return []
    with before_scope("memberships of a person"):
        found = Membership._base_manager.select_related("team").filter(user=user.pk)
        return list(found.order_by("team__name", "team__slug"))


def membership_of(user: Person, slug: str) -> Membership:
    """Raises Http404 for a stranger as for a team that does not exist."""
    return chosen(memberships_of(user), slug)


def chosen(memberships: Iterable[Membership], slug: str) -> Membership:
    for membership in memberships:
        if membership.team.slug == slug:
            return membership
    raise Http404


def belongs_elsewhere(user: User, opened: Scope) -> bool:
    """Is this person also in a team that the scope does not hold? Whoever takes over the account
    would be let into that team."""
    if opened.teams is None:
        return False
    with before_scope("other teams of a person"):
        theirs = Membership._base_manager.filter(user=user)
        return theirs.exclude(team__in=opened.teams).exists()


def client_address(request: HttpRequest) -> str | None:
    """Who asks, as the server was told: uvicorn has read the proxy's headers where it trusts it.
    None where there is no address (a Unix socket)."""
    given = str(request.META.get("REMOTE_ADDR", "")).partition("%")[0]
    try:
        found = ipaddress.ip_address(given)
    except ValueError:
        return None
    mapped = getattr(found, "ipv4_mapped", None)
    return str(mapped or found)


# -- HTTP: pages of a team, and the admin


class TeamMiddleware:
    """Opens the scope of `/t/<team_slug>/…` and of the admin, around view and template, and says
    who acts, for the audit log.

    Stands after AuthenticationMiddleware. A streamed body is sent after the scope has closed and
    opens its own.
    """

    sync_capable = True
    async_capable = True

    def __init__(self, get_response: Callable[[HttpRequest], Any]) -> None:
        self.get_response = get_response
        self.is_async = iscoroutinefunction(get_response)
        if self.is_async:
            markcoroutinefunction(self)

    def __call__(self, request: HttpRequest) -> HttpResponseBase | Awaitable[HttpResponseBase]:
        match = _match(request)
        if self.is_async:
            return self.answer(request, match)
        with acting(lambda: _actor(request)):
            door = _door(request, match)
            if isinstance(door, HttpResponseBase):
                return door
            with door:
                return cast(HttpResponseBase, self.get_response(request))

    async def answer(self, request: HttpRequest, match: ResolverMatch | None) -> HttpResponseBase:
        with acting(lambda: _actor(request)):
            if not _has_door(match):  # most requests, spared the way to a thread and back
                return cast(HttpResponseBase, await self.get_response(request))
            door = await sync_to_async(_door)(request, match)
            if isinstance(door, HttpResponseBase):
                return door
            with door:
                return cast(HttpResponseBase, await self.get_response(request))


def _actor(request: HttpRequest) -> Actor:
    user = request.user
    return Actor(user.pk, user.get_username(), address=client_address(request))


def _has_door(match: ResolverMatch | None) -> bool:
    return match is not None and ("team_slug" in match.kwargs or "admin" in match.app_names)


def _door(
    request: HttpRequest, match: ResolverMatch | None
) -> AbstractContextManager[Any] | HttpResponseBase:
    if match is None or not _has_door(match):
        return nullcontext()
    if "team_slug" in match.kwargs:
        return _team_door(cast(TeamRequest, request), match.kwargs["team_slug"])
    return admin_door(request.user)


def _match(request: HttpRequest) -> ResolverMatch | None:
    try:
        return resolve(request.path_info)
    except Resolver404:
        return None


def _team_door(request: TeamRequest, slug: str) -> AbstractContextManager[Any] | HttpResponseBase:
    # Both questions in one standing before the database: changing it costs a round trip.
    with before_scope("who asks, and for which team"):
        if not request.user.is_authenticated:
            return redirect_to_login(request.get_full_path())
        # All of them in one query: the page's head offers the other teams.
        request.memberships = memberships_of(request.user)
    request.membership = chosen(request.memberships, slug)
    request.team = request.membership.team
    return _inside(request.team)


@contextmanager
def _inside(team: Team) -> Iterator[None]:
    """Times of day on its pages are those of its own clocks."""
    with scope(team), timezone.override(team.clock):
        yield


def admin_door(user: Person) -> AbstractContextManager[Any]:
    """Every team for superusers; for other staff the teams that they belong to."""
    if not (user.is_active and user.is_staff):
        return nullcontext()
    if user.is_superuser:
        return every_team("admin", actor=user.get_username())
    return scope_of(teams_of(user))


# -- sockets


def teams_of(user: Person) -> list[Team]:
    return [membership.team for membership in memberships_of(user)]


@contextmanager
def socket_door(user: Person) -> Iterator[list[Team]]:
    """The scope of all teams of a person: a topic may be subscribed if its row is found in it."""
    teams = teams_of(user)
    with scope_of(teams):
        yield teams


# -- displays


@contextmanager
def open_display(code: str) -> Iterator[TeamModel]:
    """A public display by its link, with the scope of its team. Http404 if unknown or disabled.

    The model is asked for by name because imports may not go left, and tenancy stays here.
    """
    if not code.isalnum():  # PostgreSQL would fail on some of what can stand in an address
        raise Http404
    displays = apps.get_model("displays", "Display")._base_manager
    with before_scope("display"):
        display = displays.select_related("team").filter(code=code, is_enabled=True).first()
    if display is None:
        raise Http404
    with scope(display.team):
        yield display

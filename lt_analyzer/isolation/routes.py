"""Every address the product answers at, and what stands behind it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import product
from typing import Any

from django.apps import apps
from django.urls import URLPattern, URLResolver, get_resolver

from lt_analyzer.isolation.world import World

PARAMETER = re.compile(r"<(?:\w+:)?(\w+)>")  # of path()
PATTERN = re.compile(r"\(\?P<(\w+)>[^()]*\)")  # of re_path(), which routers use
METHODS = ("get", "post", "put", "patch", "delete")


@dataclass(frozen=True, slots=True)
class Route:
    route: str  # as written in urls.py, joined
    kwargs: tuple[str, ...]

    @property
    def is_admin(self) -> bool:
        return self.route.startswith("admin/")

    @property
    def is_api(self) -> bool:
        return self.route.startswith("api/")

    @property
    def is_of_a_team(self) -> bool:
        return "team_slug" in self.kwargs

    def path(self, values: dict[str, Any]) -> str:
        """The address with its parameters filled in."""
        made = PATTERN.sub(lambda found: str(values[found[1]]), self.route)
        made = PARAMETER.sub(lambda found: str(values[found[1]]), made)
        return "/" + made.replace("^", "").removesuffix("$")

    def own_path(self, world: World) -> str:
        return self.path({name: value(self, name, world) for name in self.kwargs})

    def foreign_paths(self, ours: World, theirs: World) -> Iterator[str]:
        """Every mixture of our ids and theirs that holds at least one of theirs."""
        for choice in product((ours, theirs), repeat=len(self.kwargs)):
            if theirs in choice:
                pairs = zip(self.kwargs, choice, strict=True)
                yield self.path({name: value(self, name, world) for name, world in pairs})


def all_routes() -> list[Route]:
    return sorted(set(_walk(get_resolver(), "", ())), key=lambda route: route.route)


def _walk(resolver: URLResolver, prefix: str, kwargs: tuple[str, ...]) -> Iterator[Route]:
    for each in resolver.url_patterns:
        route = prefix + str(each.pattern)
        named = (*kwargs, *each.pattern.regex.groupindex)
        if isinstance(each, URLPattern):
            yield Route(route, named)
        else:
            yield from _walk(each, route, named)


# What a parameter of a route stands for. The race, feed and entry are of the private feed.
VALUES: dict[str, Callable[[World], Any]] = {
    "team_slug": lambda world: world.team.slug,
    "feed_id": lambda world: world.private.pk,
    "race_id": lambda world: world.race.pk,
    "entry_id": lambda world: world.entry.pk,
    "key": lambda world: world.entry.key,
}
# Of which model a key is, by the part of the address before it.
KEY_UNDER: dict[str, str] = {
    "alert-rules": "timing.AlertRule",
    "alerts": "timing.Alert",
    "deliveries": "teams.Delivery",
    "devices": "teams.PushSubscription",
    "displays": "displays.Display",
    "invitations": "teams.Invitation",
    "members": "teams.Membership",
    "monitors": "timing.Monitor",
    "rules": "timing.AlertRule",
    "tokens": "teams.ApiToken",
    "watch": "timing.Monitor",
    "webhooks": "teams.Webhook",
}

# Addresses that answer without a team, each for a reason.
OPEN: dict[str, str] = {
    "": "the landing page; a member is led to the own team",
    "accounts/login/": "signing in comes before any team",
    "accounts/logout/": "leaving needs no team",
    "api/": "leads to the API's description",
    "api/docs/": "the API's description holds no data",
    "api/schema/": "the API's description holds no data",
    "api/me/": "who asks, in which of their own teams",
    "auth/token": "a name and password for tokens: comes before any team",
    "auth/token/refresh": "a refresh token for the next ones",
    "auth/token/revoke": "a token for nothing",
    "api/health": "for monitoring: names the shared feeds, which are public pages, and no other",
    "health": "for monitoring: names the shared feeds, which are public pages, and no other",
    "favicon.ico": "a file of ours",
    "alerts/stop/<str:token>/": "the signed link in a mail is the key, and does this one thing",
    "push/renew/": "a browser's old address, which it alone knows, is the key",
    "sw.js": "a file of ours, with words",
    "account/": "one's own account, sessions and memberships",
    "account/address/": "one's own account",
    "account/address/send/": "one's own account",
    "account/delete/": "one's own account; names the teams that one alone owns",
    "account/export/": "one's own data",
    "account/password/": "one's own account",
    "account/reset/": "comes before signing in, and answers the same for every address",
    "account/reset/<uidb64>/<token>/": "the token is the key",
    "account/reset/done/": "says that it is done",
    "account/reset/sent/": "says that a mail may have been sent",
    "account/programs/end/": "one's own programs, by names that nobody else has",
    "account/sessions/end/": "one's own sessions, by handles that nobody else has",
    "account/verify/<str:token>/": "the signed token is the key",
    "join/<str:token>/": "an invitation: the token is the key",
    "teams/": "lists the teams of who asks, and founds new ones",
    "d/<slug:code>/": "a public board: the code is the key",
}


def value(route: Route, name: str, world: World) -> Any:
    """What a parameter stands for in a world. KeyError: teach VALUES or KEY_UNDER."""
    if name in VALUES:
        return VALUES[name](world)
    before = re.split(rf"<\w+:{name}>|\(\?P<{name}>", route.route)[0]
    return world.of(apps.get_model(KEY_UNDER[before.strip("/^").split("/")[-1]])).pk

"""Every address the product answers at, and what stands behind it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import product
from typing import Any

from django.apps import apps
from django.urls import URLPattern, URLResolver, get_resolver

from displays.models import Display
from lt_analyzer.isolation.world import Rows, World
from races.models import Entry, Feed, Race
from teams.models import Team, User, Webhook
from timing.models import Alert, AlertRule, Monitor

PARAMETER = re.compile(r"<(?:\w+:)?(\w+)>")  # of path()
PATTERN = re.compile(r"\(\?P<(\w+)>[^()]*\)")  # of re_path(), which routers use
METHODS = ("get", "post", "put", "patch", "delete")
OF_PAGES = ("get", "post")


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
        """On the feed in common, where another team is nearest."""
        return self.path(self._values(world.places[1]))

    def foreign_paths(self, ours: World, theirs: World) -> list[str]:
        """Every mixture of our ids and theirs that holds at least one that is theirs alone."""
        found: dict[str, None] = {}
        for mine, others in zip(ours.places, theirs.places, strict=True):
            pairs = zip(self._values(mine).items(), self._values(others).values(), strict=True)
            for choice in product(*({(name, a), (name, b)} for (name, a), b in pairs)):
                if dict(choice) != self._values(mine):
                    found[self.path(dict(choice))] = None
        return list(found)

    def _values(self, rows: Rows) -> dict[str, Any]:
        return {name: value(self, name, rows) for name in self.kwargs}


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


# What a parameter of a route stands for, given the rows of a team on one feed.
VALUES: dict[str, Callable[[Rows], Any]] = {
    "team_slug": lambda rows: rows[Team].slug,
    "feed_id": lambda rows: rows[Feed].pk,
    "race_id": lambda rows: rows[Race].pk,
    "entry_id": lambda rows: rows[Entry].pk,
    "key": lambda rows: rows[Entry].key,
    "code": lambda rows: rows[Display].code,
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
    "health/ready": "for load balancers: which parts of this process are there",
    "metrics": "numbers for superusers and for who holds METRICS_TOKEN; nothing to others",
    "broadcast": "what platform staff say to all; others are refused",
    "stats": "counts without names, for platform staff; others are refused",
    "system/": "how the installation does, for platform staff; to others it is not there",
    "system/say/": "where platform staff announce; to others it is not there",
    "system/say/<uuid:pk>/end/": "where platform staff take it back; to others it is not there",
    "favicon.ico": "a file of ours",
    "alerts/stop/<str:token>/": "the signed link in a mail is the key, and does this one thing",
    "push/renew/": "a browser's old address, which it alone knows, is the key",
    "sw.js": "a file of ours, with words",
    "manifest.webmanifest": "a file of ours, with words",
    "d/<slug:code>/manifest.webmanifest": "says the code that it is asked with; looks nothing up",
    "offline/": "a page without data, for browsers without a network",
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
    "d/<slug:code>/board.json": "a public display, by its code: its board for programs",
    "d/<slug:code>/rewind/": "a public display, by its code: the board as it was minutes ago",
}


def value(route: Route, name: str, rows: Rows) -> Any:
    """What a parameter stands for. KeyError: teach VALUES or KEY_UNDER."""
    if name in VALUES:
        return VALUES[name](rows)
    before = re.split(rf"<\w+:{name}>|\(\?P<{name}>", route.route)[0]
    return rows[apps.get_model(KEY_UNDER[before.strip("/^").split("/")[-1]])].pk


# By what names a query or a form may ask for what is another team's.
BAIT: dict[str, Callable[[Rows], Any]] = {
    "alert": lambda rows: rows[Alert].pk,
    "display": lambda rows: rows[Display].pk,
    "entry": lambda rows: rows[Entry].pk,
    "feed": lambda rows: rows[Feed].pk,
    "ids": lambda rows: rows[Alert].pk,
    "key": lambda rows: rows[Entry].key,
    "like": lambda rows: rows[AlertRule].pk,
    "monitor": lambda rows: rows[Monitor].pk,
    "q": lambda rows: rows[Team].name[1:],
    "race": lambda rows: rows[Race].pk,
    "rule": lambda rows: rows[AlertRule].pk,
    "user": lambda rows: rows[User].pk,
    "webhook": lambda rows: rows[Webhook].pk,
    "who": lambda rows: rows[User].pk,
}


def bait(world: World) -> dict[str, Any]:
    return {name: str(of(world.places[0])) for name, of in BAIT.items()}

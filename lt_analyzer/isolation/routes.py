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
# Of which model `pk` is, by the part of the address before it.
PK_UNDER: dict[str, str] = {
    "deliveries": "teams.Delivery",
    "devices": "teams.PushSubscription",
    "displays": "displays.Display",
    "webhooks": "teams.Webhook",
}


def value(route: Route, name: str, world: World) -> Any:
    if name in VALUES:
        return VALUES[name](world)
    under = route.route.split(f"<int:{name}>")[0].split(f"<uuid:{name}>")[0].rstrip("/")
    return world.of(apps.get_model(PK_UNDER[under.split("/")[-1]])).pk

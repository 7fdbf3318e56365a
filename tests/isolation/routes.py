"""Every address the product answers at, and what stands behind it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.urls import URLPattern, URLResolver, get_resolver

PARAMETER = re.compile(r"<(?:\w+:)?(\w+)>")  # of path()
PATTERN = re.compile(r"\(\?P<(\w+)>[^()]*\)")  # of re_path(), which routers use


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


def all_routes() -> list[Route]:
    return sorted(set(_walk(get_resolver(), "", ())), key=lambda route: route.route)


def _walk(resolver: URLResolver, prefix: str, kwargs: tuple[str, ...]) -> Iterator[Route]:
    for each in resolver.url_patterns:
        route = prefix + str(each.pattern)
        named = (*kwargs, *_parameters(each))
        if isinstance(each, URLPattern):
            yield Route(route, named)
        else:
            yield from _walk(each, route, named)


def _parameters(each: URLPattern | URLResolver) -> tuple[str, ...]:
    return tuple(each.pattern.regex.groupindex)

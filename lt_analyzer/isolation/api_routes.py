"""The API: lists hold own rows, single rows of another team are not there."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.urls import resolve

from lt_analyzer.isolation.asking import NOT_THERE, Asker, anonymous_problems
from lt_analyzer.isolation.findings import Probe, first_problem
from lt_analyzer.isolation.routes import METHODS, OPEN, Route, all_routes
from lt_analyzer.isolation.world import World
from teams.scoping import TeamModel


def api_routes() -> list[Route]:
    return [route for route in all_routes() if route.is_api and route.route not in OPEN]


def probe_api(ours: World, theirs: World) -> Iterator[Probe]:
    for route in api_routes():
        yield first_problem("API", route.route, api_problems(route, ours, theirs))


def api_problems(route: Route, ours: World, theirs: World) -> Iterator[str]:
    view: Any = resolve(route.path(dict.fromkeys(route.kwargs, "x"))).func
    model = view.cls.serializer_class.Meta.model
    key = getattr(ours.of(model), view.cls.lookup_field, "1")  # of a track there is no own one
    yield from anonymous_problems(route.path(dict.fromkeys(route.kwargs, key)))
    if not route.kwargs and "get" in view.actions:
        yield from _lists(route, model, ours, theirs)
    elif route.kwargs and issubclass(model, TeamModel):
        yield from _rows(route, model, ours, theirs)


def _lists(route: Route, model: Any, ours: World, theirs: World) -> Iterator[str]:
    member = Asker(ours.user)
    answer = member.ask("get", route.path({}), {"limit": 1000})
    if answer.status != 200:
        yield f"the own list answers {answer.status}: the check has no power"
        return
    if answer.leaks:
        yield "the own list shows another team"
    if issubclass(model, TeamModel):
        if not answer.json["count"]:
            yield "the own list is empty: the check has no power"
        if any(str(pk) in answer.text for pk in theirs.rows[model] if len(str(pk)) > 30):
            yield "the own list holds rows of another team"
    for team in (theirs.team.slug, "nobody"):
        for attempt in ({"data": {"team": team}}, {"headers": {"X-Team": team}}):
            if member.ask("get", route.path({}), **attempt).status != 404:
                yield "asked in the name of another team it answers"


def _rows(route: Route, model: Any, ours: World, theirs: World) -> Iterator[str]:
    member, (name,) = Asker(ours.user), route.kwargs
    for pk in theirs.rows[model]:
        for method in METHODS:
            answer = member.ask(method, route.path({name: pk}))
            if answer.status not in NOT_THERE:
                yield f"{method} of a row of another team answers {answer.status}"
            if answer.leaks:
                yield f"{method} of a row of another team shows it"
    answer = member.ask("get", route.path({name: ours.of(model).pk}))
    if answer.status not in (200, 405):
        yield f"an own row answers {answer.status}: the check has no power"
    if answer.leaks:
        yield "an own row shows another team"

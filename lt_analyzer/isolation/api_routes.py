"""The API: lists hold own rows, single rows of another team are not there."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.urls import resolve

from lt_analyzer.isolation.alone import differences
from lt_analyzer.isolation.asking import Ask, Asker, anonymous_problems, foreign_problems
from lt_analyzer.isolation.findings import Probe, first_problem
from lt_analyzer.isolation.routes import OPEN, Route, all_routes, bait
from lt_analyzer.isolation.world import World
from teams.scoping import TeamModel, scope
from teams.tokens import create_token


def api_routes() -> list[Route]:
    return [route for route in all_routes() if route.is_api and route.route not in OPEN]


def probe_api(ours: World, theirs: World) -> Iterator[Probe]:
    for route in api_routes():
        yield first_problem("API", route.route, api_problems(route, ours, theirs))


def api_problems(route: Route, ours: World, theirs: World) -> Iterator[str]:
    view: Any = resolve(route.path(dict.fromkeys(route.kwargs, "x"))).func
    model, member = view.cls.serializer_class.Meta.model, Asker(ours.user)
    # Of a track, which is nobody's own, one that is not there.
    key = getattr(ours.places[1].get(model), "pk", 0)
    own = route.path(dict.fromkeys(route.kwargs, key))
    yield from anonymous_problems(own)
    yield from differences(member, own_asks(own, member, theirs), theirs)
    if not route.kwargs and "get" in view.actions:
        yield from _lists(route, model, ours, theirs)
    elif route.kwargs and issubclass(model, TeamModel):
        paths = [route.path(dict.fromkeys(route.kwargs, pk)) for pk in theirs.rows[model]]
        yield from foreign_problems(member, paths)
        answer = member.ask(Ask("get", own))
        if answer.status not in (200, 405):
            yield f"an own row answers {answer.status}: the check has no power"


def own_asks(path: str, member: Asker, theirs: World) -> Iterator[Ask]:
    """Read what is ours, and write it again with their ids in the place of ours."""
    given = bait(theirs)
    yield Ask("get", path)
    yield Ask("get", path, {"limit": 1000} | given)
    row = member.ask(Ask("get", path)).json or {}
    row = next(iter(row.get("results", [row])), {})
    row |= {name: given[name] for name in row.keys() & given.keys() if row[name]}
    for method in ("post", "patch"):
        yield Ask(method, path, row | {"ids": [given["ids"]]}, "application/json")


def _lists(route: Route, model: Any, ours: World, theirs: World) -> Iterator[str]:
    path = route.path({})
    for asker in (Asker(ours.user), Asker(key=_key(ours))):
        found = asker.ask(Ask("get", path)).json
        if not (found and found.get("count")):
            yield "the own list is empty: the check has no power"
        elif issubclass(model, TeamModel):
            shown = {str(row["id"]) for row in found["results"]}
            if not {str(rows[model].pk) for rows in ours.places} <= shown:
                yield "the own list lacks own rows: the check has no power"
        for team in (theirs.team.slug, "nobody"):
            for ask, header in ((Ask("get", path, {"team": team}), None), (Ask("get", path), team)):
                if asker.ask(ask, headers={"X-Team": header} if header else None).status != 404:
                    yield "asked in the name of another team it answers"


def _key(world: World) -> str:
    with scope(world.team):
        made = create_token(team=world.team, name="-", access="write", created_by=world.user)
    return made[1]

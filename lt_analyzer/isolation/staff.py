"""The admin of somebody who is staff of one team only, with every right that Django knows."""

# ruff: noqa: SLF001
from __future__ import annotations

from collections.abc import Iterator
from itertools import chain, groupby
from typing import Any

from django.contrib import admin
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.contrib.auth.models import Permission
from django.urls import reverse

from lt_analyzer.isolation.alone import differences
from lt_analyzer.isolation.asking import Ask, Asker, foreign_problems
from lt_analyzer.isolation.findings import Probe, first_problem
from lt_analyzer.isolation.routes import OF_PAGES, Route, all_routes
from lt_analyzer.isolation.world import THEIRS, World, our_models
from teams.scoping import TeamModel, every_team

REFUSED = (302, 403, 404, 405)
CLOSED = {"login", "jsi18n"}  # what the admin says to strangers: how to sign in
LOGOUT = "admin/logout/"


def admin_groups() -> dict[str, list[Route]]:
    """The admin's addresses by model."""
    routes = [route for route in all_routes() if route.is_admin]
    keyed = groupby(routes, key=lambda route: "/".join(route.route.split("/")[:3]))
    return {key: list(found) for key, found in keyed}


def limited_staff(ours: World) -> Asker:
    with every_team("isolation check"):
        ours.user.is_staff = True
        ours.user.save()
        ours.user.user_permissions.set(Permission.objects.all())
    return Asker(ours.user)


def probe_admin(ours: World, theirs: World) -> Iterator[Probe]:
    member, _neighbour = Asker(ours.user), Asker(theirs.user)  # whose session could show, too
    outside = {key: list(_for_staff(routes, member)) for key, routes in admin_groups().items()}
    staff = limited_staff(ours)
    for key, routes in admin_groups().items():
        problems = chain(outside[key], staff_problems(routes, staff, ours, theirs))
        yield first_problem("admin", key, problems)


def _for_staff(routes: list[Route], member: Asker) -> Iterator[str]:
    for route in routes:
        path = route.path(dict.fromkeys(route.kwargs, "1"))
        for who, asker in (("nobody", Asker()), ("a member who is no staff", member)):
            answer = asker.ask(Ask("get", path))
            if answer.status not in REFUSED and answer.view not in CLOSED:
                yield f"{route.route} answers {who} with {answer.status}"


def own_asks(route: Route, ours: World, theirs: World) -> Iterator[Ask]:
    """Lists, searched too; forms; every action, on their rows; what is completed as one types."""
    model = _model_of(route)
    if "object_id" in route.kwargs and model is not None:
        if model in ours.places[1]:
            yield Ask("get", route.path({"object_id": ours.places[1][model].pk}))
    elif not route.kwargs and route.route != LOGOUT:
        path = route.path({})
        yield Ask("get", path)
        if path == reverse("admin:autocomplete"):
            yield from (Ask("get", path, asked) for asked in completions())
        elif model is not None:
            yield Ask("get", path, {"q": THEIRS[1:]})
            its_admin = admin.site._registry[model]
            pks = [str(pk) for pk in theirs.rows[model]]
            for action in ("delete_selected", *(its_admin.actions or ())):
                chosen = {"action": action, ACTION_CHECKBOX_NAME: pks, "post": "yes"}
                yield Ask("post", path, chosen | {"confirmed": "yes"})


def staff_problems(routes: list[Route], staff: Asker, ours: World, theirs: World) -> Iterator[str]:
    asks = (ask for route in routes for ask in own_asks(route, ours, theirs))
    yield from differences(staff, asks, theirs)
    for route in routes:
        model = _model_of(route)
        if "object_id" in route.kwargs and model is not None and _is_of_teams(model):
            paths = [route.path({"object_id": pk}) for pk in theirs.rows[model]]
            yield from foreign_problems(staff, paths, OF_PAGES, REFUSED)


def _is_of_teams(model: Any) -> bool:
    """Rows of teams, and the people in them."""
    return issubclass(model, TeamModel) or model._meta.app_label == "teams"


def _model_of(route: Route) -> Any:
    steps = route.route.split("/")
    found = {(m._meta.app_label, m._meta.model_name): m for m in our_models()}
    return found.get((steps[1], steps[2])) if len(steps) > 3 else None


def completions() -> Iterator[dict[str, str]]:
    """Of every field that the admin completes as one types."""
    for its_admin in admin.site._registry.values():
        for each in (its_admin, *its_admin.inlines):
            for name in each.autocomplete_fields:
                yield {
                    "app_label": each.model._meta.app_label,
                    "model_name": str(each.model._meta.model_name),
                    "field_name": name,
                    "term": THEIRS[1:],
                }

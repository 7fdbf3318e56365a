"""The admin of somebody who is staff of one team only, with every right that Django knows."""

# ruff: noqa: SLF001
from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby
from typing import Any

from django.contrib import admin
from django.contrib.auth.models import Permission
from django.urls import reverse

from lt_analyzer.isolation.asking import Asker
from lt_analyzer.isolation.findings import Probe, first_problem
from lt_analyzer.isolation.routes import Route, all_routes
from lt_analyzer.isolation.world import THEIRS, World, our_models
from teams.scoping import TeamModel, every_team

REFUSED = (302, 403, 404, 405)
CLOSED = {"login", "jsi18n"}  # what the admin says to strangers: how to sign in


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
    member = Asker(ours.user)
    outside = {key: list(_for_staff(routes, member)) for key, routes in admin_groups().items()}
    staff = limited_staff(ours)
    for key, routes in admin_groups().items():
        problems = [*outside[key], *staff_problems(routes, staff, theirs)]
        yield first_problem("admin", key, problems)
    for model, name in completed_fields():
        found = completion_problems(model, name, staff)
        yield first_problem("admin", f"autocomplete {model._meta.label}.{name}", found)


def _for_staff(routes: list[Route], member: Asker) -> Iterator[str]:
    for route in routes:
        path = route.path(dict.fromkeys(route.kwargs, "1"))
        for who, asker in (("nobody", Asker()), ("a member who is no staff", member)):
            answer = asker.ask("get", path)
            if answer.status not in REFUSED and answer.view not in CLOSED:
                yield f"{route.route} answers {who} with {answer.status}"


def staff_problems(routes: list[Route], staff: Asker, theirs: World) -> Iterator[str]:
    for route in routes:
        if not route.kwargs and route.route != "admin/logout/":
            answer = staff.ask("get", route.path({}))
            if answer.leaks or answer.status >= 500:
                yield f"{route.route} shows another team to limited staff ({answer.status})"
        elif "object_id" in route.kwargs:
            yield from _rows(route, staff, theirs)


def _rows(route: Route, staff: Asker, theirs: World) -> Iterator[str]:
    model = _model_of(route)
    if model is None or not _is_of_teams(model):
        return
    for pk in theirs.rows[model]:
        for method in ("get", "post"):
            answer = staff.ask(method, route.path({"object_id": pk}), {"post": "yes"})
            if answer.status not in REFUSED or answer.leaks:
                yield f"{method} {route.route} reaches a row of another team"


def _is_of_teams(model: Any) -> bool:
    """Rows of teams, and the people in them."""
    return issubclass(model, TeamModel) or model._meta.app_label == "teams"


def _model_of(route: Route) -> Any:
    steps = route.route.split("/")
    found = {(m._meta.app_label, m._meta.model_name): m for m in our_models()}
    return found.get((steps[1], steps[2])) if len(steps) > 3 else None


def completed_fields() -> list[tuple[Any, str]]:
    """Every field that the admin completes as one types."""
    return [
        (model, name)
        for model, its_admin in admin.site._registry.items()
        for name in (
            *its_admin.autocomplete_fields,
            *(n for inline in its_admin.inlines for n in inline.autocomplete_fields),
        )
        if any(field.name == name for field in model._meta.fields)
    ]


def completion_problems(model: Any, name: str, staff: Asker) -> Iterator[str]:
    asked = {
        "app_label": model._meta.app_label,
        "model_name": model._meta.model_name,
        "field_name": name,
        "term": THEIRS.lower(),
    }
    answer = staff.ask("get", reverse("admin:autocomplete"), asked)
    if answer.status != 403 and (answer.status != 200 or answer.json["results"]):
        yield f"finds rows of another team ({answer.status})"

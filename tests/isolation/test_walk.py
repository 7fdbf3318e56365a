"""The walk over everything that could leak, which `manage.py check_team_isolation` takes too; and
that it notices when a wall is taken away."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from html import unescape
from importlib import import_module
from typing import Any

import pytest
from django.core.cache import cache
from django.db import connection
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from displays import access
from displays.access import Grant
from displays.models import Display
from lt_analyzer.celery import app
from lt_analyzer.isolation.addresses import open_addresses
from lt_analyzer.isolation.api_routes import api_problems, api_routes
from lt_analyzer.isolation.asking import Ask, Asker
from lt_analyzer.isolation.findings import Probe
from lt_analyzer.isolation.pages import page_problems, pages
from lt_analyzer.isolation.raw import probe_raw_queries, walled_models
from lt_analyzer.isolation.routes import KEY_UNDER, OPEN, Route, all_routes
from lt_analyzer.isolation.sockets import probe_sockets
from lt_analyzer.isolation.staff import admin_groups, limited_staff, probe_admin
from lt_analyzer.isolation.tables import SHARED, probe_models
from lt_analyzer.isolation.tasks import FOR_ALL, our_tasks, probe_tasks
from lt_analyzer.isolation.walk import WALKS
from lt_analyzer.isolation.world import OURS, World, our_models, team_models
from races.models import Feed, Race
from teams.admin import TeamAdmin
from teams.models import AuditEntry, Team, User
from teams.scoping import TeamManager, TeamQuerySet, every_team
from timing.models import Alert, Monitor

Walk = Callable[[World, World], Iterator[Probe]]


def problems(walk: Walk, worlds: tuple[World, World]) -> list[Probe]:
    return [probe for probe in walk(*worlds) if probe.problem]


@pytest.mark.parametrize("walk", WALKS, ids=lambda walk: walk.__name__.removeprefix("probe_"))
def test_nothing_leaks(walk: Walk, worlds: tuple[World, World]):
    assert problems(walk, worlds) == []


# -- nothing is left out


def test_every_model_has_rows_that_could_leak(worlds):
    for world in worlds:
        assert [model for model in team_models() if not world.rows[model]] == []


def test_every_kind_of_row_is_shown_to_its_owner(worlds):
    """Or it could not show in an answer to somebody else either."""
    ours = worlds[0]
    lists = [route for routes in admin_groups().values() for route in routes if is_list(route)]
    member = Asker(ours.user)
    texts = [member.ask(Ask("get", route.own_path(ours))).text for route in pages()]
    texts += [member.ask(Ask("get", r.path({}))).text for r in api_routes() if not r.kwargs]
    staff = limited_staff(ours)
    texts += [staff.ask(Ask("get", route.path({}))).text for route in lists]
    shown = unescape(" ".join(texts))

    assert [model for model in team_models() if not any_in(shown, words_of(ours, model))] == []


def is_list(route: Route) -> bool:
    """admin/<app>/<model>/"""
    return not route.kwargs and route.route.count("/") == 3


def words_of(world: World, model: Any) -> list[str]:
    with every_team("test"):
        rows = model.objects.filter(pk__in=world.rows[model]).values_list()
        texts = [value for row in rows for value in row if isinstance(value, str)]
    return [text for text in texts if OURS.lower() in text.lower()]


def any_in(text: str, words: list[str]) -> bool:
    return not words or any(word in text for word in words)


def test_every_route_is_walked():
    in_admin = [route for routes in admin_groups().values() for route in routes]
    walked = [*pages(), *open_addresses(), *api_routes(), *in_admin]

    assert sorted(walked, key=repr) == sorted(all_routes(), key=repr)


def test_every_model_is_walked(worlds):
    assert [probe.name for probe in probe_models(*worlds)] == [
        model._meta.label for model in our_models()
    ]


def test_every_table_of_teams_is_queried_by_hand(worlds):
    tables = {model._meta.db_table for model, _column in walled_models()} | {"races_track"}
    queried = {probe.name for probe in probe_raw_queries(*worlds)}

    assert queried == (tables if connection.vendor == "postgresql" else set())


def test_every_task_is_walked(worlds):
    assert {probe.name for probe in probe_tasks(*worlds)} >= set(our_tasks())
    assert set(FOR_ALL) <= set(our_tasks())


def test_nothing_is_called_open_or_shared_that_is_not_there():
    routes = {route.route for route in all_routes()}

    assert set(OPEN) <= routes
    assert set(SHARED) <= set(our_models())
    assert all([*OPEN.values(), *SHARED.values()])
    assert {name for name in KEY_UNDER if not any(f"{name}/" in route for route in routes)} == set()


# -- a wall that is taken away is missed


@pytest.fixture
def unscoped(monkeypatch: pytest.MonkeyPatch) -> Callable[[type], None]:
    """The manager of this model forgets the scope, on both walls."""

    def forget(model: type) -> None:
        scoped = TeamManager.get_queryset

        def forgetful(self: TeamManager) -> TeamQuerySet:
            if self.model is not model:
                return scoped(self)
            with every_team("mutation"):
                return scoped(self)

        monkeypatch.setattr(TeamManager, "get_queryset", forgetful)

    return forget


def test_a_manager_without_a_scope_is_noticed(unscoped, worlds):
    unscoped(Display)

    assert "displays.Display" in {probe.name for probe in problems(probe_models, worlds)}


def route_to(end: str) -> Route:
    return next(route for route in all_routes() if route.route.endswith(end))


@pytest.mark.skipif(connection.vendor == "postgresql", reason="the second wall holds instead")
@pytest.mark.parametrize(
    ("found", "end"), [(page_problems, "/races/"), (api_problems, "api/^races/$")]
)
def test_a_page_or_list_without_a_scope_is_noticed(found, end, unscoped, worlds):
    unscoped(Race)

    assert list(found(route_to(end), *worlds)) != []


def notes_of_all(team: Team, feed: Feed) -> list[Monitor]:
    with every_team("mutation"):
        return list(Monitor.objects.filter(feed=feed).select_related("entry"))


def seen_by_anybody(*, team: Team, alerts: list[Any], user: User) -> list[Any]:
    with every_team("mutation"):
        Alert.objects.filter(pk__in=alerts).update(seen_at=timezone.now())
    return []


def entries_of_all(team: Team, chosen: Any, now: Any, last: Any) -> list[AuditEntry]:
    with every_team("mutation"):
        return [] if last else list(AuditEntry.objects.filter(at__lte=now))


def one_page_for_all(request: HttpRequest, template: str, context: Any) -> HttpResponse:
    return HttpResponse(cache.get_or_set(template, lambda: render(request, template, context).text))


@pytest.mark.parametrize(
    ("module", "name", "careless", "end"),
    [
        ("displays.watching", "monitors_of", notes_of_all, "/feeds/<uuid:feed_id>/"),
        ("displays.views.alerts", "acknowledge", seen_by_anybody, "/alerts/seen/"),
        ("teams.views.audit", "_next", entries_of_all, "/audit/csv/"),
        ("displays.views.home", "render", one_page_for_all, "t/<slug:team_slug>/"),
    ],
)
def test_a_page_that_reaches_another_team_is_noticed(
    module, name, careless, end, monkeypatch, worlds
):
    route = route_to(end)
    assert list(page_problems(route, *worlds)) == []
    monkeypatch.setattr(import_module(module), name, careless)

    assert list(page_problems(route, *worlds)) != []


def test_a_channel_that_is_open_for_all_is_noticed(monkeypatch, worlds):
    monkeypatch.setattr(access, "_grant_row", lambda channel: Grant((channel,)))

    assert {probe.kind for probe in problems(probe_sockets, worlds)} == {"channel"}


def test_an_admin_that_shows_every_team_is_noticed(monkeypatch, worlds):
    def careless(self: TeamAdmin, request: object) -> HttpResponse:
        with every_team("mutation"):
            return self.model.objects.all()

    monkeypatch.setattr(TeamAdmin, "get_queryset", careless)

    assert {probe.kind for probe in problems(probe_admin, worlds)} == {"admin"}


def test_a_task_for_no_team_is_noticed(worlds):
    def careless() -> None:
        pass

    task = app.task(name="tests.careless")(careless)
    try:
        assert [probe.name for probe in problems(probe_tasks, worlds)] == ["tests.careless"]
    finally:
        app.tasks.pop(task.name)

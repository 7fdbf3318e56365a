"""The walk over everything that could leak, which `manage.py check_team_isolation` takes too; and
that it notices when a wall is taken away."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from django.db import connection
from django.http import HttpResponse

from displays import access
from displays.access import Grant
from displays.models import Display
from lt_analyzer.celery import app
from lt_analyzer.isolation.api_routes import api_routes, probe_api
from lt_analyzer.isolation.findings import Probe
from lt_analyzer.isolation.pages import other_routes, pages, probe_pages
from lt_analyzer.isolation.raw import probe_raw_queries, walled_models
from lt_analyzer.isolation.routes import KEY_UNDER, OPEN, all_routes
from lt_analyzer.isolation.sockets import probe_sockets
from lt_analyzer.isolation.staff import admin_groups, probe_admin
from lt_analyzer.isolation.tables import SHARED, probe_models
from lt_analyzer.isolation.tasks import FOR_ALL, our_tasks, probe_tasks
from lt_analyzer.isolation.walk import WALKS
from lt_analyzer.isolation.world import World, our_models, team_models
from races.models import Race
from teams.admin import TeamAdmin
from teams.scoping import TeamManager, TeamQuerySet, every_team

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


def test_every_route_is_walked():
    in_admin = [route for routes in admin_groups().values() for route in routes]
    walked = [*pages(), *other_routes(), *api_routes(), *in_admin]

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


@pytest.mark.skipif(connection.vendor == "postgresql", reason="the second wall holds instead")
@pytest.mark.parametrize(("walk", "model"), [(probe_pages, Race), (probe_api, Race)])
def test_a_page_or_list_without_a_scope_is_noticed(walk, model, unscoped, worlds):
    unscoped(model)

    assert problems(walk, worlds) != []


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

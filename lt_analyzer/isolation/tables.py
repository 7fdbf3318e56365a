"""Every model: behind the scope, or named here with the reason why it is for all."""

# ruff: noqa: SLF001
from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from django.db import models, transaction

from displays.models import Announcement
from lt_analyzer.isolation.findings import Probe, first_problem
from lt_analyzer.isolation.world import World, our_models
from races.models import Track
from teams.models import Session, Team, User
from teams.scoping import ScopeError, TeamManager, TeamModel, every_team, scope
from timing.models import IngesterState

SHARED: dict[type[models.Model], str] = {
    User: "a person is of no team by itself; memberships, which are scoped, say what it may see",
    Session: "a signed-in browser is its person's, and only that person is shown it",
    IngesterState: "a process of the installation, which runs feeds of all teams; for staff",
    Announcement: "what operators say to all teams, or on one display, whose public reads it too",
    Track: "one public catalogue for all, which teams only read",
}


def probe_models(ours: World, theirs: World) -> Iterator[Probe]:
    for model in our_models():
        yield first_problem("model", model._meta.label, _problems(model, ours, theirs))


def _problems(model: type[models.Model], ours: World, theirs: World) -> Iterator[str]:
    if not issubclass(model, TeamModel):
        if model not in SHARED:
            yield "is neither scoped nor shared for a reason"
        return
    yield from _wiring(model)
    yield from _reading(model, ours, theirs)
    yield from _writing(model, ours, theirs)
    yield from _relations(model, ours, theirs)


def _wiring(model: type[TeamModel]) -> Iterator[str]:
    for path in (*model.visible_paths(), model.owner_path()):
        if _end_of(model, path) is not Team:
            yield f"its path {path} does not lead to a team"
    if not all(isinstance(manager, TeamManager) for manager in model._meta.managers):
        yield "has a manager without a scope"
    if type(model._base_manager) is not models.Manager:
        yield "its base manager is not Django's"
    if not _refuses(model.objects.exists):
        yield "answers without a scope"


def _end_of(model: type[models.Model], path: str) -> Any:
    for step in path.split("__"):
        if step == "pk":
            break
        model = model._meta.get_field(step).related_model  # type: ignore[assignment]
    return model


def _reading(model: type[TeamModel], ours: World, theirs: World) -> Iterator[str]:
    if not (ours.rows[model] and theirs.rows[model]):
        yield "has no row that could leak: the check has no power"
    with scope(ours.team):
        seen = set(model.objects.values_list("pk", flat=True))
        if not ours.rows[model] <= seen:
            yield "own rows are not seen: the check has no power"
        if seen & theirs.rows[model]:
            yield "shows rows of another team"
        if model.objects.filter(pk__in=theirs.rows[model]).exists():
            yield "finds rows of another team by key"


def _writing(model: type[TeamModel], ours: World, theirs: World) -> Iterator[str]:
    row, name = theirs.of(model), _plain_field(model)
    attempts: dict[str, Callable[[], Any]] = {
        "save": row.save,
        "delete": row.delete,
        "bulk_update": lambda: model.objects.bulk_update([row], [name]),
    }
    with scope(ours.team):
        for what, attempt in attempts.items():
            if not _refuses(attempt):
                yield f"{what} changes a row of another team"
        if model.objects.filter(pk=row.pk).update(**{name: None}):
            yield "update reaches a row of another team"
        if model.objects.filter(pk=row.pk).delete()[0]:
            yield "delete reaches a row of another team"
    if theirs.of(model) != row:
        yield "a row of another team is gone"


def _relations(model: type[TeamModel], ours: World, theirs: World) -> Iterator[str]:
    """From a foreign row in hand, its reverse relations show nothing to us."""
    row = theirs.of(model)
    with scope(ours.team):
        for relation in model._meta.related_objects:
            name = relation.get_accessor_name()
            if not (
                name and relation.one_to_many and issubclass(relation.related_model, TeamModel)
            ):
                continue
            if list(getattr(row, name).all()):
                yield f"its {name} show rows of another team"


def _plain_field(model: type[models.Model]) -> str:
    return next(
        each.name
        for each in model._meta.concrete_fields
        if not each.primary_key and not each.is_relation
    )


def _refuses(attempt: Callable[[], Any]) -> bool:
    """Whether it raises ScopeError; what it did otherwise is undone."""
    try:
        with transaction.atomic():
            attempt()
            raise _Undo
    except ScopeError:
        return True
    except _Undo:
        return False


class _Undo(Exception):  # noqa: N818 - ends an attempt that went through
    pass


def count_rows(theirs: World) -> int:
    """How many rows could leak."""
    with every_team("isolation check"):
        return sum(len(pks) for pks in theirs.rows.values())

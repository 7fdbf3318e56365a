"""What obeys the open scope: managers and models of teams' rows. The only tenancy code there is.

Managers answer nothing without a scope (`scopes.py`). The way round is `Model._base_manager`, which
Django itself uses for foreign keys and cascades; in our own code it stands only in `teams/`, where
rows are looked up before there can be a scope.
"""

# ruff: noqa: SLF001  (this is the file that may)
from __future__ import annotations

import uuid
from collections.abc import Collection, Iterable, Sequence
from typing import Any, ClassVar, Generic, NoReturn, Self, TypeVar

from django.core.exceptions import FieldDoesNotExist
from django.db import models
from django.db.models import Q
from django.db.models.query import RawQuerySet

from teams.auditing import AuditedModel, AuditedQuerySet
from teams.scopes import (
    SYSTEM,
    Scope,
    ScopeError,
    before_scope,
    current_scope,
    current_team,
    every_team,
    opened,
    require,
    scope,
    scope_of,
)

__all__ = [
    "SYSTEM",
    "Scope",
    "ScopeError",
    "TeamManager",
    "TeamModel",
    "TeamQuerySet",
    "before_scope",
    "current_scope",
    "current_team",
    "every_team",
    "opened",
    "owns",
    "require",
    "scope",
    "scope_of",
]

Paths = str | tuple[str, ...]
M = TypeVar("M", bound="TeamModel", covariant=True)


def _condition(model: type[models.Model], path: str, ids: Collection[uuid.UUID]) -> Q:
    """Rows of `model` whose `path` ends at one of the teams.

    A step to many rows (feed -> follows) becomes a subquery: a join would double rows and spoil
    the aggregates of whoever builds on the queryset.
    """
    prefix: list[str] = []
    at: type[models.Model] = model
    steps = path.split("__")
    for position, step in enumerate(steps):
        if step == "pk":
            break
        field = at._meta.get_field(step)
        related = field.related_model
        assert isinstance(related, type), f"{model.__name__}.{path} leaves the models at {step}"
        if field.one_to_many:
            rest = "__".join(steps[position + 1 :])
            inner = _condition(related, rest, ids)
            back = field.remote_field
            assert isinstance(back, models.ForeignKey)
            links = related._base_manager.filter(inner).values(back.attname)
            return Q(**{"__".join([*prefix, "in"]) if prefix else "pk__in": links})
        prefix.append(step)
        at = related
    return Q(**{f"{path}__in": list(ids)})


def visible(model: type[TeamModel], ids: Collection[uuid.UUID]) -> Q:
    found = Q(pk__in=[])
    for path in model.visible_paths():
        found |= _condition(model, path, ids)
    return found


def writable(model: type[TeamModel], ids: Collection[uuid.UUID]) -> Q:
    return _condition(model, model.owner_path(), ids)


def _foreign(model: type[TeamModel], what: str) -> NoReturn:
    raise ScopeError(f"{model.__name__}: {what} belongs to another team, or to all of them.")


def _check_owner(
    model: type[TeamModel], objs: Sequence[models.Model], ids: list[uuid.UUID]
) -> None:
    first, _, rest = model.owner_path().partition("__")
    field = model._meta.pk if first == "pk" else model._meta.get_field(first)
    assert isinstance(field, models.Field)
    values = {getattr(obj, field.attname) for obj in objs}
    if not rest:
        if not values <= set(ids):
            _foreign(model, "the new row")
        return
    related = field.related_model
    assert isinstance(related, type)
    own = related._base_manager.filter(_condition(related, rest, ids), pk__in=values - {None})
    if None in values or own.count() != len(values):
        _foreign(model, "the new row")


def _check_references(
    model: type[TeamModel], values: dict[str, set[Any]], ids: list[uuid.UUID]
) -> None:
    """A row of ours may not point at what we may not see: a page that follows it would show it."""
    for name, wanted in values.items():
        related = model._meta.get_field(name).related_model
        wanted = wanted - {None}
        if not wanted or not (isinstance(related, type) and issubclass(related, TeamModel)):
            continue
        if related._base_manager.filter(visible(related, ids), pk__in=wanted).count() != len(
            wanted
        ):
            _foreign(model, f"what its {name} points at")


def _references(model: type[models.Model]) -> list[models.Field[Any, Any]]:
    return [field for field in model._meta.concrete_fields if field.is_relation]


def _check_stored(model: type[TeamModel], pks: Collection[Any], ids: list[uuid.UUID]) -> None:
    given = {pk for pk in pks if pk is not None}
    stored = model._base_manager.filter(pk__in=given)
    own = set(stored.filter(writable(model, ids)).values_list("pk", flat=True))
    if own == given:
        return
    with before_scope("rows of others that a write would meet"):
        if stored.exclude(pk__in=own).exists():
            _foreign(model, "the stored row")


def check_write(model: type[TeamModel], objs: Sequence[models.Model], *, stored: bool) -> None:
    """Raise ScopeError unless each row is the scope's own: as it is, and (`stored`) as it was."""
    opened = current_scope()
    if opened.teams is None or not objs:
        return
    _check_owner(model, objs, opened.ids)
    references = {
        field.name: {getattr(obj, field.attname) for obj in objs}
        for field in _references(model)
        if field.name != model.owner_path().partition("__")[0]
    }
    _check_references(model, references, opened.ids)
    if stored:
        _check_stored(model, [obj.pk for obj in objs], opened.ids)


def owns(row: TeamModel) -> bool:
    """May the scope change this stored row? For pages that offer it or do not."""
    opened = current_scope()
    if opened.teams is None:
        return True
    model = type(row)
    return model._base_manager.filter(writable(model, opened.ids), pk=row.pk).exists()


class TeamQuerySet(AuditedQuerySet[M], Generic[M]):
    """A queryset that was filtered when it was made and checks again when it writes."""

    def _check_own(self) -> None:
        opened = current_scope()
        if opened.teams is None:
            return
        own = self.model._base_manager.filter(writable(self.model, opened.ids)).values("pk")
        if self.order_by().exclude(pk__in=own).exists():
            _foreign(self.model, "a row to change")

    def _check_values(self, values: dict[str, Any]) -> None:
        opened = current_scope()
        if opened.teams is None:
            return
        given: dict[str, set[Any]] = {}
        for name, value in values.items():
            try:
                field = self.model._meta.get_field(name)
            except FieldDoesNotExist:
                continue
            if field.is_relation:
                given[field.name] = {value.pk if isinstance(value, models.Model) else value}
        first, _, rest = self.model.owner_path().partition("__")
        if first in given and not rest and not given[first] <= set(opened.ids):
            _foreign(self.model, "the new value")
        if first in given and rest:
            _check_owner(
                self.model, [self.model(**{f"{first}_id": pk}) for pk in given[first]], opened.ids
            )
        _check_references(self.model, given, opened.ids)

    def update(self, **kwargs: Any) -> int:
        self._check_own()
        self._check_values(kwargs)
        return super().update(**kwargs)

    update.alters_data = True  # type: ignore[attr-defined]

    def delete(self) -> tuple[int, dict[str, int]]:
        self._check_own()
        return super().delete()

    delete.alters_data = True  # type: ignore[attr-defined]
    delete.queryset_only = True  # type: ignore[attr-defined]

    def bulk_create(self, objs: Iterable[M], *args: Any, **kwargs: Any) -> list[M]:
        rows = list(objs)
        check_write(self.model, rows, stored=bool(kwargs.get("update_conflicts")))
        return super().bulk_create(rows, *args, **kwargs)

    def bulk_update(self, objs: Iterable[M], *args: Any, **kwargs: Any) -> int:
        rows = list(objs)
        check_write(self.model, rows, stored=True)
        return super().bulk_update(rows, *args, **kwargs)

    def raw(self, *args: Any, **kwargs: Any) -> RawQuerySet[Any]:
        if current_scope().teams is not None:
            raise ScopeError("raw() would pass by the scope.")
        return super().raw(*args, **kwargs)


class TeamManager(models.Manager[M], Generic[M]):
    """Fails closed: the path is a class attribute of the model, because Django makes managers of
    its own from this class for reverse relations."""

    def get_queryset(self) -> TeamQuerySet[M]:
        rows: TeamQuerySet[M] = TeamQuerySet(self.model, using=self._db)
        opened = current_scope()
        if opened.teams is None:
            return rows
        return rows.filter(visible(self.model, opened.ids))

    def none(self) -> TeamQuerySet[M]:
        """Nothing needs no scope: form fields start with it when modules are imported."""
        rows: TeamQuerySet[M] = TeamQuerySet(self.model, using=self._db)
        return rows.none()


class TeamModel(AuditedModel):
    """A model with rows of teams.

    `team_path`: lookups from a row to the teams that may see it, any of them will do.
    `write_path`: the one lookup to the team that may change it; `team_path` where that is one.
    What the audit log makes of it: see `AuditedModel`.
    """

    team_path: ClassVar[Paths]
    write_path: ClassVar[str] = ""

    objects: ClassVar[TeamManager[Self]] = TeamManager()

    class Meta:
        abstract = True

    @classmethod
    def visible_paths(cls) -> tuple[str, ...]:
        return (cls.team_path,) if isinstance(cls.team_path, str) else cls.team_path

    @classmethod
    def owner_path(cls) -> str:
        return cls.write_path or cls.visible_paths()[0]

    def audit_team(self) -> Any:
        first, _, rest = self.owner_path().partition("__")
        if not rest:
            return self.pk if first == "pk" else getattr(self, f"{first}_id")
        own = type(self)._base_manager.filter(pk=self.pk)
        return own.values_list(self.owner_path(), flat=True).first()

    def save(self, *args: Any, **kwargs: Any) -> None:
        # A new row with a key made here (UUID) can only be inserted; any other may overwrite.
        fresh = self._state.adding and self._meta.pk.has_default()
        check_write(type(self), [self], stored=not fresh and self.pk is not None)
        super().save(*args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> tuple[int, dict[str, int]]:
        check_write(type(self), [self], stored=True)
        return super().delete(*args, **kwargs)

"""Models and querysets that tell the audit log what they write.

Only while an actor is open (`audit.acting`): the system's writes are not recorded and cost nothing
here. An entry is written in one transaction with what it tells of.
"""

# ruff: noqa: SLF001
from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from typing import Any, ClassVar, TypeVar

from django.db import models, transaction

from teams import audit
from teams.audit_values import Values, difference, values_of

AM = TypeVar("AM", bound=models.Model, covariant=True)

# A write of more rows than this is one entry that counts them.
MAX_ROWS = 50


class AuditedModel(models.Model):
    """`is_audited`: whether its writes are recorded at all. `quiet_fields`: changes of these alone
    are not. `secret_fields`: named and never shown; encrypted fields need not be listed."""

    is_audited: ClassVar[bool] = True
    quiet_fields: ClassVar[tuple[str, ...]] = ()
    secret_fields: ClassVar[tuple[str, ...]] = ()

    class Meta:
        abstract = True

    def audit_team(self) -> Any:
        """The id of the team whose owners read of it; None: operators alone."""
        return None

    def told(self, name: str, value: Any) -> Any:
        """A value as the log says it, where the raw one would say nothing to its readers."""
        return value

    def save(self, *args: Any, **kwargs: Any) -> None:
        if not _is_recorded(type(self)):
            super().save(*args, **kwargs)
            return
        with transaction.atomic(using=kwargs.get("using"), savepoint=False):
            stored = {} if self._state.adding else _stored(type(self), [self.pk])
            super().save(*args, **kwargs)
            _changed([self], _values(stored), kwargs.get("update_fields"))

    def delete(self, *args: Any, **kwargs: Any) -> tuple[int, dict[str, int]]:
        if not _is_recorded(type(self)):
            return super().delete(*args, **kwargs)
        return _deleting([self], lambda: super(AuditedModel, self).delete(*args, **kwargs))


class AuditedQuerySet(models.QuerySet[AM, AM]):
    _is_inside = False  # bulk_update makes updates of its own

    def update(self, **kwargs: Any) -> int:
        named = {name.removesuffix("_id") for name in kwargs}
        if self._is_inside or not _is_recorded(self.model, named):
            return super().update(**kwargs)
        with transaction.atomic(using=self.db, savepoint=False):
            before = _stored(self.model, _some(self))
            done = super().update(**kwargs)
            if len(before) > MAX_ROWS:
                audit.record_many("changed", self.model, done, _team_of(before.values()))
            else:
                _rewritten(self.model, before)
            return done

    update.alters_data = True  # type: ignore[attr-defined]

    def delete(self) -> tuple[int, dict[str, int]]:
        if not _is_recorded(self.model):
            return super().delete()
        rows = list(_stored(self.model, _some(self)).values())
        return _deleting(rows, super().delete)

    delete.alters_data = True  # type: ignore[attr-defined]
    delete.queryset_only = True  # type: ignore[attr-defined]

    def bulk_create(self, objs: Iterable[AM], *args: Any, **kwargs: Any) -> list[AM]:
        rows = list(objs)
        if not _is_recorded(self.model) or not rows:
            return super().bulk_create(rows, *args, **kwargs)
        with transaction.atomic(using=self.db, savepoint=False):
            made = super().bulk_create(rows, *args, **kwargs)
            # Which of them were new is not known then, nor their keys.
            merged = kwargs.get("ignore_conflicts") or kwargs.get("update_conflicts")
            if merged or len(made) > MAX_ROWS:
                audit.record_many("created", self.model, len(made), _team_of(made))
            else:
                _changed(made, {})
            return made

    def bulk_update(self, objs: Iterable[AM], *args: Any, **kwargs: Any) -> int:
        rows = list(objs)
        inside: Any = self._chain()  # type: ignore[attr-defined]
        inside._is_inside = True
        if not _is_recorded(self.model) or not rows:
            return super(AuditedQuerySet, inside).bulk_update(rows, *args, **kwargs)
        with transaction.atomic(using=self.db, savepoint=False):
            before = _stored(self.model, [row.pk for row in rows[: MAX_ROWS + 1]])
            done = super(AuditedQuerySet, inside).bulk_update(rows, *args, **kwargs)
            if len(rows) > MAX_ROWS:
                audit.record_many("changed", self.model, done, _team_of(before.values()))
            else:
                _rewritten(self.model, before)
            return done

    def _clone(self) -> Any:
        clone: Any = super()._clone()  # type: ignore[misc]
        clone._is_inside = self._is_inside
        return clone


AuditedManager = models.Manager.from_queryset(AuditedQuerySet)


def _is_recorded(model: type[models.Model], named: set[str] | None = None) -> bool:
    if not (audit.is_open() and issubclass(model, AuditedModel) and model.is_audited):
        return False
    return named is None or not named <= set(model.quiet_fields)


def _some(rows: models.QuerySet[Any, Any]) -> list[Any]:
    return list(rows.order_by().values_list("pk", flat=True)[: MAX_ROWS + 1])


def _stored(model: type[models.Model], pks: Sequence[Any]) -> dict[Any, Any]:
    """With what their names are made of: `str` of a row often follows a foreign key."""
    if not pks:
        return {}
    found = model._base_manager.select_related(*_needed(model)).filter(pk__in=pks)
    return {row.pk: row for row in found}


def _needed(model: type[models.Model]) -> list[str]:
    fields = model._meta.concrete_fields
    return [field.name for field in fields if field.is_relation and not field.null]


def _team_of(rows: Iterable[Any]) -> Any:
    """The one team of all of them."""
    teams = {row.audit_team() for row in rows}
    return teams.pop() if len(teams) == 1 else None


def _rewritten(model: type[models.Model], before: dict[Any, Any]) -> None:
    _changed(list(_stored(model, list(before)).values()), _values(before))


def _values(rows: dict[Any, Any]) -> dict[Any, Values]:
    return {pk: values_of(row) for pk, row in rows.items()}


def _changed(
    rows: Sequence[Any], before: dict[Any, Values], only: Collection[str] | None = None
) -> None:
    """An entry for each row that is not as it was."""
    entries = []
    for row in rows:
        then = before.get(row.pk)
        old, new = difference(row, then, only)
        if then is None:
            entries.append(audit.entry("created", row.audit_team(), row, {}, new))
        elif not set(new) <= set(row.quiet_fields):
            entries.append(audit.entry("changed", row.audit_team(), row, old, new))
    audit.store(entries)


def _deleting(
    rows: list[Any], delete: Callable[[], tuple[int, dict[str, int]]]
) -> tuple[int, dict[str, int]]:
    with transaction.atomic(savepoint=False):
        # Afterwards they have no key, and their team may be gone with them.
        entries = [_obituary(row) for row in rows]
        done = delete()
        if entries:
            label = type(rows[0])._meta.label
            also = {name: count for name, count in done[1].items() if name != label and count}
            _tell(entries, done[1].get(label, 0), also)
        return done


def _obituary(row: Any) -> Any:
    team = row.audit_team()
    written = audit.entry(
        # A team that is deleted takes its log along, a person their name's link.
        "deleted",
        None if team == row.pk else team,
        row,
        difference(row, None)[1],
        {},
    )
    if written.model == "teams.user" and written.actor_id == row.pk:
        written.actor_id = None
    return written


def _tell(entries: list[Any], deleted: int, also: dict[str, int]) -> None:
    if len(entries) > MAX_ROWS:
        del entries[1:]
        entries[0].object_id = entries[0].object_name = ""
        entries[0].before = {"rows": deleted}
    if also:
        entries[0].after = {"also": also}  # counted once for all of them
    audit.store(entries)

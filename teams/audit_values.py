"""What of a row the audit log shows: small values as they are, large ones cut, secrets never."""

# ruff: noqa: SLF001
from __future__ import annotations

import json
from collections.abc import Collection
from datetime import date, datetime, time
from typing import Any

from django.core.exceptions import ObjectDoesNotExist, ValidationError
from django.db import models

from teams.scopes import before_scope
from teams.secrets import EncryptedTextField, Sealed, SecretLost

MAX_TEXT = 200
MAX_JSON = 1000
SECRET = "•••"  # noqa: S105 - what stands in its place

Values = dict[str, Any]


def values_of(row: models.Model) -> Values:
    """The row's raw values by field name; what was not loaded is left out."""
    held = row.__dict__
    fields = row._meta.concrete_fields
    return {field.name: held[field.attname] for field in fields if field.attname in held}


def difference(
    row: models.Model, then: Values | None, only: Collection[str] | None = None
) -> tuple[Values, Values]:
    """(before, after) of the fields, or of the `only` ones written, that differ from what was
    stored `then`; without that (a new row, or one that goes) those that say something."""
    now = values_of(row)
    names = [
        name for name in now if (only is None or name in only) and _differs(row, name, then, now)
    ]
    return (
        {name: shown(row, name, then[name]) for name in names} if then is not None else {},
        {name: shown(row, name, now[name]) for name in names},
    )


def _differs(row: models.Model, name: str, then: Values | None, now: Values) -> bool:
    field = row._meta.get_field(name)
    if field.primary_key:  # type: ignore[union-attr]
        return False
    if then is None and name == "team":  # the entry says it
        return False
    if then is None:
        is_stamp = getattr(field, "auto_now", False) or getattr(field, "auto_now_add", False)
        return now[name] not in (None, "", [], {}) and not is_stamp
    return name in then and _plain(field, then[name]) != _plain(field, now[name])


def _plain(field: Any, value: Any) -> Any:
    """Comparable: what was assigned may be text where what was read is a number."""
    try:
        return str(value) if isinstance(value, Sealed) else field.to_python(value)
    except SecretLost:
        return value.stored
    except (ValidationError, ValueError, TypeError):  # F("…") + 1, which the database works out
        return value


def shown(row: models.Model, name: str, value: Any) -> Any:
    field = row._meta.get_field(name)
    secret: tuple[str, ...] = getattr(row, "secret_fields", ())
    if name in secret or isinstance(field, EncryptedTextField):
        return SECRET if value not in (None, "") else ""
    if field.is_relation and value is not None:
        return {"id": str(value), "name": _name_behind(row, field, value)}
    told: Any = getattr(row, "told", None)
    return as_json(told(name, value) if told else value)


def _name_behind(row: models.Model, field: Any, value: Any) -> str:
    """By id and name, because the id alone says nothing once the other row is gone."""
    cached = row._state.fields_cache.get(field.name)
    if cached is not None and cached.pk == value:
        return name_of(cached)
    with before_scope("names in the audit log"):
        found = field.related_model._base_manager.filter(pk=value).first()
        return name_of(found) if found else ""


def name_of(row: models.Model) -> str:
    try:
        return str(row)[:MAX_TEXT]
    except ObjectDoesNotExist:  # what it is named after is gone, or hidden
        return ""


def as_json(value: Any) -> Any:
    if value is None or isinstance(value, bool | int | float):
        return value
    if isinstance(value, datetime | date | time):
        return value.isoformat()
    if isinstance(value, bytes | bytearray | memoryview):
        return f"({len(bytes(value))} bytes)"
    if isinstance(value, dict | list):
        text = json.dumps(value, default=str, ensure_ascii=False)
        is_fit = len(text) <= MAX_JSON and "\\u0000" not in text
        return json.loads(text) if is_fit else _cut(text, MAX_JSON)
    return _cut(str(value), MAX_TEXT)


def _cut(text: str, most: int) -> str:
    text = text.replace("\x00", "�")  # which PostgreSQL's JSON refuses
    return text if len(text) <= most else f"{text[: most - 1]}…"

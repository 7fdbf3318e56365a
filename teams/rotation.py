"""Every encrypted value, for what is to be done with all of them: written anew, or only tried."""

# ruff: noqa: SLF001
from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from django.apps import apps
from django.db import models

from teams.scoping import before_scope
from teams.secrets import EncryptedTextField, Sealed, SecretLost, is_current

BATCH = 500


@dataclass(slots=True)
class Rotated:
    """`unreadable`: by model, the ids of rows that none of our keys opens."""

    rewritten: int = 0
    current: int = 0
    unreadable: dict[str, list[Any]] = field(default_factory=dict)


def encrypted_fields() -> dict[type[models.Model], list[str]]:
    found = {
        model: [f.name for f in model._meta.concrete_fields if isinstance(f, EncryptedTextField)]
        for model in apps.get_models()
    }
    return {model: names for model, names in found.items() if names}


def rotate() -> Rotated:
    """Write every value anew that the first key did not write. Safe to run again, and while the
    product runs: a value that was changed meanwhile is left as it is."""
    done = Rotated()
    for model, names in encrypted_fields().items():
        for pk, sealed in _values(model, names):
            _rotate_row(model, pk, sealed, done)
    return done


def _values(model: type[models.Model], names: list[str]) -> Iterator[tuple[Any, dict[str, Sealed]]]:
    """By key, a batch at a time: what is read stays bounded, and no transaction is held."""
    last = None
    while True:
        with before_scope("secrets of every team"):
            rows = model._base_manager.order_by("pk")
            rows = rows if last is None else rows.filter(pk__gt=last)
            batch = list(rows.values_list("pk", *names)[:BATCH])
        if not batch:
            return
        for pk, *values in batch:
            yield pk, {n: v for n, v in zip(names, values, strict=True) if v is not None}
        last = batch[-1][0]


def _rotate_row(
    model: type[models.Model], pk: Any, sealed: dict[str, Sealed], done: Rotated
) -> None:
    for name, value in sealed.items():
        if is_current(value.stored):
            done.current += 1
            continue
        try:
            text = str(value)
        except SecretLost:
            lost = done.unreadable.setdefault(model._meta.label, [])
            lost.extend([] if pk in lost else [pk])
            continue
        with before_scope("secrets of every team"):
            as_it_was = model._base_manager.filter(**{"pk": pk, name: value})
            done.rewritten += as_it_was.update(**{name: text})


def unreadable() -> dict[str, list[Any]]:
    """Without a change to any row."""
    lost: dict[str, list[Any]] = {}
    for model, names in encrypted_fields().items():
        for pk, sealed in _values(model, names):
            if not all(_opens(value) for value in sealed.values()):
                lost.setdefault(model._meta.label, []).append(pk)
    return lost


def _opens(value: Sealed) -> bool:
    try:
        str(value)
    except SecretLost:
        return False
    return True

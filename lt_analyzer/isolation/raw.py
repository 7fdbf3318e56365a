"""Queries that forgot the scope: SQL by hand, as the role that the product serves with.

SQLite has no row-level security; there the managers are the only wall.
"""

# ruff: noqa: SLF001
from __future__ import annotations

from collections.abc import Iterator
from contextlib import nullcontext
from typing import Any

from django.db import Error, connection, models, transaction

from lt_analyzer.isolation.findings import Probe, first_problem
from lt_analyzer.isolation.world import World, our_models
from races.models import Feed, Track
from teams.models import Team
from teams.scoping import scope


def has_second_wall() -> bool:
    return connection.vendor == "postgresql"


def walled_models() -> list[tuple[type[models.Model], str]]:
    """Models whose rows say themselves whose they are, and the column that does."""
    return [(model, column) for model in our_models() if (column := _column(model))]


def _column(model: type[models.Model]) -> str:
    if model is Team:
        return "id"
    for each in model._meta.concrete_fields:
        if isinstance(each, models.ForeignKey) and each.related_model is Team:
            return str(each.column)
    return ""


def probe_raw_queries(ours: World, theirs: World) -> Iterator[Probe]:
    if not has_second_wall():
        return
    for model, column in walled_models():
        found = raw_problems(model, column, ours, theirs)
        yield first_problem("raw query", model._meta.db_table, found)
    yield first_problem("raw query", Track._meta.db_table, _tracks(ours))


def raw_problems(
    model: type[models.Model], column: str, ours: World, theirs: World
) -> Iterator[str]:
    shared = f" WHERE {column} IS NOT NULL" if model is Feed else ""
    table = f'"{model._meta.db_table}"'
    if _sql(f"SELECT count(*) FROM {table}{shared}") != [(0,)]:  # noqa: S608 - names of ours
        yield "shows rows without a scope"
    with scope(ours.team):
        seen = _sql(f"SELECT DISTINCT {column} FROM {table}{shared}")  # noqa: S608
        if seen != [(ours.team.pk,)]:
            yield "shows rows of another team, or none of the own"
        change = f"UPDATE {table} SET {column} = {column} WHERE {column} = %s"  # noqa: S608
        if _rows_touched(change, theirs.team.pk):
            yield "rows of another team can be changed"
        if model is not Team and _goes_through(
            f"UPDATE {table} SET {column} = %s",  # noqa: S608
            theirs.team.pk,
        ):
            yield "own rows can be given to another team"


def _tracks(ours: World) -> Iterator[str]:
    for opened in (nullcontext(), scope(ours.team)):
        with opened:
            if _goes_through(f'UPDATE "{Track._meta.db_table}" SET name = name'):  # noqa: S608
                yield "the catalogue can be written"


def _sql(text: str, *values: Any) -> list[Any]:
    with connection.cursor() as cursor:
        cursor.execute(text, values)
        return list(cursor.fetchall())


def _rows_touched(text: str, *values: Any) -> int:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(text, values)
        touched = cursor.rowcount
        transaction.set_rollback(True)
    return touched


def _goes_through(text: str, *values: Any) -> bool:
    try:
        return _rows_touched(text, *values) >= 0
    except Error:
        return False

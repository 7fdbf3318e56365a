"""``manage.py check_team_isolation``: try to get from one team to another, and report."""

from __future__ import annotations

import tempfile
from argparse import ArgumentParser
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.db import connection, transaction

from lt_analyzer.isolation.asking import hushed
from lt_analyzer.isolation.raw import has_second_wall
from lt_analyzer.isolation.tables import count_rows
from lt_analyzer.isolation.walk import walk
from lt_analyzer.isolation.world import two_worlds


class Command(BaseCommand):
    help = (
        "Invents two teams, tries every model, address, API route, channel, task, file and raw "
        "query across them, reports, and leaves nothing behind."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--all", action="store_true", help="name what holds, too")

    def handle(self, *args: Any, **options: Any) -> None:
        tried: Counter[str] = Counter()
        problems = 0
        with _place(), hushed():
            ours, theirs = two_worlds()
            self.stdout.write(f"{count_rows(theirs)} rows could leak.")
            for probe in walk(ours, theirs):
                tried[probe.kind] += 1
                problems += bool(probe.problem)
                if probe.problem or options["all"]:
                    said = self.style.ERROR(probe.problem) if probe.problem else "holds"
                    self.stdout.write(f"  {probe.kind} {probe.name}: {said}")
        for kind, count in tried.items():
            self.stdout.write(f"{count:5} × {kind}")
        if not has_second_wall():
            self.stdout.write("SQLite has no row-level security: raw queries were not tried.")
        if problems:
            raise CommandError(f"{problems} of {tried.total()} leak.")
        self.stdout.write(self.style.SUCCESS(f"All {tried.total()} hold."))


@contextmanager
def _place() -> Iterator[None]:
    """PostgreSQL: a transaction that is rolled back, since its roles and policies are what is
    tried. SQLite: an empty database beside the real one, which has one writer at a time and
    would keep a race waiting."""
    if has_second_wall():
        with transaction.atomic():
            yield
            transaction.set_rollback(True)
        return
    with tempfile.TemporaryDirectory(prefix="lt-isolation-") as folder, _database(folder):
        call_command("migrate", verbosity=0)
        with transaction.atomic():
            yield


@contextmanager
def _database(folder: str) -> Iterator[None]:
    name = connection.settings_dict["NAME"]
    connection.close()
    connection.settings_dict["NAME"] = str(Path(folder) / "db.sqlite3")
    try:
        yield
    finally:
        connection.close()
        connection.settings_dict["NAME"] = name

"""``manage.py tape TAPE…``: what recordings hold, without a database."""

from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

import orjson
from django.core.management.base import BaseCommand, CommandError

from timing.engine.units import format_ms
from timing.report import report
from timing.tape import TapeError


class Command(BaseCommand):
    help = "Reduce recordings and print each race found in them, and what the decoder met."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("tapes", nargs="+", type=Path, metavar="TAPE")
        parser.add_argument(
            "--json", action="store_true", help="one JSON object a tape, a line each"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        for path in options["tapes"]:
            try:
                found = report(path)
            except (OSError, TapeError) as error:
                raise CommandError(str(error)) from error
            except KeyError as error:
                raise CommandError(f"{path}: no decoder for protocol {error}") from error
            if options["json"]:
                self.stdout.write(orjson.dumps(found).decode())
            else:
                self._print(found)

    def _print(self, found: dict[str, Any]) -> None:
        rate = found["lines"] / found["seconds"] if found["seconds"] else 0
        self.stdout.write(
            f"{found['tape']}: {found['frames']} frames, {found['lines']} lines "
            f"({found['ignored_lines']} ignored, {found['unknown_lines']} unknown, "
            f"{found['errors']} errors), {rate:,.0f} lines/s"
        )
        for race in found["races"]:
            self._print_race(race)

    def _print_race(self, race: dict[str, Any]) -> None:
        laps = sum(len(entry["laps"]) for entry in race["entries"])
        missed = sum(gap["missed"] for entry in race["entries"] for gap in entry["gaps"])
        state = "ended" if race["ended"] else "not ended"
        self.stdout.write(
            f"\n  {race['title'] or '(no title)'} · {race['kind']} · {race['track']} · {state}\n"
            f"  {len(race['entries'])} entries, {laps} laps, {missed} missed, "
            f"{len(race['messages'])} messages"
        )
        for entry in race["entries"]:
            best = format_ms(entry["best_ms"]) if entry["best_ms"] else "-"
            self.stdout.write(
                f"  {entry['position'] or '-':>4} {entry['number']:>5} "
                f"{entry['competitor'][:28]:28} {len(entry['laps']):>5} laps "
                f"{best:>10} {len(entry['pit_stops']):>3} stops"
            )

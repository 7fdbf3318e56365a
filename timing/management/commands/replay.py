"""``manage.py replay TAPE``: play a recording into the running product, as a feed."""

from __future__ import annotations

import shutil
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from races.services import RaceError, replay_tape
from teams.models import Team
from teams.scoping import every_team
from timing.folders import tapes_folder
from timing.protocols import PROTOCOLS
from timing.replays import FOLDER
from timing.tape import TapeError, read_header


class Command(BaseCommand):
    help = "Ask the running product to play a recording as a feed of a team."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("tape", type=Path, metavar="TAPE")
        parser.add_argument("--speed", type=float, default=1.0, help="times real time")
        parser.add_argument("--team", help="slug of the team that sees it (default: the only one)")

    def handle(self, *args: Any, **options: Any) -> None:
        path = options["tape"]
        try:
            header = read_header(path)
        except (OSError, TapeError) as error:
            raise CommandError(str(error)) from error
        if header.protocol not in PROTOCOLS:
            raise CommandError(f"no decoder for protocol {header.protocol!r}")
        team = _team(options["team"])
        try:
            with every_team("replay a recording"):
                replay_tape(team=team, tape=_brought_in(path), speed=options["speed"])
        except RaceError as error:
            raise CommandError(str(error)) from error
        self.stdout.write(
            f"asked for; it appears among the feeds of {team.name} within a few seconds"
        )


def _team(slug: str | None) -> Team:
    with every_team("replay: find the team"):
        teams = list(Team.objects.filter(slug=slug) if slug else Team.objects.all()[:2])
    if len(teams) != 1:
        raise CommandError("no such team" if slug else "there is not exactly one team: give --team")
    return teams[0]


def _brought_in(path: Path) -> str:
    """The recording under the tapes folder, where every ingester finds it; its name there."""
    root = tapes_folder()
    if path.resolve().is_relative_to(root.resolve()):
        return str(path.resolve().relative_to(root.resolve()))
    folder = root / FOLDER
    folder.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(path, folder / path.name)
    return f"{FOLDER}/{path.name}"

"""``manage.py announce "…"``: what an operator says from the machine itself."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from displays.announcements import AnnouncementError, announce
from displays.models import Display
from teams.audit import Actor, acting
from teams.scoping import every_team
from timing.enums import Severity


class Command(BaseCommand):
    help = "Say something on the pages of all teams, or on one display, for a while."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("text")
        parser.add_argument("--minutes", type=int, default=60, help="how long it is shown")
        parser.add_argument("--severity", choices=Severity.values, default=Severity.INFO)
        parser.add_argument("--display", metavar="CODE", help="on this display, and nowhere else")

    def handle(self, *args: Any, **options: Any) -> None:
        said = {name: options[name] for name in ("text", "minutes", "severity")}
        with every_team("announce"), acting(Actor(None, "manage.py announce")):
            try:
                made = announce(**said, display=_display(options["display"]))
            except AnnouncementError as refused:
                raise CommandError(str(refused)) from refused
        self.stdout.write(f"Said until {made.until:%Y-%m-%d %H:%M} UTC.")


def _display(code: str | None) -> Display | None:
    if not code:
        return None
    found = Display.objects.filter(code=code, is_enabled=True).first()
    if found is None:
        raise CommandError("No display that is open has this code.")
    return found

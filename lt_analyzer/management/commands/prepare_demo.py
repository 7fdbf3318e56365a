"""``manage.py prepare_demo --address URL``: a team, a user and a display for a simulated track.

For development: it makes a user whose password it prints.
"""

from __future__ import annotations

import json
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from lt_analyzer.demo import USERNAME, prepare_demo


class Command(BaseCommand):
    help = "Make the demonstration's team, user and display, and print how to reach them as JSON."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--address", required=True, help="the page of the simulated track")

    def handle(self, *args: Any, **options: Any) -> None:
        demo = prepare_demo(address=options["address"])
        told = {
            "feed": str(demo.feed),
            "display": demo.display,
            "username": USERNAME,
            "password": demo.password,
        }
        self.stdout.write(json.dumps(told))

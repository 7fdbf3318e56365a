"""``manage.py web``: pages and sockets without feeds, one of several processes."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from lt_analyzer.listening import add_address, listen_or_say
from lt_analyzer.server import run, serve, stop_signals


class Command(BaseCommand):
    help = "Serve pages and sockets; `manage.py ingest` runs the feeds. Needs REDIS_URL."

    def add_arguments(self, parser: ArgumentParser) -> None:
        add_address(parser)

    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.REDIS_URL:
            raise CommandError(
                "Without REDIS_URL no frame of an ingester would arrive here. "
                "Set it, or run `manage.py live`, which does both."
            )
        run(_serve(listen_or_say(options)))


async def _serve(sock: Any) -> None:
    await serve(sock, stop=stop_signals())

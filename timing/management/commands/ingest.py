"""``manage.py ingest [FEED…]``: the pipelines without a web server, for distributed deployments."""

from __future__ import annotations

import asyncio
import signal
import uuid
from argparse import ArgumentParser
from contextlib import suppress
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from races.models import Feed
from teams.scoping import every_team
from timing.assembly import make_ingester
from timing.beating import keep_beating
from timing.metrics_port import metrics_port
from timing.writer import Writer

SETTLE_S = 2.0  # ingesters that are started together find each other before one takes everything


class Command(BaseCommand):
    help = "Connect all followed and pinned feeds (or only those named) and write their races."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("feeds", nargs="*", metavar="FEED", help="id or name; none: all")

    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.REDIS_URL:
            raise CommandError(
                "Without REDIS_URL no web process would see what an ingester of its own publishes. "
                "Set it, or run `manage.py live`, which does both."
            )
        only = frozenset(_feed(name) for name in options["feeds"]) or None
        asyncio.run(_ingest(only))


async def _ingest(only: frozenset[uuid.UUID] | None) -> None:
    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    writer, keeper = Writer(), Writer("lt-leases")
    try:
        async with metrics_port():
            ingester = make_ingester(writer, keeper=keeper, only=only, settle_s=SETTLE_S)
            beating = asyncio.create_task(keep_beating(lambda: "ingest"))
            try:
                await ingester.run(stop)
            finally:
                beating.cancel()
    finally:
        await writer.close()
        await keeper.close()


def _feed(name: str) -> uuid.UUID:
    with every_team("ingest: find a feed by name"):
        feeds = Feed.objects.filter(name=name)
        with suppress(ValueError):  # a name, not an id
            feeds = feeds | Feed.objects.filter(pk=uuid.UUID(name))
        found = list(feeds[:2])
    if len(found) != 1:
        raise CommandError(f"{len(found) or 'no'} feeds are named {name!r}; give its id")
    return found[0].pk

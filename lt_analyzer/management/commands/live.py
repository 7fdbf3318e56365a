"""``manage.py live``: web server and pipelines in one process and one event loop."""

from __future__ import annotations

import asyncio
from argparse import ArgumentParser
from typing import Any
from uuid import UUID

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from lt_analyzer.deliverer import Deliverer
from lt_analyzer.demo import Demo, Demonstration, prepare_demo
from lt_analyzer.followed import prepare_feed
from lt_analyzer.listening import add_address, listen_or_say
from lt_analyzer.server import run, serve, stop_signals
from timing.assembly import make_ingester
from timing.ingester import Frames
from timing.writer import Writer


class Command(BaseCommand):
    help = "Run the product: pages, sockets and feeds in one process."

    def add_arguments(self, parser: ArgumentParser) -> None:
        add_address(parser)
        what = parser.add_mutually_exclusive_group()
        what.add_argument("--demo", action="store_true", help="with a simulated race under way")
        what.add_argument("--feed", help="follow this feed: page, socket or name of a track")

    def handle(self, *args: Any, **options: Any) -> None:
        demo, show, greeting = None, None, []
        if options["demo"]:
            if settings.DATABASE_URL:
                raise CommandError("--demo writes invented races: it refuses a DATABASE_URL.")
            show = Demonstration()
            demo = prepare_demo(show.names)
            greeting = [("sign in", f"demo / {demo.password}"), ("public", f"/d/{demo.display}/")]
        elif options["feed"]:
            greeting = self._follow(options["feed"])
        sock = listen_or_say(options)
        address = f"http://{options['host']}:{sock.getsockname()[1]}"
        run(self._live(sock, demo, show, _greeting(address, greeting)))

    def _follow(self, address: str) -> list[tuple[str, str]]:
        try:
            followed = prepare_feed(address)
        except ValueError as error:
            raise CommandError(str(error)) from error
        found = [("following", followed.name), ("board", followed.board)]
        if followed.password:
            found.append(("sign in", f"{followed.username} / {followed.password}"))
        return found

    async def _live(
        self, sock: Any, demo: Demo | None, show: Demonstration | None, greeting: str
    ) -> None:
        stop, ready = stop_signals(), asyncio.Event()
        builtin: dict[UUID, Frames] = {demo.feed: show.frames} if demo and show else {}
        writer, keeper = Writer(), Writer("lt-leases")
        ingester = make_ingester(writer, keeper=keeper, builtin=builtin)
        deliverer = Deliverer()
        deliverer.start()
        try:
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(serve(sock, stop=stop, ready=ready))
                tasks.create_task(ingester.run(stop))
                await ready.wait()
                self.stdout.write(greeting)
                self.stdout.flush()
        finally:
            if show is not None:
                await show.stop()
            await writer.close()
            await keeper.close()
            await asyncio.to_thread(deliverer.stop)


def _greeting(address: str, lines: list[tuple[str, str]]) -> str:
    """What the terminal says once requests are answered; a path is one of ours."""
    told = [("LT-Analyzer", address)]
    told += [(what, f"{address}{text}" if text[:1] == "/" else text) for what, text in lines]
    return "\n".join(
        ["", *(f"  {what:<13}{text}" for what, text in told), "  Ctrl-C stops it.", ""]
    )

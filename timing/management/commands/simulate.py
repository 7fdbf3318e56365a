"""A simulated track: on a tape at once, or served live as an Apex Timing feed."""

from __future__ import annotations

import argparse
import asyncio
import signal
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import orjson
from django.core.management.base import BaseCommand, CommandError

from timing.simulators.apex import ApexFeed
from timing.simulators.build import build_feed
from timing.simulators.mishaps import MISHAPS
from timing.simulators.scenario import KINDS
from timing.simulators.server import FeedServer
from timing.simulators.truth import truth_of
from timing.simulators.words import LANGUAGES
from timing.tape import TapeWriter

EPOCH = datetime(2026, 5, 30, 8, 30, tzinfo=UTC)  # a fixed start: same seed, same tape
PAGE = "https://www.apex-timing.com/live-timing/simulated/"


class Command(BaseCommand):
    help = "Simulate a race as a timing feed (on a tape with --tape, else served in real time)."

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("protocol", choices=["apex"])
        parser.add_argument("--karts", type=int, default=30)
        parser.add_argument("--minutes", type=int, default=120, help="length of the race")
        parser.add_argument("--speed", type=float, default=1.0, help="times real time (served)")
        parser.add_argument("--seed", type=int, default=7)
        parser.add_argument("--kind", choices=KINDS, default="endurance")
        parser.add_argument("--language", choices=sorted(LANGUAGES), default="fr")
        parser.add_argument("--mishaps", default="", help=f"all, or some of: {','.join(MISHAPS)}")
        parser.add_argument("--tape", type=Path, help="write a tape (.jsonl or .jsonl.gz)")
        parser.add_argument("--truth", type=Path, help="write what really happened as JSON")
        parser.add_argument("--host", default="127.0.0.1")
        parser.add_argument("--port", type=int, default=0, help="of the track page; 0: any free")

    def handle(self, *args: Any, **options: Any) -> None:
        feed = self._feed(options)
        if options["tape"]:
            frames = write_tape(feed, options["tape"])
            self.stdout.write(f"{options['tape']}: {frames} frames, {len(feed.races)} sessions")
        else:
            self._serve(feed, options)
        if options["truth"]:
            write_truth(feed, options["truth"])

    def _feed(self, options: dict[str, Any]) -> ApexFeed:
        try:
            return build_feed(
                kind=options["kind"],
                karts=options["karts"],
                minutes=options["minutes"],
                seed=options["seed"],
                language=options["language"],
                mishaps=options["mishaps"],
            )
        except ValueError as error:
            raise CommandError(str(error)) from error

    def _serve(self, feed: ApexFeed, options: dict[str, Any]) -> None:
        server = FeedServer(
            feed, speed=options["speed"], host=options["host"], port=options["port"]
        )
        with suppress(KeyboardInterrupt):
            asyncio.run(self._until_stopped(server))

    async def _until_stopped(self, server: FeedServer) -> None:
        loop = asyncio.get_running_loop()
        stopped = asyncio.Event()
        loop.add_signal_handler(signal.SIGTERM, stopped.set)
        async with server:
            self.stdout.write(f"Track page {server.page_url} (socket {server.socket_url})")
            self.stdout.flush()
            await asyncio.wait(
                {asyncio.create_task(server.wait()), asyncio.create_task(stopped.wait())},
                return_when=asyncio.FIRST_COMPLETED,
            )


def write_tape(feed: ApexFeed, path: Path) -> int:
    with TapeWriter(path, protocol="apex", url=PAGE, started_at=EPOCH) as tape:
        for frame in feed.frames():
            tape.write(frame[0] / 1000, frame[1], feed.connection)
        return tape.frames


def write_truth(feed: ApexFeed, path: Path) -> None:
    truth = truth_of(feed.races, lost=feed.lost_laps, words=feed.words, local_time=feed.local_time)
    path.write_bytes(orjson.dumps(truth))

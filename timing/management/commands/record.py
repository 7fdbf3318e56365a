"""``manage.py record URL``: a feed onto a tape and nothing else, until Ctrl-C."""

from __future__ import annotations

import asyncio
import signal
import time
from argparse import ArgumentParser
from contextlib import aclosing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from teams.outbound import OutboundRefused, check_url
from timing.folders import tapes_folder
from timing.recording import Recording, pack
from timing.transports import LinkReport, apex_transport


class Command(BaseCommand):
    help = "Record a feed onto a tape without a database."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("url", help="page of the track, or ws:// or wss:// address of its feed")
        parser.add_argument("--out", type=Path, help="file to write (default: in the tapes folder)")
        parser.add_argument("--minutes", type=float, help="stop by itself")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            check_url(options["url"], schemes=("http", "https", "ws", "wss"))
        except OutboundRefused as error:
            raise CommandError(str(error)) from error
        now = datetime.now(UTC)
        path = options["out"] or tapes_folder() / f"record-{now:%Y%m%d-%H%M%S}.jsonl"
        if path.exists():
            raise CommandError(f"{path} exists")
        recording = Recording.begin(
            path, protocol="apex", url=options["url"], at_ms=time.time_ns() // 1_000_000
        )
        self.stdout.write(f"recording to {path}; Ctrl-C ends it")
        try:
            asyncio.run(self._record(options["url"], recording, options["minutes"]))
        finally:
            recording.close()
        if path.suffix != ".gz":
            path = pack(path)
        self.stdout.write(f"{recording.frames} frames in {path}")

    async def _record(self, url: str, recording: Recording, minutes: float | None) -> None:
        task = asyncio.ensure_future(self._listen(url, recording))
        for number in (signal.SIGINT, signal.SIGTERM):
            asyncio.get_running_loop().add_signal_handler(number, task.cancel)
        await asyncio.wait({task}, timeout=minutes and minutes * 60)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)

    async def _listen(self, url: str, recording: Recording) -> None:
        transport = apex_transport(url, on_report=self._say)
        async with aclosing(transport.frames()) as frames:  # type: ignore[type-var]
            async for frame in frames:
                recording.write(frame.received_at_ms, frame.text, frame.connection)

    def _say(self, report: LinkReport) -> None:
        self.stderr.write(f"{report.state} {report.error}".rstrip())

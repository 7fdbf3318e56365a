"""All feeds of one process: which to connect, what people asked, who lacks a board.

The database is asked every two seconds, so a new follow, a restart or a replay needs no restart of
ours. One connection a feed, however many teams follow it; the cap counts the whole installation.
"""

from __future__ import annotations

import asyncio
import logging
import uuid
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from races.enums import RequestKind
from races.queries import feeds_to_connect
from teams.news import INGEST_GROUP
from timing import journal, metrics, requests
from timing.groups import listen
from timing.models import FeedState
from timing.replays import ReplayError, replay_frames
from timing.requests import Asked
from timing.runner import FeedRunner
from timing.seen import Seen
from timing.sources import Source, Surroundings
from timing.topics import overlay_of, race_of
from timing.transports import LinkReport, RawFrame, apex_transport
from timing.watchlist import teams_watching
from timing.writer import AWAY, Writer

logger = logging.getLogger(__name__)

LOOK_S = 2.0
AGAIN_S = 5.0  # after a runner fell over
WATCH_S = 10.0  # between looks at what teams watch; news of a change ends it early
BUSY_S = 0.1  # and at the least

Report = Callable[[LinkReport], None]
Frames = Callable[[Report, int], AsyncIterator[RawFrame]]


@dataclass(frozen=True, slots=True)
class Wanted:
    """A feed that should be connected."""

    id: uuid.UUID
    protocol: str
    address: str
    port: int | None


class Ingester:
    """`only`: connect these feeds and no others. `builtin`: streams that are no address."""

    def __init__(
        self,
        around: Surroundings,
        *,
        limit: int,
        only: frozenset[uuid.UUID] | None = None,
        builtin: dict[uuid.UUID, Frames] | None = None,
    ) -> None:
        self._around, self._limit, self._only = around, limit, only
        self._builtin = builtin or {}
        self._resting: dict[uuid.UUID, float] = {}  # until when: their runners fell over
        self._watch_news = asyncio.Event()
        metrics.running.add(self)
        self.runners: dict[uuid.UUID, tuple[FeedRunner, asyncio.Task[None]]] = {}

    async def run(self, stop: asyncio.Event) -> None:
        beside = [
            asyncio.create_task(listen(INGEST_GROUP, self._answer)),
            asyncio.create_task(self._keep_watch()),
        ]
        with suppress(*AWAY):
            await self._around.writer.call(journal.old_replays_over)
        try:
            while not stop.is_set():
                try:
                    await self._look()
                except AWAY as error:  # races go on; what was asked stays asked
                    logger.warning("database away: %s", error)
                with suppress(TimeoutError):
                    async with asyncio.timeout(LOOK_S):
                        await stop.wait()
        finally:
            tasks = [*beside, *(task for _, task in self.runners.values())]
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    @property
    def writer(self) -> Writer:
        return self._around.writer

    # -- which feeds -----------------------------------------------------------------------------

    async def _look(self) -> None:
        call, holder = self._around.writer.call, str(self._around.holder)
        wanted, others = await call(_wanted, holder)
        feeds = {feed.id: feed for feed in wanted if self._only is None or feed.id in self._only}
        await self._stop_unwanted(feeds)
        for feed in feeds.values():
            if feed.id not in self.runners and len(self.runners) + others < self._limit:
                self._start(feed)
        for request in await call(requests.open_requests, holder=holder):
            await self._do(request)

    async def _stop_unwanted(self, feeds: dict[uuid.UUID, Wanted]) -> None:
        for feed, (runner, task) in list(self.runners.items()):
            if runner.finished:
                await self._around.writer.call(journal.replay_over, feed=feed)
            if feed not in feeds and not task.done():
                task.cancel()
            if task.done():
                await self._bury(feed, task)

    async def _bury(self, feed: uuid.UUID, task: asyncio.Task[None]) -> None:
        error = None if task.cancelled() else task.exception()
        if error is not None:
            logger.error("feed %s: its runner failed", feed, exc_info=error)
            self._resting[feed] = asyncio.get_running_loop().time() + AGAIN_S
            await self._around.writer.call(journal.fell_over, feed=feed)
        del self.runners[feed]

    def _start(self, feed: Wanted) -> None:
        if self._resting.get(feed.id, 0.0) > asyncio.get_running_loop().time():
            return
        runner = FeedRunner(self._source(feed), self._around)
        self.runners[feed.id] = (runner, asyncio.create_task(runner.run()))

    def _source(self, feed: Wanted) -> Source:
        is_tape = feed.address.startswith("tape:")
        frames = self._builtin.get(feed.id) or (
            self._replaying(feed) if is_tape else _connecting(feed)
        )
        return Source(
            feed=feed.id,
            protocol=feed.protocol,
            url=feed.address,
            frames=frames,
            records=not is_tape,
            shifted=is_tape,
        )

    def _replaying(self, feed: Wanted) -> Frames:
        def frames(report: Report, first_connection: int) -> AsyncIterator[RawFrame]:
            return replay_frames(feed.address, self._around.tapes, report, self._around.now_ms)

        return frames

    # -- what people ask -------------------------------------------------------------------------

    async def _do(self, request: Asked) -> None:
        call, error = self._around.writer.call, ""
        try:
            if request.kind == RequestKind.REPLAY:
                await call(requests.do_replay, request=request, tapes=self._around.tapes)
            elif request.feed in self.runners:
                await self._for_feed(request, self.runners[request.feed][0])
        except ReplayError as refused:
            error = str(refused)
        except AWAY:
            raise
        except Exception:  # asked again it would fail again: one request must not end every race
            logger.exception("request %d failed", request.id)
            error = "the program failed on this request"
        await call(requests.close_request, request=request.id, error=error)

    async def _for_feed(self, request: Asked, runner: FeedRunner) -> None:
        if request.kind == RequestKind.RESTART:
            runner.restart()
        elif request.kind == RequestKind.RESET:
            race = request.arguments.get("race") or runner.pipeline.routing.current
            if race:
                await runner.reset(str(race))

    # -- what teams watch ------------------------------------------------------------------------

    async def _keep_watch(self) -> None:
        while True:
            with suppress(TimeoutError):
                async with asyncio.timeout(WATCH_S):
                    await self._watch_news.wait()
            self._watch_news.clear()
            try:
                await self._watch()
            except AWAY as error:
                logger.warning("database away: %s", error)
            except Exception:  # a bug of ours: what was watched before is watched on
                logger.exception("what teams watch could not be read")
            await asyncio.sleep(BUSY_S)

    async def _watch(self) -> None:
        """One look for all feeds; runners that begin meanwhile have looked for themselves."""
        runners = {feed: runner for feed, (runner, _) in self.runners.items()}
        if runners:
            found = await self._around.writer.call(teams_watching, list(runners))
            for feed, runner in runners.items():
                runner.watch(found.get(feed, {}))

    # -- what others say -------------------------------------------------------------------------

    async def _answer(self, message: Mapping[str, Any]) -> None:
        """Somebody lacks a board or an overlay, saw an alert, or watches something else."""
        if message.get("type") == "watch.changed":
            self._watch_news.set()
            return
        if message.get("type") == "alerts.seen":
            for runner, _ in list(self.runners.values()):
                runner.see(Seen.of(message))
            return
        topic = str(message.get("topic", ""))
        team, race = overlay_of(topic) or ("", race_of(topic))
        for runner, _ in list(self.runners.values()):
            if not race or race not in runner.pipeline.states:
                continue
            if team:
                await runner.overlay(team, race)
            else:
                await runner.whole(race)


def _connecting(feed: Wanted) -> Frames:
    def frames(report: Report, first_connection: int) -> AsyncIterator[RawFrame]:
        transport = apex_transport(
            feed.address,
            default_port=feed.port,
            on_report=report,
            first_connection=first_connection,
        )
        return transport.frames()

    return frames


def _wanted(holder: str) -> tuple[list[Wanted], int]:
    """Feeds to connect, and how many feeds other processes hold."""
    wanted = [
        Wanted(feed.pk, feed.protocol, feed.address, feed.track.config_port if feed.track else None)
        for feed in feeds_to_connect().order_by("-pinned", "created_at")
    ]
    held = FeedState.objects.filter(held_until__gt=datetime.now(UTC)).exclude(holder=holder)
    return wanted, held.count()

"""All feeds of one process: which to connect, what people asked, who lacks a board.

The database is asked every two seconds, so a new follow, a restart or a replay needs no restart of
ours. One connection a feed, however many teams follow it; the cap counts the whole installation.
Several ingesters share the feeds evenly: one that has more than its share hands over one feed a
look, and whoever takes it goes on where it ended.
"""

from __future__ import annotations

import asyncio
import logging
import uuid
from collections import Counter
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import suppress
from typing import Any

from races.enums import RequestKind
from teams.news import INGEST_GROUP
from timing import journal, metrics, requests
from timing.clock import counted_s
from timing.groups import listen
from timing.lease import Leases
from timing.replays import ReplayError, replay_frames
from timing.requests import Asked
from timing.runner import FeedRunner
from timing.seen import Seen
from timing.shares import Observer, Wanted, preferred, share, survey
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
GIVE_S = 2.0  # between feeds that are handed over
SAY_S = 2.0

Report = Callable[[LinkReport], None]
Frames = Callable[[Report, int], AsyncIterator[RawFrame]]


class Ingester:
    """`only`: connect these feeds and no others, whatever others do. `builtin`: streams that are no
    address. `settle_s`: how long to look who else is there before the first feed is taken.
    """

    def __init__(
        self,
        around: Surroundings,
        *,
        limit: int,
        only: frozenset[uuid.UUID] | None = None,
        builtin: dict[uuid.UUID, Frames] | None = None,
        settle_s: float = 0.0,
    ) -> None:
        self._around, self._limit, self._only = around, limit, only
        self._builtin = builtin or {}
        self._settle_s = settle_s
        self._observer = Observer(around.holder)
        self._look_soon = asyncio.Event()
        self._gave_at = float("-inf")
        self._resting: dict[uuid.UUID, float] = {}  # until when: their runners fell over
        self._watch_news = asyncio.Event()
        metrics.running.add(self)
        self.runners: dict[uuid.UUID, tuple[FeedRunner, asyncio.Task[None]]] = {}

    async def run(self, stop: asyncio.Event) -> None:
        leases = self._around.leases
        leases.is_member = self._only is None
        await leases.beat()
        beside = [
            asyncio.create_task(listen(INGEST_GROUP, self._answer)),
            asyncio.create_task(self._keep_watch()),
            asyncio.create_task(leases.run()),
        ]
        with suppress(*AWAY):
            await self._around.writer.call(journal.old_replays_over)
        try:
            await _either(stop, stop, self._settle_s)
            while not stop.is_set():
                self._look_soon.clear()
                try:
                    await self._look()
                except AWAY as error:  # races go on; what was asked stays asked
                    logger.warning("database away: %s", error)
                await _either(stop, self._look_soon, LOOK_S)
        finally:
            runners = [task for _, task in self.runners.values()]
            for task in runners:
                task.cancel()
            await asyncio.gather(*runners, return_exceptions=True)
            for task in beside:
                task.cancel()
            await asyncio.gather(*beside, return_exceptions=True)
            await leases.close()
            await self._say_free()

    @property
    def leases(self) -> Leases:
        return self._around.leases

    @property
    def writer(self) -> Writer:
        return self._around.writer

    # -- which feeds -----------------------------------------------------------------------------

    async def _look(self) -> None:
        call, observer = self._around.writer.call, self._observer
        seen = await call(survey)
        observer.note(seen, counted_s())
        feeds = {
            feed.id: feed for feed in seen.wanted if self._only is None or feed.id in self._only
        }
        await self._stop_unwanted(feeds)
        holders = {feed.id: observer.holder_of(feed.id) for feed in seen.wanted}
        me = str(self._around.holder)
        others = Counter(who for feed, who in holders.items() if feed not in self.runners)
        elsewhere = sum(n for who, n in others.items() if who not in ("", me))
        ours = self._share(others, me, len(seen.wanted))
        room = self._limit - elsewhere - len(self.runners)
        for feed in preferred(feeds.values(), me):
            may = feed.id not in self.runners and holders[feed.id] in ("", me)
            if may and room > 0 and (len(self.runners) < ours or observer.stands(feed.id)):
                room -= self._start(feed)
        if len(self.runners) > ours and counted_s() - self._gave_at >= GIVE_S:
            await self._hand_over()
        for request in await call(requests.open_requests, holder=me):
            await self._do(request)

    def _share(self, others: Mapping[str, int], me: str, wanted: int) -> int:
        """How many feeds this process is to run; `others`: how many each has, "" of the free."""
        if self._only is not None:
            return wanted
        living = self._observer.living()
        strangers = sum(n for who, n in others.items() if who and who not in living)
        held = {name: others.get(name, 0) for name in living} | {me: len(self.runners)}
        return share(held, me, min(wanted, self._limit) - strangers)

    async def _hand_over(self) -> None:
        """One feed, and first one that shows no race: somebody has fewer than we have."""
        movable = [each for each in self.runners.items() if each[0] not in self._builtin]
        if not movable:
            return
        feed, (runner, task) = min(movable, key=lambda each: each[1][0].is_live)
        logger.info("feed %s: handed over, another ingester has fewer", feed)
        self._gave_at = counted_s()
        runner.handed_over = True
        task.cancel()
        await asyncio.wait({task})
        await self._bury(feed, task)
        await self._say_free()

    async def _say_free(self) -> None:
        """Whoever takes what we left need not find it by chance."""
        with suppress(Exception):  # Redis away: it is found by looking
            async with asyncio.timeout(SAY_S):
                await self._around.layer.group_send(INGEST_GROUP, {"type": "lease.free"})

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

    def _start(self, feed: Wanted) -> bool:
        if self._resting.get(feed.id, 0.0) > asyncio.get_running_loop().time():
            return False
        lapsed = self._observer.lapsed(feed.id)
        runner = FeedRunner(self._source(feed), self._around, lapsed=lapsed)
        self.runners[feed.id] = (runner, asyncio.create_task(runner.run()))
        return True

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
        if message.get("type") == "lease.free":
            self._look_soon.set()
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


async def _either(stop: asyncio.Event, other: asyncio.Event, seconds: float) -> None:
    """Until one of the two is set, so many seconds at most."""
    tasks = [asyncio.create_task(each.wait()) for each in (stop, other)]
    try:
        await asyncio.wait(tasks, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in tasks:
            task.cancel()

"""One feed from its transport to rows and browsers: record, decode, publish, write, resume.

Frames are handled in the event loop as they come; everything that waits (database, files that are
closed) is handed to the writer's thread. Facts up to a frame and the resume point behind it are
written in one transaction, so a kill at any moment loses nothing that is on the tape.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import aclosing, suppress
from datetime import UTC, datetime

from teams import log_context
from timing import journal
from timing.engine.facts import FlagFact, LapFact, PitStopFact
from timing.engine.state import RaceState
from timing.enums import LinkState
from timing.feed_tape import FeedTape
from timing.keyframing import KeyFraming
from timing.lease import Claim, Lease, LeaseLost
from timing.link import Link
from timing.metering import FeedMeter
from timing.pipeline import Change, Pipeline
from timing.seen import Seen
from timing.sinks.alerts import Raised, write_seen
from timing.sinks.batch import RaceBatch
from timing.sinks.database import REFUSED, DatabaseSink, Held, Mark
from timing.sinks.publisher import Publisher
from timing.sources import Source, Surroundings
from timing.transports.base import LinkReport, RawFrame
from timing.unwritten import Unwritten
from timing.watching import TeamWatches
from timing.watchlist import Teams
from timing.writer import AWAY, Writer

logger = logging.getLogger(__name__)

CALM_S, URGENT_S = 0.25, 0.05  # between boards of a race: as a rule, after a lap, pit or flag
FLUSH_S = 1.0
MARK_S = 10.0
SILENCE_S = 1.0  # between looks at how long the feed has been silent
GRACE_S = 10.0  # after our own start: to connect, before silence is the feed's
BREATH = 20  # frames in a row
URGENT = (LapFact, PitStopFact, FlagFact)


class FeedRunner:
    """`lapsed`: the lease of a holder that does not renew it, and may yet be alive."""

    def __init__(
        self, source: Source, around: Surroundings, *, lapsed: Claim | None = None
    ) -> None:
        self.source, self._around, self._lapsed = source, around, lapsed
        self.pipeline = Pipeline(feed=str(source.feed), protocol=source.protocol)
        self.epoch = 0
        self.finished = False  # a recording was played to its end
        self.meter = FeedMeter()
        self._about = log_context.About(feed=str(source.feed))
        self.handed_over = False  # told to stop because another ingester takes the feed at once
        self._lease: Lease | None = None
        self._sink: DatabaseSink | None = None
        self._publisher: Publisher | None = None
        self._tape = FeedTape(source, around)
        self._keys = KeyFraming()
        self._watches = TeamWatches(source.feed, around.now_ms)
        self._connection = -1  # of the last frame on the tape: what a resume point is to name
        self._batches = Unwritten()
        self._dirty: dict[str, RaceState] = {}
        self._wake = asyncio.Event()
        self._urgent = asyncio.Event()
        self._link = Link(source, around)
        self._marked_at = 0.0
        self._written: set[str] = set()  # races that have a row
        self._restart = asyncio.Event()
        self._flushing = asyncio.Lock()  # a mark must not overtake facts that are on their way
        self._resumed = False  # until then the writer's thread has the pipeline and the watches

    # -- life ------------------------------------------------------------------------------------

    async def run(self) -> None:
        """Until cancelled. Returns if another ingester holds, or takes, the feed."""
        with log_context.about(self._about):
            await self._run()

    async def _run(self) -> None:
        if not await self._begin():
            return
        assert self._publisher is not None
        assert self._lease is not None
        lost = False
        try:
            try:
                async with asyncio.TaskGroup() as tasks:
                    tasks.create_task(self._listen())
                    tasks.create_task(self._publish())
                    tasks.create_task(self._keep_books())
                    tasks.create_task(self._say_link())
                    tasks.create_task(self._lease.watch())
                    tasks.create_task(self._watches.desk.announce(self._publisher))
                    tasks.create_task(self._mind_silence())
            except* LeaseLost:
                lost = True
                logger.warning("feed %s: another ingester has taken it", self.source.feed)
        finally:
            if not lost:
                await asyncio.shield(self._end())
            await self._keys.written()
            self._around.leases.forget(self._lease)
            self._tape.close()

    @property
    def state(self) -> LinkState:
        """How the link stands."""
        return self._link.state

    @property
    def waiting(self) -> int:
        """Facts that wait to be written."""
        return sum(len(batch.facts) for batch in list(self._batches.values()))

    @property
    def tape_bytes(self) -> int | None:
        return self._tape.size

    @property
    def is_live(self) -> bool:
        """Whether it shows a race that goes on."""
        current = self.pipeline.current
        is_running = current is not None and current.was_run and current.ended_at is None
        return is_running and self._link.state == LinkState.LIVE

    def restart(self) -> None:
        """Drop the connection and make it anew."""
        self._restart.set()

    async def reset(self, race: str) -> None:
        """Forget a race's facts and begin it again from what the feed shows next."""
        self.pipeline.forget(race)
        if (place := self._tape.place) is not None:
            self._keys.was_reset(race, place[1])
        self._batches.pop(race, None)
        self._written.discard(race)
        self._watches.forget(race)
        await self._around.writer.call(self._reset_rows, race)
        if self._publisher is not None:
            self._publisher.forget(race)
            await self._publisher.current(race, at=self._link.data_at)
        self.restart()

    def _reset_rows(self, race: str) -> None:
        """In the writer's thread, which is the sink's too: a write may be on its way."""
        journal.reset(race=race)
        if self._sink is not None:
            self._sink.forget(race)

    async def whole(self, race: str) -> None:
        """Somebody lacks the board of a race of this feed."""
        if self._publisher is not None:
            await self._publisher.whole(race)

    async def overlay(self, team: str, race: str) -> None:
        """Somebody lacks what a team watches in a race of this feed."""
        if self._publisher is not None:
            await self._publisher.overlays.again(team, race)

    def see(self, seen: Seen) -> None:
        """Somebody acknowledged alerts that have no rows: perhaps ours."""
        self._watches.desk.see(seen)

    def watch(self, teams: Teams) -> None:
        """These teams watch this feed, each this: news of people, or the same as before."""
        if self._resumed and self._watches.use(teams, self.pipeline.states):
            self._show_current()

    async def _begin(self) -> bool:
        around, feed = self._around, self.source.feed
        lease = await around.leases.take(feed, lapsed=self._lapsed)
        if lease is None:
            return False
        self._lease, self.epoch = lease, lease.epoch
        self._tape.epoch = lease.epoch
        self._sink = DatabaseSink(Held(feed, lease.epoch))
        self._publisher = Publisher(layer=around.layer, feed=str(feed), epoch=lease.epoch)
        try:
            resumed = await self._resume()
        except BaseException:
            with suppress(*AWAY):
                await asyncio.shield(around.leases.release(lease))
            raise
        if resumed is not None:
            self._go_on(resumed)
        self._resumed = True
        self._watches.live()
        return True

    async def _resume(self) -> journal.Resumed | None:
        """In a thread of its own: the tape may be long, and others have rows to write."""
        async with self._around.resuming:
            reader = Writer("lt-resume")
            try:
                return await reader.call(
                    journal.resume,
                    feed=self.source.feed,
                    protocol=self.source.protocol,
                    root=self._around.tapes,
                    watches=self._watches,
                    apart=self._lapsed is not None,
                )
            finally:
                await asyncio.shield(reader.close())

    def _go_on(self, resumed: journal.Resumed) -> None:
        self.pipeline, self._connection = resumed.pipeline, resumed.connection
        if resumed.tape:
            self._tape.go_on(resumed)
        self._batches = resumed.batches
        for state in self.pipeline.states.values():
            self._batches.begin(state)
        self._link.data_at = self.pipeline.heard_at
        self._show_current()

    async def _end(self) -> None:
        """Told to stop: everything that is known is written, with a resume point behind it."""
        try:
            assert self._lease is not None
            await self._flush(mark=True)
            last = LinkState.CONNECTING if self.handed_over else LinkState.IDLE
            await self._link.store(self.epoch, last)
            assert self._publisher is not None
            await self._link.say(self._publisher, last)
            await self._around.leases.release(self._lease)
        except (*AWAY, LeaseLost) as error:
            logger.warning("feed %s: stopped without a last word: %s", self.source.feed, error)

    async def _make_sure(self) -> None:
        """Nothing is recorded, said or concluded after a sleep before we know that the feed is
        ours. Raises LeaseLost."""
        assert self._lease is not None
        if not self._around.leases.is_sure(self._lease):
            await self._around.leases.make_sure(self._lease)

    # -- frames ----------------------------------------------------------------------------------

    async def _listen(self) -> None:
        while True:
            self._restart.clear()
            stream = self.source.frames(self._link.heard, self._connection + 1)
            listening = asyncio.create_task(self._receive(stream))
            asked = asyncio.create_task(self._restart.wait())
            try:
                await asyncio.wait({listening, asked}, return_when=asyncio.FIRST_COMPLETED)
            finally:
                asked.cancel()
                ended = not listening.cancel()
                await asyncio.gather(listening, asked, return_exceptions=True)
            if ended and not self._restart.is_set():
                listening.result()  # raises what ended the stream; a tape just ends
                self._link.heard(LinkReport(LinkState.IDLE, self._around.now_ms()))
                self.finished = True
                await self._restart.wait()

    async def _receive(self, stream: AsyncIterator[RawFrame]) -> None:
        opened, count = -1, 0
        async with aclosing(stream) as frames:  # type: ignore[type-var]
            async for frame in frames:
                count += 1
                if count % BREATH == 0:
                    await asyncio.sleep(0)  # a recording gives no other chance to others
                await self._make_sure()
                at, msg = frame.received_at_ms, frame.text
                if self._tape.is_due(at):
                    await self._rotate(at)
                self._tape.record(at, msg, frame.connection)
                if frame.connection != opened:
                    self._take(self.pipeline.closed(at))
                    self._take(self.pipeline.opened(at))
                    opened = self._connection = frame.connection
                self._link.data_at = at
                self._take(self.pipeline.frame(at, msg))
                if (place := self._tape.place) is not None:
                    self._keys.passed(self.pipeline, *place, frame.connection)

    async def _rotate(self, at: int) -> None:
        """A tape ends with what it holds written, so that nobody needs it to resume."""
        with suppress(*AWAY):
            await self._flush(mark=True)
        if self._tape.change(at):
            self.restart()

    def _take(self, changes: list[Change]) -> None:
        self.meter.took(changes, now=self._around.now_ms)
        for change in changes:
            self._batches.add(change)
            self._dirty[change.race] = change.state
            if any(isinstance(fact, URGENT) for fact in change.facts):
                self._urgent.set()
        if changes:
            self._watches.take(changes, shift=self._link.shift(self._link.data_at))
            self._wake.set()
        if any(change.opened for change in changes):
            self._watches.keep(self.pipeline.states)

    # -- boards ----------------------------------------------------------------------------------

    async def _publish(self) -> None:
        assert self._publisher is not None
        while True:
            await self._wake.wait()
            self._wake.clear()
            self._urgent.clear()
            await self._make_sure()
            dirty, self._dirty = self._dirty, {}
            for state in dirty.values():
                at = self._link.data_at or state.last_seen_at
                shift = self._link.shift(at)
                await self._publisher.board(state, at=at, shift=shift)
                await self._watches.show(state.id, self._publisher.overlays, at=at, shift=shift)
            self.meter.published(self._around.now_ms())
            await self._pause()

    def _show_current(self) -> None:
        current = self.pipeline.current
        if current is not None:
            self._dirty[current.id] = current
            self._wake.set()
            self._urgent.set()

    async def _pause(self) -> None:
        """Between boards; a lap, a stop or a flag ends it early."""
        await asyncio.sleep(URGENT_S)
        # Not wait_for: on Python 3.11 it swallows a cancellation that meets the event.
        with suppress(TimeoutError):
            async with asyncio.timeout(CALM_S - URGENT_S):
                await self._urgent.wait()

    async def _say_link(self) -> None:
        assert self._publisher is not None
        while True:
            await self._link.until_due()
            await self._make_sure()
            await self._link.say(self._publisher)

    async def _mind_silence(self) -> None:
        """Some alerts are about nothing coming."""
        await asyncio.sleep(GRACE_S)
        while True:
            await self._make_sure()
            if not self.source.shifted:
                self._watches.silence(self.pipeline.routing.current, data_at=self._link.data_at)
            await asyncio.sleep(SILENCE_S)

    # -- books -----------------------------------------------------------------------------------

    async def _keep_books(self) -> None:
        while True:
            await self._make_sure()
            now = asyncio.get_running_loop().time()
            try:
                await self._flush(mark=now - self._marked_at >= MARK_S)
                if self._link.is_due:
                    await self._link.store(self.epoch)
            except AWAY as error:
                logger.warning("feed %s: database away: %s", self.source.feed, error)
                await asyncio.sleep(2)
            await self._until_due()

    async def _until_due(self) -> None:
        """A second; an alert is written at once, so that it can be acknowledged and delivered."""
        await asyncio.sleep(URGENT_S)
        with suppress(TimeoutError):
            async with asyncio.timeout(FLUSH_S - URGENT_S):
                await self._watches.desk.due.wait()

    async def _flush(self, *, mark: bool) -> None:
        """Write what came since the last time; what cannot be written waits for the next."""
        async with self._flushing:
            await self._flush_all(mark=mark)

    async def _flush_all(self, *, mark: bool) -> None:
        ready = self._batches.take(
            current=self.pipeline.routing.current, heard_at=self._link.data_at or 0
        )
        point = self._mark() if mark else None
        alerts, seen = self._watches.desk.to_write(), self._watches.desk.seen()
        if ready or alerts or point is not None:
            await self._write(ready, alerts, point)
        if seen:
            await self._around.writer.call(write_seen, seen)
            self._watches.desk.seen_written(seen)
        await self._current_race()

    async def _write(
        self, ready: dict[str, RaceBatch], alerts: list[Raised], point: Mark | None
    ) -> None:
        assert self._sink is not None
        try:
            try:
                await self._around.writer.call(self._sink.write, ready, point, alerts)
            except REFUSED:
                logger.exception("feed %s: the database refused a value", self.source.feed)
                await self._around.writer.call(self._sink.write_singly, ready, alerts)
                point = None
        except BaseException:
            # Away, or we are told to stop while the writer is busy with others. Whether it still
            # writes this is unknown, and writing it twice is harmless; a mark behind it is not.
            self._batches.put_back(ready)
            raise
        self._written |= ready.keys()
        self._watches.desk.written(alerts)
        if point is not None:
            self._marked_at = asyncio.get_running_loop().time()

    def _mark(self) -> Mark | None:
        """Only what is written may be marked: races kept back would be missing after a resume."""
        if self._tape.offset is None or self._connection < 0 or self._batches.has_facts:
            return None
        return Mark(
            tape=self._tape.row,
            offset=self._tape.offset,
            connection=self._connection,
            at=datetime.now(UTC),
            state=self.pipeline.resume_point(self._watches.memories()),
        )

    async def _current_race(self) -> None:
        """Announce another current race once there is a row that pages can show."""
        current = self.pipeline.routing.current or None
        if current == self._link.race or (current is not None and current not in self._written):
            return
        await self._around.writer.call(
            journal.only_live, feed=self.source.feed, epoch=self.epoch, race=current
        )
        left, self._link.race = self._link.race, current
        self._about.race = current or ""
        old = self.pipeline.states.get(left or "")
        if left is not None and old is not None and not old.was_run:
            await self._around.writer.call(journal.never_run, race=left)
        await self._link.store(self.epoch)
        if self._publisher is not None:
            await self._link.say(self._publisher)
            await self._publisher.current(current, at=self._link.data_at)
        await self._keep_known()

    async def _keep_known(self) -> None:
        """Races that the pipeline has forgotten take no memory here either."""
        assert self._publisher is not None
        assert self._sink is not None
        known = frozenset(self.pipeline.states)
        self._written &= known
        self._publisher.keep(known)
        self._watches.keep(known)
        await self._around.writer.call(self._sink.keep, known)

"""The fan-out of a process: one channel of the layer in, any number of sockets out.

The ingester sends one message a frame to the group "hub"; each process has one hub, and inside it
a frame is made into bytes once. (A channel a socket costs about 300 ms for 1,000 sockets.) Frames
that come while others are written go out together: the busier the process, the fewer its writes.
Everything here runs in the event loop that started it, except `snapshot` and `latest`, which
threads may call.

These kinds of messages come: `hub.frame` (a numbered frame of a topic), `hub.news` (told once to
whoever listens), `hub.announcement` (the same, remembered for who comes later), `hub.access` (what
somebody may see has changed) and `hub.process` (a process says how it does).
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Hashable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from channels.layers import get_channel_layer

from displays import announcements, processes
from displays.frames import Batch, Frame
from displays.news_log import NewsLog
from displays.tally import tally
from displays.topic_log import RING_FRAMES, Cursor, Snapshot, TopicLog
from teams import news
from timing.groups import listen
from timing.topics import overlay_of, race_of

__all__ = ["Cursor", "Guest", "Hub", "Snapshot", "Subscription", "Viewer", "hub"]

logger = logging.getLogger(__name__)

MAX_TOPICS = 4_000
IDLE_S = 600.0
LITTLE_WORK_S, MOST_REST_S = 0.002, 0.05
STOP_ATTEMPTS = 10  # redis-py, while it connects, can swallow a cancellation
ASK_FIRST_S, ASK_MOST_S = 2.0, 60.0


class Viewer(Protocol):
    """Somebody with subscriptions. Called in the loop; neither may block or raise."""

    def push(self, batch: Batch) -> bool:
        """Write this now. False: it cannot be now, and was not."""

    def wake(self) -> None:
        """There is something for you in `Subscription.next`."""


class Guest(Protocol):
    """Somebody whose permissions are looked at again on news of them. Called in the loop."""

    def access_changed(self) -> None: ...


@dataclass(slots=True, eq=False)
class Subscription:
    """One viewer's place in one topic. All it costs to be slow is that `cursor` falls back.

    `direct`: frames may go to the viewer in any order with those of its other subscriptions.
    """

    viewer: Viewer
    log: TopicLog
    news: NewsLog
    cursor: Cursor | None = None
    heard: int = 0
    direct: bool = True

    def next(self) -> Frame | None:
        """The next frame for this viewer, which is then taken as sent."""
        found = self.log.after(self.cursor)
        if found is not None:
            was, (frame, self.cursor) = self.cursor, found
            tally.sent += 1
            tally.merged += was is not None and self.cursor != (was.epoch, was.seq + 1)
            return frame
        told = self.news.after(self.heard)
        if told is not None:
            frame, self.heard = told
            tally.sent += 1
            return frame
        return None


@dataclass(slots=True)
class _Topic:
    log: TopicLog
    used_at: float
    news: NewsLog = field(default_factory=NewsLog)
    subscriptions: set[Subscription] = field(default_factory=set)
    ask_at: float = 0.0
    ask_wait: float = ASK_FIRST_S
    # Taken and not fanned out yet: frames that follow each other, and where a reader stands who
    # lacks just these. None: there is no such place, everybody goes by their cursor.
    fresh: list[Frame] = field(default_factory=list)
    before: Cursor | None = None

    def add(self, before: Cursor | None) -> None:
        """The log has taken a frame, `before` was its head."""
        after = self.log.head
        follows = (
            bool(self.subscriptions)
            and before is not None
            and after == (before.epoch, before.seq + 1)
            and len(self.fresh) < RING_FRAMES
        )
        if not self.fresh:
            self.before = before
        if follows and self.before is not None:
            self.fresh.append(self.log.newest())
        else:
            self.fresh, self.before = [], None

    def fan_out(self) -> None:
        """To whoever lacks just the fresh frames, those; the others are woken."""
        fresh, before, after = self.fresh, self.before, self.log.head
        batch = Batch(fresh)
        self.fresh, self.before = [], None
        pushed = 0
        for one in tuple(self.subscriptions):
            if (
                one.cursor is before
                and before is not None
                and one.direct
                and one.viewer.push(batch)
            ):
                one.cursor = after
                pushed += 1
            else:
                one.viewer.wake()
        tally.pushed += pushed
        tally.sent += pushed * len(fresh)


class Hub:
    def __init__(self, *, now: Callable[[], float] = time.monotonic) -> None:
        self._now = now
        self._topics: dict[str, _Topic] = {}
        self._guests: dict[Hashable, set[Guest]] = {}
        self._loop: asyncio.AbstractEventLoop | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self._due: dict[str, _Topic] = {}  # to be fanned out
        self._rests_until = 0.0
        self.listening = asyncio.Event()
        self.delivered = 0

    # -- life

    def ensure_started(self) -> None:
        """Called at every connection, because not every server announces its start (daphne)."""
        loop = asyncio.get_running_loop()
        if self._loop is loop:
            return
        self._loop, self._topics, self._guests, self._tasks = loop, {}, {}, set()
        self._due, self._rests_until = {}, 0.0
        self.listening = asyncio.Event()
        news.listens_in(loop)
        self._spawn(self._listen())
        self._spawn(self._keep_house())

    async def stop(self) -> None:
        tasks, self._tasks = self._tasks, set()
        self._loop, self._topics = None, {}
        news.listens_in(None)
        for _attempt in range(STOP_ATTEMPTS):
            for task in tasks:
                task.cancel()
            if tasks:
                _done, tasks = await asyncio.wait(tasks, timeout=0.2)

    def _spawn(self, work: Any) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    # -- viewers

    def subscribe(
        self, topic: str, viewer: Viewer, *, cursor: Cursor | None = None, direct: bool = True
    ) -> Subscription:
        """Frames from `cursor` on, or a snapshot first. Permission is the caller's business, and
        so is to look at what is there already: the viewer is not woken for that."""
        found = self._topic(topic)
        heard = found.news.told
        subscription = Subscription(viewer, found.log, found.news, cursor, heard, direct)
        found.subscriptions.add(subscription)
        self._ask(found)
        return subscription

    def unsubscribe(self, subscription: Subscription) -> None:
        found = self._topics.get(subscription.log.topic)
        if found is not None:
            found.subscriptions.discard(subscription)
            found.used_at = self._now()

    def snapshot(self, topic: str) -> Snapshot | None:
        """The current board, if this process has it. For views, from any thread."""
        found = self._topics.get(topic)
        return found.log.snapshot if found else None

    def latest(self, topic: str) -> dict[str, Any] | None:
        """The newest `data` of a topic whose frames each say everything (an overlay's), if this
        process has it. For views, from any thread."""
        found = self._topics.get(topic)
        return found.log.latest() if found else None

    @property
    def settled(self) -> bool:
        """Everything that was taken has been fanned out."""
        return not self._due

    def current_race(self, topic: str) -> str | None:
        """The race that a feed's topic named last."""
        found = self._topics.get(topic)
        return found.log.race if found else None

    def listeners(self) -> list[tuple[str, int]]:
        """The topics, and how many listen to each."""
        return [(name, len(found.subscriptions)) for name, found in list(self._topics.items())]

    def stats(self) -> dict[str, int]:
        topics = list(self._topics.values())
        return {
            "topics": len(topics),
            "subscriptions": sum(len(topic.subscriptions) for topic in topics),
            "gaps": sum(topic.log.gaps for topic in topics),
            "refused": sum(topic.log.refused for topic in topics),
        }

    # -- people

    def check_in(self, guest: Guest, keys: Iterable[Hashable]) -> None:
        """From now on the guest is told when access of one of these changes: ("user", id),
        ("token", id) or ("display", code)."""
        for key in keys:
            self._guests.setdefault(key, set()).add(guest)

    def check_out(self, guest: Guest, keys: Iterable[Hashable]) -> None:
        for key in keys:
            found = self._guests.get(key, set())
            found.discard(guest)
            if not found:
                self._guests.pop(key, None)

    # -- messages

    def deliver(self, message: Mapping[str, Any]) -> None:
        """Take one message of the layer and wake whom it concerns."""
        kind = message.get("type")
        if kind == "hub.process":
            processes.take(message)
            return
        self.delivered += 1
        if kind == "hub.access":
            self._take_access(message)
        elif kind == "hub.frame" and "topic" in message:
            self._take_frame(message)
        elif kind == "hub.news" and "topic" in message:
            self._take_news(message)
        elif kind == "hub.announcement" and "topic" in message:
            announcements.current.take(message)
            self._take_news(message)

    def _take_frame(self, message: Mapping[str, Any]) -> None:
        found = self._topic(message["topic"])
        found.used_at, before = self._now(), found.log.head
        try:
            is_new = found.log.take(message)
        except (KeyError, TypeError, ValueError):
            # A change that does not fit our board: forget it and ask for the whole one.
            logger.exception("%s: frame %s does not fit", message["topic"], message.get("seq"))
            found.log = self._replace_log(found)
            is_new = False
        self._ask(found)
        if is_new:
            found.add(before)
            if found.subscriptions:
                self._fan_out_soon(found)

    def _fan_out_soon(self, found: _Topic) -> None:
        """When everything that is here has been taken. Without a loop (in tests) at once."""
        if self._loop is None:
            found.fan_out()
            return
        if not self._due and self._rests_until <= self._loop.time():
            self._loop.call_soon(self._fan_out, self._loop)
        elif not self._due:
            self._loop.call_at(self._rests_until, self._fan_out, self._loop)
        self._due[found.log.topic] = found

    def _fan_out(self, loop: asyncio.AbstractEventLoop) -> None:
        due, self._due = self._due, {}
        begun = loop.time()
        for found in due.values():
            found.fan_out()
        loop.call_soon(self._rest, loop, begun)  # behind the writes, which are the work

    def _rest(self, loop: asyncio.AbstractEventLoop, begun: float) -> None:
        """As long as that took: what comes meanwhile goes out in one write a socket, so that more
        messages than there is time for merge and do not wait in line."""
        now = loop.time()
        if now - begun >= LITTLE_WORK_S:
            self._rests_until = now + min(now - begun, MOST_REST_S)

    def _take_news(self, message: Mapping[str, Any]) -> None:
        """Nobody here listens: nobody here will ask for it later."""
        found = self._topics.get(message["topic"])
        if found is not None and found.subscriptions:
            found.news.take(message["frame"])
            _wake(found)

    def _take_access(self, message: Mapping[str, Any]) -> None:
        users = [("user", pk) for pk in message.get("users", ())]
        tokens = [("token", pk) for pk in message.get("tokens", ())]
        displays = [("display", code) for code in message.get("displays", ())]
        for key in (*users, *tokens, *displays):
            for guest in tuple(self._guests.get(key, ())):
                guest.access_changed()

    def _replace_log(self, found: _Topic) -> TopicLog:
        fresh = TopicLog(found.log.topic, gaps=found.log.gaps + 1, refused=found.log.refused)
        found.fresh, found.before = [], None
        for subscription in found.subscriptions:
            subscription.log, subscription.cursor = fresh, None
        return fresh

    def _topic(self, name: str) -> _Topic:
        found = self._topics.get(name)
        if found is None:
            if len(self._topics) >= MAX_TOPICS:
                self._drop_idle(0.0)
            found = self._topics[name] = _Topic(TopicLog(name), used_at=self._now())
        return found

    def _ask(self, found: _Topic) -> None:
        """Ask the ingester for a board that we lack; less and less often, a race may be over."""
        log, now = found.log, self._now()
        if not log.lacks_board:
            found.ask_at, found.ask_wait = 0.0, ASK_FIRST_S
            return
        if not _is_kept(log.topic) or now < found.ask_at or self._loop is None:
            return
        found.ask_at = now + found.ask_wait
        found.ask_wait = min(ASK_MOST_S, found.ask_wait * 2)
        self._spawn(self._send_wanted(log.topic))

    async def _send_wanted(self, topic: str) -> None:
        try:
            await get_channel_layer().group_send(
                news.INGEST_GROUP, {"type": "snapshot.wanted", "topic": topic}
            )
        except Exception:
            logger.warning("could not ask for %s", topic, exc_info=True)

    # -- tasks

    async def _listen(self) -> None:
        async def take(message: Mapping[str, Any]) -> None:
            self.deliver(message)

        await listen(news.HUB_GROUP, take, listening=self.listening)

    async def _keep_house(self) -> None:
        while True:
            await asyncio.sleep(1)
            for found in list(self._topics.values()):
                if found.subscriptions or found.log.known:
                    self._ask(found)
            self._drop_idle(IDLE_S)

    def _drop_idle(self, idle_s: float) -> None:
        limit = self._now() - idle_s
        for name, found in list(self._topics.items()):
            if not found.subscriptions and found.used_at <= limit:
                del self._topics[name]


def _wake(found: _Topic) -> None:
    for subscription in tuple(found.subscriptions):
        subscription.viewer.wake()


def _is_kept(topic: str) -> bool:
    """Has an ingester something to send again? A feed's status comes by itself, news came once."""
    return race_of(topic) is not None or overlay_of(topic) is not None


hub = Hub()

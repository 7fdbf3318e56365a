"""The socket at `/ws/`: who is there, what they may see, and frames as fast as they take them.

A plain ASGI application: Channels' consumer classes cost a layer channel a socket and a thread
hop a message. One task reads what the client says, one writes; the writer takes one frame at a
time from the hub, so a slow client holds a cursor and no queue.

Close codes: 4400 not our protocol · 4401 not authenticated (any more) · 4403 out of a team · 4408
too slow · 4413 message too long · 4429 too many sockets or messages.
"""

from __future__ import annotations

import asyncio
import logging
import time
import uuid
from collections import deque
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Any, ClassVar
from urllib.parse import parse_qs

import orjson
from channels.db import database_sync_to_async
from django.conf import settings
from django.db import DatabaseError
from django.utils.translation import gettext as _

from displays import admission, announcements
from displays.access import Key, Look, PersonViewer, Viewer, viewer_of_code, viewer_of_token
from displays.hub import Cursor, hub
from displays.shared_places import SharedPlaces, shared_places
from displays.subscriptions import Subscriptions
from displays.tally import tally
from teams import log_context
from teams.throttles import Guesses, neighbourhood

logger = logging.getLogger(__name__)

AUTH_WAIT_S = 10.0
SLOW_S = 10.0
RECHECK_S = 60.0
RETRY_S = 5.0  # of a look that the database did not answer
MAX_MESSAGE = 4_096
MAX_REPLIES = 64
BURST, PER_SECOND = 40.0, 4.0

Message = dict[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]


class Goodbye(Exception):  # noqa: N818 - the end of a conversation
    """Close the socket with this code."""

    def __init__(self, code: int, error: str = "") -> None:
        super().__init__(error)
        self.code, self.error = code, error


async def live_socket(scope: Message, receive: Receive, send: Send) -> None:
    """One socket from its handshake to its end. `scope["user"]` comes from the session."""
    if (await receive())["type"] != "websocket.connect":
        return
    hub.ensure_started()
    await send({"type": "websocket.accept"})
    tally.opened += 1
    connection = Connection(scope, receive, send)
    with log_context.about(log_context.About(connection=connection.id)):
        await _converse(connection)


async def _converse(connection: Connection) -> None:
    try:
        await connection.run()
    except Goodbye as goodbye:
        await connection.say_goodbye(goodbye)
    except DatabaseError:
        logger.exception("the database failed a socket")
        await connection.say_goodbye(Goodbye(1011))
    except OSError:  # what a server raises when it is told to write to a closed socket
        pass
    finally:
        connection.release()
        tally.closed[connection.ended_with] += 1


class Connection:
    HANDLERS: ClassVar[dict[str, str]] = {  # by the `type` of a message
        "auth": "_renew",
        "subscribe": "_subscribe",
        "unsubscribe": "_unsubscribe",
        "ping": "_ping",
    }

    def __init__(self, scope: Message, receive: Receive, send: Send) -> None:
        self.id = str(uuid.uuid4())
        self.scope, self._receive, self._send = scope, receive, send
        self.address = str((scope.get("client") or ("unknown",))[0])
        self.viewer: Viewer | None = None
        self.ended_with = 0
        self.subscriptions = Subscriptions(hub, self)
        self._place: Key | None = None
        self._shared: SharedPlaces | None = None  # that counts it too
        self._teams: frozenset[uuid.UUID] = frozenset()
        self._replies: deque[str] = deque()
        self._news = asyncio.Event()
        self._access_news = asyncio.Event()
        self._counts_as = ""
        self._looking = asyncio.Lock()  # what was granted is in force before anybody looks again
        self._allowance, self._counted_at = BURST, time.monotonic()

    # -- life

    async def run(self) -> None:
        self.viewer = self._by_session()
        if self.viewer is None:
            place = neighbourhood(self.address) or self.address
            self._take_place("address", place, settings.MAX_ANONYMOUS_CONNECTIONS_PER_ADDRESS)
            self.viewer = await self._by_code() or await self._by_message()
        if self.viewer.place is not None:
            self.release_place()
            await self._take_shared_place(self.viewer.place)
        hub.check_in(self, self.viewer.keys)
        self._teams = (await self._look([])).teams
        self._reply(self._welcome())
        self._counts_as = type(self.viewer).__name__.removesuffix("Viewer").lower()
        tally.open[self._counts_as] += 1
        await _until_one_ends(self._read(), self._write(), self._recheck())

    async def say_goodbye(self, goodbye: Goodbye) -> None:
        self.ended_with = goodbye.code
        try:
            async with asyncio.timeout(1):
                if goodbye.error:
                    await self._send_text(_text({"type": "auth_error", "error": goodbye.error}))
                await self._send({"type": "websocket.close", "code": goodbye.code})
        except (OSError, TimeoutError):
            abort = self.scope.get("extensions", {}).get("lt.abort")
            if abort:  # a full buffer would keep the socket open until the peer reads
                abort()

    def release(self) -> None:
        if self._counts_as:
            tally.open[self._counts_as] -= 1
        self.subscriptions.end_all()
        if self.viewer is not None:
            hub.check_out(self, self.viewer.keys)
        self.release_place()

    def release_place(self) -> None:
        if self._place is not None:
            admission.places.give_back(self._place)
        if self._shared is not None and self._place is not None:
            self._shared.give_back(self._place, self.id)
        self._place = self._shared = None

    def _take_place(self, kind: str, key: Any, most: int) -> None:
        if not admission.places.take((kind, key), most=most):
            raise Goodbye(4429, _("Too many connections."))
        self._place = kind, key

    async def _take_shared_place(self, place: Key) -> None:
        """One of MAX_CONNECTIONS_PER_USER: of this process, then of them all."""
        most = settings.MAX_CONNECTIONS_PER_USER
        self._take_place(*place, most)
        shared = shared_places()
        if shared is None:
            return
        if not await shared.take(place, self.id, most=most):
            raise Goodbye(4429, _("Too many connections."))
        self._shared = shared

    # -- who is there

    def _by_session(self) -> Viewer | None:
        user = self.scope.get("user")
        if user is None or not user.is_authenticated or self._code():
            return None
        session = self.scope.get("session")
        return PersonViewer(user.pk, (session.session_key or "") if session else "")

    def _code(self) -> str:
        """A display's page shows that display, also to those who are signed in."""
        query = self.scope.get("query_string", b"").decode("latin-1")
        return parse_qs(query).get("display", [""])[0]

    async def _by_code(self) -> Viewer | None:
        code = self._code()
        if not code:
            return None
        viewer = await self._guessed(admission.codes, code, viewer_of_code)
        if viewer is None:
            raise Goodbye(4401, _("This display does not exist."))
        return viewer

    async def _by_message(self) -> Viewer:
        try:
            async with asyncio.timeout(AUTH_WAIT_S):
                message = await self._next_message()
        except TimeoutError:
            raise Goodbye(4401, _("Authentication timed out.")) from None
        return await self._by_token(message if message.get("type") == "auth" else {})

    async def _by_token(self, message: Message) -> Viewer:
        token = message.get("token")
        found = None
        if isinstance(token, str):
            found = await self._guessed(admission.tokens, token, viewer_of_token)
        if found is None:
            raise Goodbye(4401, _("Invalid token"))
        return found

    async def _renew(self, message: Message) -> None:
        """Another token on an open socket: the same person, who goes on with what is subscribed as
        far as the new token allows it. Whoever else it is opens a socket of their own."""
        assert self.viewer is not None
        async with self._looking:
            fresh = await self._by_token(message)
            if not self.viewer.may_become(fresh):
                raise Goodbye(4401, _("This token is somebody else's."))
            tally.renewed += 1
            if not isinstance(self.viewer, PersonViewer):  # a session stays what the socket is by
                await self._become(fresh)
            self._reply(self._welcome())
        self.access_changed()

    async def _become(self, fresh: Viewer) -> None:
        assert self.viewer is not None
        hub.check_out(self, self.viewer.keys)
        if fresh.place != self.viewer.place:
            self.release_place()
            if fresh.place is not None:
                await self._take_shared_place(fresh.place)
        self.viewer = fresh
        hub.check_in(self, fresh.keys)
        self._teams = (await self._look([])).teams

    async def _guessed(
        self, guesses: Guesses, secret: str, look: Callable[[str], Viewer | None]
    ) -> Viewer | None:
        guess = database_sync_to_async(admission.guessed)
        try:
            return await guess(guesses, self.address, secret, look)
        except admission.TooManyGuesses:
            raise Goodbye(4429, _("Too many wrong attempts. Wait a little.")) from None

    def _welcome(self) -> Message:
        user_id = self.viewer.user_id if self.viewer else None
        shown = None if user_id is None else str(user_id)
        return {"type": "auth_success", "connection_id": self.id, "user_id": shown}

    # -- what they say

    async def _read(self) -> None:
        while True:
            message = await self._next_message()
            handler = self.HANDLERS.get(str(message.get("type")))
            if handler is not None:
                await getattr(self, handler)(message)

    async def _next_message(self) -> Message:
        event = await self._receive()
        if event["type"] == "websocket.disconnect":
            raise ConnectionResetError
        self._count()
        text = event.get("text") or event.get("bytes") or ""
        if len(text) > MAX_MESSAGE:
            raise Goodbye(4413)
        try:
            message = orjson.loads(text)
        except ValueError:
            raise Goodbye(4400) from None
        if not isinstance(message, dict):
            raise Goodbye(4400)
        return message

    def _count(self) -> None:
        """A bucket of messages: each subscription asks the database."""
        tally.messages += 1
        now = time.monotonic()
        self._allowance = min(BURST, self._allowance + (now - self._counted_at) * PER_SECOND)
        self._counted_at = now
        self._allowance -= 1
        if self._allowance < 0:
            raise Goodbye(4429)

    async def _ping(self, _message: Message) -> None:
        self._reply({"type": "pong", "at": time.time_ns() // 1_000_000})

    async def _subscribe(self, message: Message) -> None:
        channel = message.get("channel")
        if not isinstance(channel, str) or self.subscriptions.full(channel):
            self._result(channel, error=_("Too many subscriptions."))
            return
        async with self._looking:
            grant = (await self._look([channel])).grants[channel]
            if grant is None:
                self.subscriptions.end(channel)
                self._result(channel, error=_("Not available."))
            else:
                self._result(channel)
                cursor, topic = _cursor(message), message.get("topic")
                tally.subscribed += 1
                tally.resumed += cursor is not None
                self.subscriptions.begin(channel, grant, topic=topic, cursor=cursor)
                self._replies.extend(announcements.frames_of(channel))

    async def _look(self, channels: list[str]) -> Look:
        assert self.viewer is not None
        found = await database_sync_to_async(self.viewer.look)(channels)
        if found is None:
            raise Goodbye(4401, _("You are signed out."))
        return found

    async def _unsubscribe(self, message: Message) -> None:
        channel = message.get("channel")
        if isinstance(channel, str) and self.subscriptions.end(channel):
            self._result(channel)
        else:
            self._result(channel, error=_("Not subscribed."))

    def _result(self, channel: Any, *, error: str | None = None) -> None:
        result = {"type": "subscription_result", "channel": channel, "success": error is None}
        self._reply(result | ({"error": error} if error else {}))

    # -- what they may see still

    def access_changed(self) -> None:
        self._access_news.set()

    async def _recheck(self) -> None:
        """Who signed out or left a team loses the socket, a closed display or an unfollowed feed
        the subscription: at once on news of it, else a minute later."""
        wait = RECHECK_S
        while True:
            await self._news_or(_until_next_look(wait, self.viewer, now=time.time()))
            wait = RECHECK_S
            try:
                await self._recheck_once()
            except DatabaseError:  # the race goes on without the database
                wait = RETRY_S

    async def _news_or(self, wait_s: float) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(wait_s):
                await self._access_news.wait()
        self._access_news.clear()

    async def _recheck_once(self) -> None:
        async with self._looking:
            found = await self._look(self.subscriptions.channels())
            if not found.teams >= self._teams:
                raise Goodbye(4403, _("You are no longer in this team."))
            self._teams = found.teams
            for channel, grant in found.grants.items():
                if grant is not None:
                    self.subscriptions.renew(channel, grant)
                elif self.subscriptions.end(channel):
                    self._result(channel, error=_("No longer available."))

    # -- what they are told

    def wake(self) -> None:
        self._news.set()

    def _reply(self, message: Message) -> None:
        if len(self._replies) >= MAX_REPLIES:
            raise Goodbye(4408)
        self._replies.append(_text(message))
        tally.replies += 1
        self.wake()

    async def _write(self) -> None:
        while True:
            self._news.clear()
            text = self._replies.popleft() if self._replies else self.subscriptions.next()
            if text is None:
                await self._news.wait()
            else:
                await self._send_in_time(text)

    async def _send_in_time(self, text: str) -> None:
        try:
            async with asyncio.timeout(SLOW_S):
                await self._send_text(text)
        except TimeoutError:
            raise Goodbye(4408) from None

    async def _send_text(self, text: str) -> None:
        await self._send({"type": "websocket.send", "text": text})


async def _until_one_ends(*works: Any) -> None:
    tasks = [asyncio.ensure_future(work) for work in works]
    try:
        done, _pending = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
    for task in done:
        task.result()


def _until_next_look(wait_s: float, viewer: Viewer | None, *, now: float) -> float:
    """A token that expires ends its socket in that moment, not at the next look."""
    until = viewer.until if viewer else None
    return wait_s if until is None else min(wait_s, max(0.0, until - now))


def _text(message: Message) -> str:
    return orjson.dumps(message).decode()


def _cursor(message: Message) -> Cursor | None:
    epoch, seq = message.get("epoch"), message.get("seq")
    if type(epoch) is int and type(seq) is int and epoch >= 0 and seq >= 0:
        return Cursor(epoch, seq)
    return None

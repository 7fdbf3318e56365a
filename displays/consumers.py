"""The socket at `/ws/`: who is there, what they may see, and frames as fast as they take them.

A plain ASGI application: Channels' consumer classes cost a layer channel a socket and a thread
hop a message. A socket is one task, which reads what the client says; what it is sent goes through
its outlet, and what its viewer may see is asked by the party of all sockets of that viewer.

Close codes: 4400 not our protocol · 4401 not authenticated (any more) · 4403 out of a team · 4408
too slow · 4413 message too long · 4429 too many sockets or messages.
"""

from __future__ import annotations

import asyncio
import logging
import time
import uuid
from collections.abc import Awaitable, Callable
from typing import Any, ClassVar
from urllib.parse import parse_qs

import orjson
from channels.db import database_sync_to_async
from django.conf import settings
from django.db import DatabaseError
from django.http import parse_cookie
from django.utils.translation import gettext as _

from displays import admission, announcements
from displays.access import (
    Key,
    Look,
    PersonViewer,
    Viewer,
    viewer_of_code,
    viewer_of_session,
    viewer_of_token,
)
from displays.frames import Frame
from displays.hub import Cursor, hub
from displays.looks import Parties, Party
from displays.outlet import Goodbye, Message, Outlet, Send
from displays.shared_places import SharedPlaces, shared_places
from displays.subscriptions import Subscriptions
from displays.tally import tally
from teams import log_context
from teams.throttles import Guesses, neighbourhood

logger = logging.getLogger(__name__)

AUTH_WAIT_S = 10.0
MAX_MESSAGE = 4_096
BURST, PER_SECOND = 40.0, 4.0

Receive = Callable[[], Awaitable[Message]]

parties = Parties(hub)


async def live_socket(scope: Message, receive: Receive, send: Send) -> None:
    """One socket from its handshake to its end."""
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
        self._receive = receive
        self.address = str((scope.get("client") or ("unknown",))[0])
        self._code, self._session = _code(scope), _session(scope)
        pipe = scope.get("extensions", {}).get("lt.pipe")
        self.outlet = Outlet(send, pipe, source=self._next_frame, failed=self._fail)
        self.subscriptions = Subscriptions(hub, self.outlet)
        self.viewer: Viewer | None = None
        self._party: Party | None = None
        self._place: Key | None = None
        self._shared: SharedPlaces | None = None  # that counts it too
        self._teams: frozenset[uuid.UUID] = frozenset()
        self._task = asyncio.current_task()
        self._ending: Goodbye | None = None
        self.ended_with = 0
        self._counts_as = ""
        self._allowance, self._counted_at = BURST, time.monotonic()

    # -- life

    async def run(self) -> None:
        """Until it ends; raises Goodbye where there is something to say."""
        try:
            await self._be_known()
            await self._read()
        except asyncio.CancelledError:
            if self._ending is None or self._task is None:
                raise
            self._task.uncancel()
            raise self._ending from None

    async def _be_known(self) -> None:
        self.viewer = await self._by_session()
        if self.viewer is None:
            place = neighbourhood(self.address) or self.address
            self._take_place("address", place, settings.MAX_ANONYMOUS_CONNECTIONS_PER_ADDRESS)
            self.viewer = await self._by_code() or await self._by_message()
        if self.viewer.place is not None:
            self.release_place()
            await self._take_shared_place(self.viewer.place)
        self._party = parties.join(self.viewer, self)
        self._teams = (await self._look([])).teams
        self._counts_as = type(self.viewer).__name__.removesuffix("Viewer").lower()
        tally.open[self._counts_as] += 1
        self.outlet.reply(self._welcome())

    def _fail(self, goodbye: Goodbye) -> None:
        """End the conversation, from outside of its task."""
        if self._ending is None and self._task is not None:
            self._ending = goodbye
            self._task.cancel()

    async def say_goodbye(self, goodbye: Goodbye) -> None:
        self.ended_with = goodbye.code
        self._task = None  # nothing interrupts the last word
        await self.outlet.say_goodbye(goodbye)

    def release(self) -> None:
        if self._counts_as:
            tally.open[self._counts_as] -= 1
        self.outlet.close()
        self.subscriptions.end_all()
        if self._party is not None:
            parties.leave(self._party, self)
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

    async def _by_session(self) -> Viewer | None:
        if not self._session or self._code:
            return None
        return await database_sync_to_async(viewer_of_session)(self._session)

    async def _by_code(self) -> Viewer | None:
        if not self._code:
            return None
        viewer = await self._guessed(admission.codes, self._code, viewer_of_code)
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
        fresh = await self._by_token(message)
        if not self.viewer.may_become(fresh):
            raise Goodbye(4401, _("This token is somebody else's."))
        tally.renewed += 1
        if not isinstance(self.viewer, PersonViewer):  # a session stays what the socket is by
            await self._become(fresh)
        self.outlet.reply(self._welcome())
        assert self._party is not None
        self._party.access_changed()

    async def _become(self, fresh: Viewer) -> None:
        assert self.viewer is not None
        if fresh.place != self.viewer.place:
            self.release_place()
            if fresh.place is not None:
                await self._take_shared_place(fresh.place)
        if self._party is not None:
            parties.leave(self._party, self)
        self.viewer, self._party = fresh, parties.join(fresh, self)
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
        self.outlet.reply({"type": "pong", "at": time.time_ns() // 1_000_000})

    async def _subscribe(self, message: Message) -> None:
        channel = message.get("channel")
        if not isinstance(channel, str) or self.subscriptions.full(channel):
            self._result(channel, error=_("Too many subscriptions."))
            return
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
            self.outlet.tell(announcements.frames_of(channel))

    async def _look(self, channels: list[str]) -> Look:
        assert self._party is not None
        found = await self._party.look(channels)
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
        self.outlet.reply(result | ({"error": error} if error else {}))

    # -- what they may see still

    def channels(self) -> list[str]:
        return self.subscriptions.channels()

    def looked(self, look: Look | None) -> None:
        """What the party was told when it looked again."""
        try:
            self._heed(look)
        except Goodbye as goodbye:
            self._fail(goodbye)

    def _heed(self, look: Look | None) -> None:
        if look is None:
            raise Goodbye(4401, _("You are signed out."))
        if not look.teams >= self._teams:
            raise Goodbye(4403, _("You are no longer in this team."))
        self._teams = look.teams
        for channel in self.subscriptions.channels():
            if channel not in look.grants:
                continue  # subscribed since the question, by a later answer
            grant = look.grants[channel]
            if grant is not None:
                self.subscriptions.renew(channel, grant)
            elif self.subscriptions.end(channel):
                self._result(channel, error=_("No longer available."))

    def _next_frame(self) -> Frame | None:
        return self.subscriptions.next()


def _code(scope: Message) -> str:
    """A display's page shows that display, also to those who are signed in."""
    query = scope.get("query_string", b"").decode("latin-1")
    return parse_qs(query).get("display", [""])[0]


def _session(scope: Message) -> str:
    cookies = b"; ".join(value for name, value in scope.get("headers", ()) if name == b"cookie")
    return parse_cookie(cookies.decode("latin-1")).get(settings.SESSION_COOKIE_NAME, "")


def _cursor(message: Message) -> Cursor | None:
    epoch, seq = message.get("epoch"), message.get("seq")
    if type(epoch) is int and type(seq) is int and epoch >= 0 and seq >= 0:
        return Cursor(epoch, seq)
    return None

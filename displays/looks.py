"""What the viewers of this process may see, asked once for all sockets of the same viewer.

Thousands of screens open one display, a browser opens a socket a tab: they are one *party*. A
question that comes while another of the party waits for its turn is answered with that one, so a
server that restarts asks the database as often as it has viewers, not as often as it has sockets.
Nothing is remembered: every answer is from after its question.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterable
from contextlib import suppress
from contextvars import Context
from typing import Protocol

from channels.db import database_sync_to_async
from django.db import DatabaseError

from displays.access import Look, Viewer
from displays.hub import Hub

RECHECK_S = 60.0
RETRY_S = 5.0  # of a look that the database did not answer
BREATH = 100  # sockets told in a row


class Socket(Protocol):
    """One of a party. Both are called in the loop, and raise nothing."""

    def channels(self) -> Iterable[str]: ...

    def looked(self, look: Look | None) -> None:
        """What they may see now; None: they may not be here any more."""


class Party:
    """All sockets of one viewer. `news` counts what was heard about their access."""

    def __init__(self, viewer: Viewer, turn: asyncio.Lock) -> None:
        self.viewer, self._turn = viewer, turn
        self.sockets: set[Socket] = set()
        self.news = 0
        self._heard = asyncio.Event()
        self._asked: set[str] = set()
        self._asking: asyncio.Task[Look | None] | None = None  # waits for its turn
        # In a context of its own: not in that of the socket that happens to be the first.
        self._minding = asyncio.create_task(self._mind(), context=Context())

    def access_changed(self) -> None:
        self.news += 1
        self._heard.set()

    async def look(self, channels: Iterable[str]) -> Look | None:
        """None: the viewer may not be here any more. The answer is from after all news, so what it
        grants can be in force before more of them are heard; it may tell of more channels than were
        asked for. Raises DatabaseError."""
        wanted = set(channels)
        while True:
            news = self.news
            self._asked |= wanted
            if self._asking is None:
                self._asking = asyncio.create_task(self._ask())
            found = await asyncio.shield(self._asking)
            if self.news == news:
                return found

    async def _ask(self) -> Look | None:
        async with self._turn:
            asked, self._asked, self._asking = self._asked, set(), None
            return await database_sync_to_async(self.viewer.look)(asked)

    async def _mind(self) -> None:
        """Who signed out or left a team loses the socket, a closed display or an unfollowed feed
        the subscription: at once on news of it, else a minute later."""
        wait = RECHECK_S
        while True:
            await self._news_or(_until_next_look(wait, self.viewer, now=time.time()))
            try:
                found = await self.look({name for one in self.sockets for name in one.channels()})
            except DatabaseError:  # the race goes on without the database
                wait = RETRY_S
                continue
            wait = RECHECK_S
            for count, one in enumerate(tuple(self.sockets), start=1):
                one.looked(found)
                if count % BREATH == 0:
                    await asyncio.sleep(0)

    async def _news_or(self, wait_s: float) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(wait_s):
                await self._heard.wait()
        self._heard.clear()

    def end(self) -> None:
        self._minding.cancel()


class Parties:
    """Of one event loop: another one begins without any."""

    def __init__(self, hub: Hub) -> None:
        self._hub = hub
        self._loop: asyncio.AbstractEventLoop | None = None
        self._parties: dict[Viewer, Party] = {}
        self._turn = asyncio.Lock()

    def join(self, viewer: Viewer, socket: Socket) -> Party:
        loop = asyncio.get_running_loop()
        if self._loop is not loop:
            self._loop, self._parties, self._turn = loop, {}, asyncio.Lock()
        party = self._parties.get(viewer)
        if party is None:
            party = self._parties[viewer] = Party(viewer, self._turn)
            self._hub.check_in(party, viewer.keys)
        party.sockets.add(socket)
        return party

    def leave(self, party: Party, socket: Socket) -> None:
        party.sockets.discard(socket)
        if not party.sockets and self._parties.get(party.viewer) is party:
            del self._parties[party.viewer]
            self._hub.check_out(party, party.viewer.keys)
            party.end()


def _until_next_look(wait_s: float, viewer: Viewer, *, now: float) -> float:
    """A token that expires ends its sockets in that moment, not at the next look."""
    return wait_s if viewer.until is None else min(wait_s, max(0.0, viewer.until - now))

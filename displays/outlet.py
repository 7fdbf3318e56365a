"""What one socket is to be sent: answers first, then frames, as fast as it takes them.

Where the server offers a *pipe* (`scope["extensions"]["lt.pipe"]`, see lt_analyzer/server.py),
ready bytes go straight to the transport, and a socket without room costs a cursor and no queue. Any
other server is sent to in the ordinary way, by a task that lives while there is something to send.
"""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Awaitable, Callable, Iterable
from typing import Any, Protocol

import orjson

from displays.frames import Batch, Frame
from displays.tally import tally

logger = logging.getLogger(__name__)

SLOW_S = 10.0
LAST_WORD_S = 1.0
MAX_REPLIES = 64

Message = dict[str, Any]
Send = Callable[[Message], Awaitable[None]]


class Goodbye(Exception):  # noqa: N818 - the end of a conversation
    """Close the socket with this code."""

    def __init__(self, code: int, error: str = "") -> None:
        super().__init__(error)
        self.code, self.error = code, error


class Pipe(Protocol):
    """The way past the server's own `send`. Called in the loop."""

    @property
    def deflates(self) -> bool:
        """Whether frames may be deflated, each by itself."""

    @property
    def has_room(self) -> bool: ...

    def put(self, data: bytes) -> bool:
        """Write whole frames. False: there is no room, and nothing was written."""

    async def room(self) -> None:
        """Returns when there is room. Raises OSError once the socket is gone."""

    def abort(self) -> None: ...


class Outlet:
    """`source` gives the next frame; `failed` is told, once, why no more can be sent."""

    def __init__(
        self,
        send: Send,
        pipe: Pipe | None,
        *,
        source: Callable[[], Frame | None],
        failed: Callable[[Goodbye], None],
    ) -> None:
        self._send, self._pipe = send, pipe
        self._source, self._failed = source, failed
        self._replies: deque[Frame] = deque()
        self._writing: asyncio.Task[None] | None = None
        self._closed = False

    def push(self, batch: Batch) -> bool:
        """Write this now, unless something waits before it."""
        pipe = self._pipe
        if pipe is None or self._writing is not None or self._closed:
            return False
        return pipe.put(batch.deflated if pipe.deflates else batch.plain)

    def wake(self) -> None:
        """There is something to send. Raises nothing: who fans out has others to serve."""
        if self._writing is not None or self._closed:
            return
        try:
            if self._pipe is not None and self._drain(self._pipe):
                return
        except Exception:
            logger.exception("a socket could not be served")
            self._failed(Goodbye(1011))
            return
        self._writing = asyncio.get_running_loop().create_task(self._write())

    def reply(self, message: Message) -> None:
        """Raises Goodbye where nobody reads the answers."""
        if len(self._replies) >= MAX_REPLIES:
            raise Goodbye(4408)
        self._replies.append(_frame(message))
        tally.replies += 1
        self.wake()

    def tell(self, texts: Iterable[str]) -> None:
        """Once, to this socket alone, what its subscription missed."""
        self._replies.extend(Frame(text) for text in texts)
        self.wake()

    async def say_goodbye(self, goodbye: Goodbye) -> None:
        """The last word, to whoever still hears it."""
        self.close()
        try:
            async with asyncio.timeout(LAST_WORD_S):
                if goodbye.error:
                    error = _frame({"type": "auth_error", "error": goodbye.error})
                    await self._send({"type": "websocket.send", "text": error.text})
                await self._send({"type": "websocket.close", "code": goodbye.code})
        except (OSError, TimeoutError):
            if self._pipe is not None:  # a full buffer would keep it open until the peer reads
                self._pipe.abort()

    def close(self) -> None:
        self._closed = True
        if self._writing is not None:
            self._writing.cancel()

    def _next(self) -> Frame | None:
        return self._replies.popleft() if self._replies else self._source()

    def _drain(self, pipe: Pipe) -> bool:
        """Write what there is. False: there may be more, and no room for it."""
        while pipe.has_room:
            frame = self._next()
            if frame is None:
                return True
            pipe.put(frame.deflated if pipe.deflates else frame.plain)
        return False

    async def _write(self) -> None:
        try:
            if self._pipe is None:
                await self._send_all()
            else:
                await self._send_when_there_is_room(self._pipe)
        except TimeoutError:
            self._failed(Goodbye(4408))
        except OSError:  # the reader hears of it
            pass
        except Exception:
            logger.exception("a socket could not be served")
            self._failed(Goodbye(1011))
        finally:
            self._writing = None

    async def _send_when_there_is_room(self, pipe: Pipe) -> None:
        while True:
            async with asyncio.timeout(SLOW_S):
                await pipe.room()
            if self._drain(pipe):
                return

    async def _send_all(self) -> None:
        while (frame := self._next()) is not None:
            async with asyncio.timeout(SLOW_S):
                await self._send({"type": "websocket.send", "text": frame.text})


def _frame(message: Message) -> Frame:
    return Frame(orjson.dumps(message).decode())

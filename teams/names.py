"""The addresses of a host. The system's resolver cannot be interrupted, and it waits for a name
server that hangs as long as it likes, half a minute and more; nobody here waits with it.

Each question has a daemon thread of its own, which the end of the program does not wait for. Who
asks for a host that is being asked for waits for the same answer: however many messages are for
a name that hangs, it costs one thread.
"""

from __future__ import annotations

import asyncio
import threading
from concurrent.futures import Future
from socket import SOCK_STREAM, getaddrinfo

LOOK_UP_S = 5.0
MOST = 256  # questions at a time

_lock = threading.Lock()
_asked: dict[str, Future[list[str]]] = {}


class TooManyQuestions(Exception):  # noqa: N818
    """So many names hang that no other is asked for."""


async def addresses_of(host: str) -> list[str]:
    """Each once, in the resolver's order. Raises socket.gaierror, UnicodeError, TimeoutError (no
    answer within LOOK_UP_S), TooManyQuestions."""
    async with asyncio.timeout(LOOK_UP_S):
        return await asyncio.wrap_future(_question(host))


def _question(host: str) -> Future[list[str]]:
    with _lock:
        if host in _asked:
            return _asked[host]
        if len(_asked) >= MOST:
            raise TooManyQuestions
        question: Future[list[str]] = Future()
        question.set_running_or_notify_cancel()  # or one who gives up would cancel it for all
        _asked[host] = question
    threading.Thread(target=_answer, args=(host, question), name="lt-name", daemon=True).start()
    return question


def _answer(host: str, question: Future[list[str]]) -> None:
    try:
        found = getaddrinfo(host, None, type=SOCK_STREAM)
        answer = list(dict.fromkeys(str(each[4][0]) for each in found))
    except BaseException as error:  # noqa: BLE001 - whoever waits is told
        _forget(host)
        question.set_exception(error)
    else:
        _forget(host)
        question.set_result(answer)


def _forget(host: str) -> None:
    """Before the answer is given: who asks after it asks anew."""
    with _lock:
        _asked.pop(host, None)

"""A thread that talks to the database for the event loop, which never waits for a row.

One thread, one connection, one queue. All facts of a process are written by one of them; leases are
renewed, and tapes read again, by others, which must not wait for a long write nor hold one up.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from typing import ParamSpec, TypeVar

from django.db import InterfaceError, OperationalError, close_old_connections, connections

from teams import log_context
from teams.scoping import every_team

P = ParamSpec("P")
T = TypeVar("T")

# What a database that is away (or locked) raises: wait and try again.
AWAY = (OperationalError, InterfaceError)


class Writer:
    def __init__(self, name: str = "lt-writer") -> None:
        self._scope = ExitStack()  # opened once, in the thread: each opening is audited
        self._pool = ThreadPoolExecutor(
            max_workers=1,
            thread_name_prefix=name,
            initializer=lambda: self._scope.enter_context(every_team("ingest")),
        )

    async def call(self, work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Run `work` in the writer's thread, in its turn. Raises what it raises."""
        loop, about = asyncio.get_running_loop(), log_context.current()

        def told() -> T:
            with log_context.about(about):
                return _run(work, *args, **kwargs)

        return await loop.run_in_executor(self._pool, told)

    @property
    def backlog(self) -> int:
        """How much waits for its turn."""
        return self._pool._work_queue.qsize()

    async def close(self) -> None:
        loop = asyncio.get_running_loop()
        await loop.run_in_executor(self._pool, connections.close_all)
        await loop.run_in_executor(self._pool, self._scope.close)
        self._pool.shutdown(wait=True)


def _run(work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    close_old_connections()  # a connection that broke is not tried again
    try:
        return work(*args, **kwargs)
    except AWAY:
        connections.close_all()
        raise

"""Sockets of a person, counted over all web processes: a sorted set of theirs in Redis.

Each socket is an entry that its process renews while it is open, so that what a killed process
held is free again within LEASE_S. Redis decides who comes first. While it is away nobody is
refused here: the count of this process (`admission.places`) holds all the same.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable
from contextlib import suppress
from typing import Any, cast

from django.conf import settings

logger = logging.getLogger(__name__)

LEASE_S = 30
RENEW_S = 10.0
ANSWER_S = 1.0  # a Redis that hangs must not keep people out
FORGIVENESS_S = 30.0  # after it did not answer: so long nobody waits for it

Key = tuple[str, Any]

_TAKE = """
local now = tonumber(redis.call('TIME')[1])
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now)
if redis.call('ZCARD', KEYS[1]) >= tonumber(ARGV[2]) then return 0 end
redis.call('ZADD', KEYS[1], now + tonumber(ARGV[3]), ARGV[1])
redis.call('EXPIRE', KEYS[1], ARGV[3])
return 1
"""
_RENEW = """
local until_ = tonumber(redis.call('TIME')[1]) + tonumber(ARGV[1])
for place = 2, #ARGV do redis.call('ZADD', KEYS[1], until_, ARGV[place]) end
redis.call('EXPIRE', KEYS[1], ARGV[1])
return 1
"""


class SharedPlaces:
    """Of one event loop. `name`: what a socket is called, in all processes."""

    def __init__(self, url: str, *, prefix: str) -> None:
        from redis.asyncio import Redis  # of no use, and not small, without REDIS_URL

        self._redis: Any = Redis.from_url(
            url, socket_timeout=ANSWER_S, socket_connect_timeout=ANSWER_S
        )
        self._prefix = prefix
        self._held: dict[Key, set[str]] = {}
        self._keeping: asyncio.Task[None] | None = None
        self._leaving: set[asyncio.Task[None]] = set()
        self._away_until = 0.0

    async def take(self, key: Key, name: str, *, most: int) -> bool:
        """False: others hold so many already."""
        found = await self._ask(_TAKE, key, name, most, LEASE_S)
        if found == 0:
            return False
        self._held.setdefault(key, set()).add(name)
        if self._keeping is None or self._keeping.done():
            self._keeping = asyncio.create_task(self._keep())
        return True

    def give_back(self, key: Key, name: str) -> None:
        """In the background: what is not given back runs out."""
        names = self._held.get(key, set())
        names.discard(name)
        if not names:
            self._held.pop(key, None)
        task = asyncio.create_task(self._remove(key, name))
        self._leaving.add(task)
        task.add_done_callback(self._leaving.discard)

    async def close(self) -> None:
        tasks = [*self._leaving, *([self._keeping] if self._keeping else [])]
        if self._keeping:
            self._keeping.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        with suppress(Exception):
            await self._redis.aclose()

    async def _keep(self) -> None:
        while self._held:
            await asyncio.sleep(RENEW_S)
            await self.renew()

    async def renew(self) -> None:
        for key, names in list(self._held.items()):
            await self._ask(_RENEW, key, LEASE_S, *sorted(names))

    async def _remove(self, key: Key, name: str) -> None:
        await self._answered(self._redis.zrem(self._name(key), name))

    async def _ask(self, script: str, key: Key, *args: Any) -> Any:
        return await self._answered(self._redis.eval(script, 1, self._name(key), *args))

    async def _answered(self, question: Awaitable[Any]) -> Any:
        """None while Redis does not answer."""
        now = asyncio.get_running_loop().time()
        if now < self._away_until:
            cast(Any, question).close()
            return None
        try:
            async with asyncio.timeout(ANSWER_S):
                return await question
        except Exception:  # Redis away, in any of its ways
            self._away_until = now + FORGIVENESS_S
            logger.warning("sockets are counted by this process alone", exc_info=True)
            return None

    def _name(self, key: Key) -> str:
        return f"{self._prefix}:sockets:{key[0]}:{key[1]}"


_here: tuple[asyncio.AbstractEventLoop, SharedPlaces] | None = None


def shared_places() -> SharedPlaces | None:
    """Of the running loop; None where there is but one process."""
    global _here
    if not settings.REDIS_URL:
        return None
    loop = asyncio.get_running_loop()
    if _here is None or _here[0] is not loop:
        prefix = settings.CACHES["default"].get("KEY_PREFIX", "lt")
        _here = loop, SharedPlaces(settings.REDIS_URL, prefix=prefix)
    return _here[1]

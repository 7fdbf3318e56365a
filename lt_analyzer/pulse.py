"""What a web process does by itself, now and then: says how it does, reads the announcements anew,
and tells the dashboards when the installation's health turns.

Begun with the server's lifespan, or with the first request where a server announces none (daphne).
"""

from __future__ import annotations

import asyncio
import logging
from typing import Any

from django.conf import settings
from django.db import DatabaseError

from displays import announcements
from displays.hub import hub
from displays.metrics import hub_numbers
from lt_analyzer import probes
from timing import metrics
from timing.beating import keep_beating
from timing.frames import hub_news

logger = logging.getLogger(__name__)

LOOK_S = 5.0
READ_EVERY = 6  # looks

_tasks: set[asyncio.Task[None]] = set()
_loop: asyncio.AbstractEventLoop | None = None


def ensure_started() -> None:
    global _loop
    loop = asyncio.get_running_loop()
    if _loop is loop or not settings.PULSE:
        return
    _loop = loop
    _tasks.clear()
    for work in (keep_beating(_kind, _of_sockets), _look()):
        task = loop.create_task(work)
        _tasks.add(task)
        task.add_done_callback(_tasks.discard)


async def stop() -> None:
    global _loop
    tasks, _loop = list(_tasks), None
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


def _kind() -> str:
    return "live" if metrics.running else "web"


def _of_sockets() -> dict[str, Any]:
    return {"hub": hub_numbers()}


async def _look() -> None:
    told, looks = "", 0
    while True:
        try:
            if looks % READ_EVERY == 0:
                await probes.in_thread(announcements.refresh)
            told = await tell_health(told)
        except DatabaseError as error:  # what was said before is shown on
            logger.warning("announcements were not read: %s", str(error).strip())
        except Exception:  # a bug of ours must not end the looking
            logger.exception("the pulse failed")
        looks += 1
        await asyncio.sleep(LOOK_S)


async def tell_health(told: str) -> str:
    """Says it to this process's dashboards if it is another than `told`; returns what it is."""
    status = (await probes.health_now()).status
    if status != told and told:
        at = announcements.now_ms()
        hub.deliver(hub_news("dashboard", "system.status", status=status, at=at))
    return status

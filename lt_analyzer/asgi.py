"""The application that every ASGI server runs: pages, the socket, and the hub beside them."""

from __future__ import annotations

import os
from typing import Any

from django.core.asgi import get_asgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "lt_analyzer.settings")
pages = get_asgi_application()  # loads the apps, which the imports below need

from displays.consumers import live_socket  # noqa: E402
from displays.hub import hub  # noqa: E402
from displays.origin import OriginGuard  # noqa: E402
from displays.snapshots import pollers  # noqa: E402
from lt_analyzer import probes, pulse  # noqa: E402
from lt_analyzer.bodies import bounded  # noqa: E402

socket = OriginGuard(live_socket)


async def application(scope: dict[str, Any], receive: Any, send: Any) -> None:
    if scope["type"] == "lifespan":
        await _lifespan(receive, send)
        return
    # Here too, because daphne announces no lifespan: pages read the hub's snapshots.
    hub.ensure_started()
    pulse.ensure_started()
    if scope["type"] == "websocket" and scope["path"] != "/ws/":
        await send({"type": "websocket.close"})
        return
    if scope["type"] == "http":
        if await probes.answered(scope, send):
            return
        if await pollers.answered(scope, send):
            return
        await bounded(pages, scope, receive, pollers.noting(scope, send))
        return
    await socket(scope, receive, send)


async def _lifespan(receive: Any, send: Any) -> None:
    while True:
        event = await receive()
        if event["type"] == "lifespan.startup":
            hub.ensure_started()
            pulse.ensure_started()
            await send({"type": "lifespan.startup.complete"})
        else:
            await pulse.stop()
            await hub.stop()
            await send({"type": "lifespan.shutdown.complete"})
            return

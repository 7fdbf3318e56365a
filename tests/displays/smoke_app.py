"""The product with a database and a race of its own, for a server in another process to serve.

`python -m tests.displays.smoke_app uvicorn|daphne PORT`. A frame is published every 50 ms; the
display's code is the first line on stdout.
"""

# ruff: noqa: E402 - Django must be set up first
from __future__ import annotations

import asyncio
import os
import sys
from typing import Any

os.environ["DJANGO_SETTINGS_MODULE"] = "tests.settings"
os.environ |= {"LT_TEST_DATABASE_URL": "", "LT_TEST_REDIS_URL": ""}

import django

django.setup()

from channels.layers import get_channel_layer
from django.core.management import call_command

from displays.models import Display
from lt_analyzer.asgi import application as product
from teams.scoping import every_team
from tests import factories as make
from tests.displays.frames import Ingester, a_board

_ingesting: asyncio.Task[None] | None = None
_race = ""


def prepare() -> str:
    global _race
    call_command("migrate", verbosity=0)
    team = make.team("Smoke")
    race = make.race(make.followed_feed(team))
    _race = str(race.pk)
    with every_team("smoke"):
        return Display.objects.create(team=team, name="TV", race=race).code


async def ingest() -> None:
    """What an ingester does: publishes changes, and the whole board to a hub that lacks it."""
    ingester = Ingester(topic=f"race.{_race}", board=a_board(race=_race))
    layer = get_channel_layer()
    channel = await layer.new_channel()
    await layer.group_add("ingest", channel)
    asked = asyncio.create_task(layer.receive(channel))
    await layer.group_send("hub", ingester.whole())
    for lap in range(1, 10_000):
        await asyncio.sleep(0.05)
        await layer.group_send("hub", ingester.change(a_board(lap, race=_race)))
        if asked.done():
            assert asked.result()["type"] == "snapshot.wanted"
            asked = asyncio.create_task(layer.receive(channel))
            await layer.group_send("hub", ingester.again())


async def application(scope: dict[str, Any], receive: Any, send: Any) -> None:
    global _ingesting
    if _ingesting is None:
        _ingesting = asyncio.ensure_future(ingest())
    await product(scope, receive, send)


def serve_uvicorn(port: int) -> None:
    from lt_analyzer import server

    server.APPLICATION = "__main__:application"

    async def main() -> None:
        stop = server.stop_signals()
        await server.serve(server.listen(port=port), stop=stop)

    server.run(main())
    print("stopped", flush=True)


def serve_daphne(port: int) -> None:
    from daphne.cli import CommandLineInterface

    sys.modules["smoke_main"] = sys.modules["__main__"]
    CommandLineInterface().run(["-b", "127.0.0.1", "-p", str(port), "smoke_main:application"])


if __name__ == "__main__":
    print(prepare(), flush=True)
    {"uvicorn": serve_uvicorn, "daphne": serve_daphne}[sys.argv[1]](int(sys.argv[2]))

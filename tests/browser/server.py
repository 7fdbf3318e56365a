"""The product's own web side as a process of its own, for browsers: `python -m` this with a port.

No pipeline: what the ingester would send to the hub comes as lines of JSON on stdin. It serves
until stdin closes. The data directory survives the process, so a restart is a real one.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys

import django

PASSWORD = "browser-tests"  # of a user in a throw-away database


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "lt_analyzer.settings")
    django.setup()
    from lt_analyzer import server

    prepare()
    server.run(serve(int(sys.argv[1])))


def prepare() -> None:
    from django.core.management import call_command

    from teams.models import User

    call_command("migrate", verbosity=0)
    if not User.objects.exists():
        from tests.browser.scene import seed

        seed(PASSWORD)


async def serve(port: int) -> None:
    from lt_analyzer import server

    stop, ready = asyncio.Event(), asyncio.Event()
    sock = server.listen(port=port)
    listening = asyncio.create_task(listen_to_stdin(stop))
    serving = asyncio.create_task(server.serve(sock, stop=stop, ready=ready))
    await ready.wait()
    print("ready", flush=True)
    await serving
    listening.cancel()


async def listen_to_stdin(stop: asyncio.Event) -> None:
    from channels.layers import get_channel_layer

    loop = asyncio.get_running_loop()
    while line := await loop.run_in_executor(None, sys.stdin.readline):
        await get_channel_layer().group_send("hub", json.loads(line))
        print("sent", flush=True)
    stop.set()


if __name__ == "__main__":
    main()

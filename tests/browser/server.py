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
    from displays.hub import hub
    from lt_analyzer import server

    stop, ready = asyncio.Event(), asyncio.Event()
    sock = server.listen(port=port)
    serving = asyncio.create_task(server.serve(sock, stop=stop, ready=ready))
    await ready.wait()
    hub.ensure_started()
    await hub.listening.wait()
    listening = asyncio.create_task(listen_to_stdin(stop))
    print("ready", flush=True)
    await serving
    listening.cancel()


async def listen_to_stdin(stop: asyncio.Event) -> None:
    from channels.layers import get_channel_layer

    from displays.hub import hub

    loop = asyncio.get_running_loop()
    while line := await loop.run_in_executor(None, sys.stdin.readline):
        delivered = hub.delivered
        await get_channel_layer().group_send("hub", json.loads(line))
        while hub.delivered == delivered:  # a page that is asked for now shows it
            await asyncio.sleep(0.001)
        print("sent", flush=True)
    stop.set()


if __name__ == "__main__":
    main()

"""`websockets.broadcast`: the fastest way that the websockets library offers, on uvloop."""

from __future__ import annotations

import asyncio
import json

import uvloop
from pace import Pace, a_message, announce
from websockets.asyncio.server import ServerConnection, broadcast, serve


async def main() -> None:
    there: set[ServerConnection] = set()

    async def stay(connection: ServerConnection) -> None:
        there.add(connection)
        try:
            await connection.wait_closed()
        finally:
            there.discard(connection)

    async with serve(stay, "127.0.0.1", 0, compression=None, ping_interval=None) as server:
        announce(next(iter(server.sockets)).getsockname()[1])
        pace = Pace()
        while True:
            await asyncio.sleep(pace.wait_s())
            for n, at_ns in pace.due():
                broadcast(there, json.dumps(a_message(n, at_ns)))


with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
    runner.run(main())

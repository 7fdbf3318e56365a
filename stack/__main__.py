"""``./dev stack``: PostgreSQL, Redis, two web processes, two ingesters, worker, beat and nginx."""

from __future__ import annotations

import argparse
import asyncio
import os
import signal
import sys
from pathlib import Path

from stack.nginx import is_installed
from stack.stack import ROOT, Ports, Stack


def main() -> None:
    parser = argparse.ArgumentParser(prog="./dev stack", description=__doc__)
    default = Path(os.environ.get("LT_DATA_DIR") or ROOT / "var") / "stack"
    parser.add_argument("--data", type=Path, default=default, help="default: LT_DATA_DIR/stack")
    port = int(os.environ.get("PORT") or 8000)
    parser.add_argument("--port", type=int, default=port, help="of nginx; web 1 and 2 follow it")
    parser.add_argument("--ingesters", type=int, default=2)
    parser.add_argument("--no-demo", action="store_true", help="without the simulated track")
    arguments = parser.parse_args()
    first = arguments.port
    ports = Ports(web=(first + 1, first + 2), front=first) if first else Ports()
    stack = Stack(arguments.data.absolute(), ports, ingesters=arguments.ingesters)
    if arguments.no_demo:
        stack.track = None
    try:
        asyncio.run(_run(stack))
    except RuntimeError as error:
        sys.exit(str(error))


async def _run(stack: Stack) -> None:
    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    starting = asyncio.create_task(stack.__aenter__())
    stopping = asyncio.create_task(stop.wait())
    await asyncio.wait({starting, stopping}, return_when=asyncio.FIRST_COMPLETED)
    if not starting.done():
        starting.cancel()
        await asyncio.wait({starting})
        return
    starting.result()
    try:
        print(_greeting(stack), flush=True)
        await stop.wait()
    finally:
        print("stopping …", flush=True)
        await stack.stop()


def _greeting(stack: Stack) -> str:
    web = [f"http://127.0.0.1:{port}" for port in stack.ports.web]
    told = [(f"web {number}", address) for number, address in enumerate(web, start=1)]
    front = web[0]
    if is_installed():
        front = f"http://127.0.0.1:{stack.ports.front}"
        told.insert(0, ("LT-Analyzer", front))
    else:
        told.append(("nginx", "is not installed: use web 1 or web 2"))
    if stack.demo is not None:
        told.append(("sign in", f"{stack.demo.username} / {stack.demo.password}"))
        told.append(("public", f"{front}/d/{stack.demo.display}/"))
    told += [("database", stack.env["DATABASE_URL"]), ("redis", stack.env["REDIS_URL"])]
    lines = [f"  {what:<13}{text}" for what, text in told]
    return "\n".join(["", *lines, "  Ctrl-C stops all of it.", ""])


if __name__ == "__main__":
    main()

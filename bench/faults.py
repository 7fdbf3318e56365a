"""``python -m bench faults [name…]``: each fault on a stack of its own making, with what it showed.

After each fault the track is frozen, and two things must hold: the database has what the tape
tells, and a viewer that was there all the time, and never reloaded, shows the board that a viewer
gets who comes now.
"""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

from bench.machine import machine
from bench.page import write_section
from bench.viewer import Viewer
from stack.children import Child
from stack.stack import ROOT, TRACK, Stack

AWAY_S = 30.0
PATIENCE_S = 90.0
TRACK_WORDS = ("--karts", 12, "--minutes", 600, "--speed", 4, "--seed", 7)


class Scene:
    """A stack with a race under way and a viewer on it. `told` is what the fault shows."""

    def __init__(self, stack: Stack, viewer: Viewer, away_s: float = AWAY_S) -> None:
        self.stack, self.viewer, self.away_s = stack, viewer, away_s
        self.told: list[str] = []

    def child(self, name: str) -> Child:
        return self.stack.children[name]

    async def ask(self, sql: str) -> list[tuple[object, ...]]:
        import psycopg

        url = self.stack.env["DATABASE_URL"].replace("lt@", "dba@")
        async with await psycopg.AsyncConnection.connect(url, connect_timeout=5) as connection:
            return await (await connection.execute(sql)).fetchall()

    async def lease(self) -> tuple[str, int]:
        """The child that holds the feed, and the epoch."""
        found = await self.ask("select holder, epoch from timing_feedstate where holder <> ''")
        for holder, epoch in found:
            pid = int(str(holder).split("/")[1])
            for name, child in self.stack.children.items():
                if child.runs and child.pid == pid:
                    return name, int(str(epoch))
        return "", 0

    async def holder(self) -> Child:
        await until(self._is_held, "an ingester holds the feed")
        return self.child((await self.lease())[0])

    async def _is_held(self) -> bool:
        return bool((await self.lease())[0])

    async def taken_over(self, epoch: int) -> float:
        """Seconds until another lease is there and the viewer sees frames under it."""
        begun = time.monotonic()
        await until(lambda: self.viewer.epoch > epoch, "frames of a successor")
        return time.monotonic() - begun

    async def moves(self, more: int = 5) -> None:
        """The viewer sees the race go on."""
        seen = self.viewer.frames
        await until(lambda: self.viewer.frames >= seen + more, "the board moves")

    async def check(self) -> list[str]:
        """What is wrong in the end. Leaves the race running."""
        await self.moves()
        track = self.child(TRACK)
        track.send(signal.SIGSTOP)
        try:
            wrong = await self._differences_that_stay()
            fresh = Viewer(self.stack.ports.web[::-1], self.viewer.display)
            async with fresh:
                try:
                    await until(lambda: fresh.place == self.viewer.place, "two viewers meet", 60)
                    if fresh.board != self.viewer.board:
                        wrong.append("the boards of an old and of a new viewer differ")
                except AssertionError:
                    wrong.append(
                        f"the viewer is at {self.viewer.place}, a new one at {fresh.place}"
                    )
        finally:
            track.send(signal.SIGCONT)
        return wrong

    async def _differences_that_stay(self) -> list[str]:
        """What was on its way when the track was frozen is written in a moment."""
        for wait_s in (4, 8, 16):
            await asyncio.sleep(wait_s)
            if not (found := await self._differences()):
                break
        return found

    async def _differences(self) -> list[str]:
        done = await asyncio.create_subprocess_exec(
            *(sys.executable, "manage.py", "compare_tapes"),
            cwd=ROOT,
            env=self.stack.env,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        out, err = await done.communicate()
        lines = out.decode().splitlines()
        if not lines or done.returncode not in (0, 1):
            return [f"no comparison: {err.decode()[-500:]}"]
        return [line for line in lines if not line.endswith(": equal")]


async def until(true: Callable[[], object], what: str, seconds: float = PATIENCE_S) -> None:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        try:
            found = true()
            if await found if isinstance(found, Awaitable) else found:
                return
        except Exception:  # noqa: BLE001 - the database may be what is away
            await asyncio.sleep(0.5)
        await asyncio.sleep(0.1)
    raise AssertionError(f"not within {seconds:g} s: {what}")


# -- the faults


async def web(scene: Scene) -> None:
    """kill -9 of the web process that the viewer is connected to"""
    connections = scene.viewer.connections
    await scene.child("web-1").kill()
    await until(lambda: scene.viewer.connections > connections, "the viewer is back")
    await scene.moves()
    await scene.child("web-1").until_ready()
    scene.told.append(f"back after {scene.viewer.resumed} resumes by cursor")


async def ingest(scene: Scene) -> None:
    """kill -9 of the ingester that holds the feed, which stays dead"""
    holder = await scene.holder()
    epoch = scene.viewer.epoch
    await holder.kill(hold=True)
    scene.told.append(f"taken over in {await scene.taken_over(epoch):.1f} s")
    await scene.moves()
    await holder.start()


async def worker(scene: Scene) -> None:
    """kill -9 of the worker, which is started again"""
    child = scene.child("worker")
    await child.kill()
    await until(lambda: child.runs and child.deaths, "it is started again")
    await scene.moves()


async def redis(scene: Scene) -> None:
    """Redis stopped for 30 s"""
    child = scene.child("redis")
    await child.stop()
    await asyncio.sleep(scene.away_s)
    silent = time.monotonic() - scene.viewer.heard_at
    await child.start()
    begun = time.monotonic()
    await scene.moves(1)
    scene.told.append(f"no frames for {silent:.0f} s, again {time.monotonic() - begun:.1f} s after")


async def postgresql(scene: Scene) -> None:
    """PostgreSQL stopped for 30 s"""
    await _without_database(scene, stop=True)


async def frozen(scene: Scene) -> None:
    """PostgreSQL frozen for 30 s: it takes connections and says nothing"""
    await _without_database(scene, stop=False)


async def _without_database(scene: Scene, *, stop: bool) -> None:
    child, (_, epoch) = scene.child("postgres"), await scene.lease()
    frames, status = scene.viewer.frames, ""
    if stop:
        await child.stop()
    else:
        _signal_tree(child.pid, signal.SIGSTOP)
    await asyncio.sleep(scene.away_s)
    status = await asyncio.to_thread(_health, scene.stack.ports.web[0])
    scene.told.append(f"{scene.viewer.frames - frames} frames meanwhile, /health said {status}")
    if stop:
        await child.start()
    else:
        _signal_tree(child.pid, signal.SIGCONT)
    await asyncio.sleep(10)
    _, after = await scene.lease()
    scene.told.append("the same lease" if after == epoch else f"epoch {epoch} became {after}")


async def sleeper(scene: Scene) -> None:
    """the holder stopped (SIGSTOP), its feed taken over, then it wakes"""
    holder, epoch = await scene.holder(), scene.viewer.epoch
    holder.send(signal.SIGSTOP)
    scene.told.append(f"taken over in {await scene.taken_over(epoch):.1f} s")
    await scene.moves(20)
    holder.send(signal.SIGCONT)
    await until(
        lambda: any("another ingester has taken it" in line for line in holder.said),
        "it finds that its lease is lost",
    )
    await scene.moves()


async def halfopen(scene: Scene) -> None:
    """the feed's socket stays open and says nothing, longer than we wait for it"""
    connections = len(scene.viewer.states)
    scene.child(TRACK).send(signal.SIGSTOP)
    try:
        await until(lambda: "stale" in scene.viewer.states[connections:], "the board says so", 120)
        await until(lambda: "down" in scene.viewer.states[connections:], "it is given up", 120)
    finally:
        scene.child(TRACK).send(signal.SIGCONT)
    scene.told.append(f"the board said {' '.join(scene.viewer.states[connections:])}")
    await until(lambda: scene.viewer.state == "live", "connected anew", 120)


async def silent_viewers(scene: Scene) -> None:
    """twenty viewers that stop reading"""
    with_us = [_mute(scene.stack.ports.web[0], scene.viewer.display) for _ in range(20)]
    holes = scene.viewer.holes
    try:
        await scene.moves(60)
    finally:
        for each in with_us:
            each.close()
    scene.told.append(f"{scene.viewer.holes - holes} numbers missing at the one that reads")


def _mute(port: int, display: str) -> socket.socket:
    """Subscribes, and never reads."""
    from websockets.client import ClientProtocol
    from websockets.frames import Frame, Opcode
    from websockets.uri import parse_uri

    link = socket.socket()
    link.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2048)
    link.connect(("127.0.0.1", port))
    protocol = ClientProtocol(
        parse_uri(f"ws://127.0.0.1:{port}/ws/?display={display}"),
        origin=f"http://127.0.0.1:{port}",  # type: ignore[arg-type]
    )
    protocol.send_request(protocol.connect())
    link.sendall(b"".join(protocol.data_to_send()))
    protocol.receive_data(link.recv(4096))
    wish = f'{{"type":"subscribe","channel":"display.{display}"}}'.encode()
    link.sendall(Frame(Opcode.TEXT, wish).serialize(mask=True))
    return link


async def clock(scene: Scene) -> None:
    """the clock of the holder's machine an hour ahead, then two hours back"""
    for name in ("ingest-1", "ingest-2"):
        child = scene.child(name)
        await child.stop()
        child.command = (sys.executable, "-m", "bench.skewed", "manage.py", "ingest")
        await child.start()
    holder = await scene.holder()
    await scene.moves()
    _, epoch = await scene.lease()
    for number in (signal.SIGUSR1, signal.SIGUSR2, signal.SIGUSR2):
        os.kill(holder.pid, number)
        await asyncio.sleep(12)
        await scene.moves()
    _, after = await scene.lease()
    scene.told.append("the same lease" if after == epoch else f"epoch {epoch} became {after}")


def _signal_tree(pid: int, number: signal.Signals) -> None:
    """A process and its children, which PostgreSQL puts into groups of their own."""
    for status in Path("/proc").glob("[0-9]*/stat"):
        try:
            parent = int(status.read_text().rpartition(")")[2].split()[1])
        except (OSError, ValueError, IndexError):
            continue
        if parent == pid:
            os.kill(int(status.parent.name), number)
    os.kill(pid, number)


def _health(port: int) -> str:
    import httpx

    try:
        return str(httpx.get(f"http://127.0.0.1:{port}/health", timeout=10).json()["status"])
    except (httpx.HTTPError, ValueError, KeyError) as error:
        return type(error).__name__


FAULTS: dict[str, Callable[[Scene], Awaitable[None]]] = {
    "web": web,
    "ingest": ingest,
    "worker": worker,
    "redis": redis,
    "postgresql": postgresql,
    "frozen": frozen,
    "sleeper": sleeper,
    "silent": silent_viewers,
    "clock": clock,
    "halfopen": halfopen,
}


# -- the run


@asynccontextmanager
async def scene_in(
    folder: Path, *, say: Callable[[str, str], None], away_s: float = AWAY_S
) -> AsyncIterator[Scene]:
    async with AsyncExitStack() as held:
        stack = Stack(folder, track=TRACK_WORDS, front=False, say=say)
        await held.enter_async_context(stack)
        assert stack.demo is not None
        viewer = Viewer(stack.ports.web, stack.demo.display)
        await held.enter_async_context(viewer)
        scene = Scene(stack, viewer, away_s)
        await until(lambda: viewer.board is not None and viewer.board["rows"], "the race is shown")
        await scene.moves(10)
        yield scene


async def _run(names: list[str]) -> list[tuple[str, list[str], list[str], float]]:
    found = []
    with tempfile.TemporaryDirectory(prefix="lt-faults-", dir="/tmp") as name:
        folder = Path(name)
        folder.chmod(0o755)
        with open(os.environ.get("FAULTS_LOG", folder / "log"), "w") as log:

            def say(who: str, line: str) -> None:
                log.write(f"{time.strftime('%H:%M:%S')} {who:>9} | {line}\n")
                log.flush()

            async with scene_in(folder, say=say) as scene:
                for each in names:
                    say("faults", f"== {each}")
                    begun, scene.told = time.monotonic(), []
                    try:
                        await FAULTS[each](scene)
                        wrong = await scene.check()
                    except AssertionError as error:
                        wrong = [str(error)]
                    seconds = time.monotonic() - begun
                    found.append((each, scene.told, wrong, seconds))
                    print(f"{each:>11}: {'; '.join(wrong) or 'held'} ({'; '.join(scene.told)})")
    return found


def main() -> None:
    names = [word for word in sys.argv[2:] if word in FAULTS] or list(FAULTS)
    found = asyncio.run(_run(names))
    lines = ["| fault | showed | database and tape, viewer |", "|---|---|---|"]
    for name, told, wrong, _ in found:
        text = (FAULTS[name].__doc__ or name).strip()
        lines.append(f"| {text} | {'; '.join(told)} | {'; '.join(wrong) or 'equal, goes on'} |")
    if names == list(FAULTS):
        write_section("faults", "\n".join([*lines, "", f"`./dev bench faults` · {machine()}"]))
    if any(wrong for _, _, wrong, _ in found):
        raise SystemExit(1)

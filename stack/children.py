"""Processes that are started together, watched, and stopped together.

What a child says is printed line by line behind its name. One that ends is started again, unless
somebody holds it down.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import sys
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

AGAIN_S = 1.0
STOP_S = 30.0
READY_S = 120.0

Say = Callable[[str, str], None]


def say(name: str, line: str) -> None:
    colour = 31 + sum(name.encode()) % 6
    shown = f"\x1b[{colour}m{name:>9}\x1b[0m" if sys.stdout.isatty() else f"{name:>9}"
    print(f"{shown} | {line}", flush=True)


@dataclass
class Child:
    """`stop_by`: the signal that ends it politely. `ready`: whether it answers yet."""

    name: str
    command: Sequence[object]
    env: Mapping[str, str]
    cwd: Path
    stop_by: signal.Signals = signal.SIGTERM
    ready: Callable[[], Awaitable[bool]] | None = None
    options: dict[str, Any] = field(default_factory=dict)
    say: Say = say
    held: bool = False  # is not started again when it ends
    deaths: int = 0
    said: list[str] = field(default_factory=list)  # the last lines
    _process: asyncio.subprocess.Process | None = None
    _minding: asyncio.Task[None] | None = None

    @property
    def pid(self) -> int:
        assert self._process is not None, f"{self.name} was not started"
        return self._process.pid

    @property
    def runs(self) -> bool:
        return self._process is not None and self._process.returncode is None

    async def start(self) -> None:
        """Returns once it is ready. Raises RuntimeError if it ends before."""
        self.held = False
        await self._spawn()
        if self._minding is None or self._minding.done():
            self._minding = asyncio.create_task(self._mind())
        await self.until_ready()

    async def until_ready(self) -> None:
        if self.ready is None:
            return
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(READY_S):
                while not await self.ready():
                    if not self.runs and (self.held or self.deaths > 3):
                        break
                    await asyncio.sleep(0.1)
                else:
                    return
        tail = "\n".join(self.said[-20:])
        raise RuntimeError(f"{self.name} did not become ready:\n{tail}")

    async def _spawn(self) -> None:
        self._process = await asyncio.create_subprocess_exec(
            *(str(word) for word in self.command),
            env=dict(self.env),
            cwd=self.cwd,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
            limit=1 << 20,
            start_new_session=True,  # Ctrl-C is for us: children are stopped in their order
            **self.options,
        )

    async def _mind(self) -> None:
        while True:
            assert self._process is not None
            await self._read(self._process)
            code = await self._process.wait()
            if self.held:
                return
            self.deaths += 1
            self.say("stack", f"{self.name} ended with {code}; it is started again")
            await asyncio.sleep(AGAIN_S)
            if self.held:
                return
            await self._spawn()

    async def _read(self, process: asyncio.subprocess.Process) -> None:
        assert process.stdout is not None
        while True:
            try:
                line = await process.stdout.readline()
            except ValueError:  # a line without an end
                continue
            if not line:
                return
            text = line.decode(errors="replace").rstrip()
            self.said = [*self.said[-199:], text]
            self.say(self.name, text)

    def send(self, number: signal.Signals) -> None:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.pid, number)

    async def stop(self) -> None:
        """Politely, then not. It stays down until it is started."""
        self.held = True
        if self.runs:
            self.send(signal.SIGCONT)  # a frozen one hears nothing
            self.send(self.stop_by)
            try:
                async with asyncio.timeout(STOP_S):
                    await self._ended()
            except TimeoutError:
                self.say("stack", f"{self.name} does not stop; killed")
                self.send(signal.SIGKILL)
        await self._ended()

    async def kill(self, *, hold: bool = False) -> None:
        """kill -9. With `hold` it stays down until it is started."""
        self.held = hold
        process = self._process
        self.send(signal.SIGKILL)
        if process is not None:
            await process.wait()
        if hold:
            await self._ended()

    async def _ended(self) -> None:
        if self._minding is not None:
            await asyncio.wait({self._minding})

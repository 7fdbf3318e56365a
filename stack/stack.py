"""Which processes there are, in which order, with which settings."""

from __future__ import annotations

import asyncio
import base64
import json
import os
import secrets
import sys
import urllib.error
import urllib.request
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType

from stack.children import Child, Say, say
from stack.nginx import nginx
from stack.servers import answers, free_port, postgresql, redis

ROOT = Path(__file__).resolve().parent.parent
TRACK = "track"


@dataclass(frozen=True, slots=True)
class Ports:
    """0: any free one. `front` is nginx's, where there is one."""

    web: tuple[int, ...] = (0, 0)
    front: int = 0
    postgresql: int = 0
    redis: int = 0
    track: int = 0

    def chosen(self) -> Ports:
        def of(port: int) -> int:
            return port or free_port()

        return Ports(
            tuple(map(of, self.web)),
            of(self.front),
            of(self.postgresql),
            of(self.redis),
            of(self.track),
        )


@dataclass(frozen=True, slots=True)
class Demo:
    """What the demonstration is reached by."""

    feed: str
    display: str
    username: str
    password: str


@dataclass
class Stack:
    """``async with Stack(folder) as stack``: all of it runs; at the end none of it does.

    `track`: words for `manage.py simulate`, none: no demonstration. `front`: nginx where installed.
    """

    folder: Path
    ports: Ports = Ports()
    ingesters: int = 2
    track: Sequence[object] | None = ("--karts", 30, "--minutes", 24 * 60, "--mishaps", "all")
    front: bool = True
    celery: bool = True
    settings: dict[str, str] = field(default_factory=dict)
    say: Say = say
    children: dict[str, Child] = field(default_factory=dict)
    demo: Demo | None = None

    async def __aenter__(self) -> Stack:
        try:
            await self._start()
        except BaseException:
            await self.stop()
            raise
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.stop()

    async def stop(self) -> None:
        """The last that was started first."""
        for child in reversed(list(self.children.values())):
            await child.stop()

    # -- the order

    async def _start(self) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        self.ports = self.ports.chosen()
        self.env = self._environment()
        await self._begin(postgresql(self.folder, self.ports.postgresql, self.say))
        await self._begin(redis(self.folder, self.ports.redis, self.say))
        await self._once("migrate", "--verbosity", "0")
        await self._once("load_tracks")
        if self.track is not None:
            await self._begin(self._track())
            page = f"http://127.0.0.1:{self.ports.track}/simulated/"
            self.demo = Demo(**json.loads(await self._once("prepare_demo", "--address", page)))
        for number, port in enumerate(self.ports.web, start=1):
            await self._begin(self._web(number, port))
        for number in range(1, self.ingesters + 1):
            await self._begin(self._child(f"ingest-{number}", "manage.py", "ingest"))
        if self.celery:
            celery = ("-m", "celery", "--quiet", "-A", "lt_analyzer")
            worker = ("worker", "--concurrency", "1", "--loglevel", "WARNING")
            await self._begin(self._child("worker", *celery, *worker))
            await self._begin(self._child("beat", *celery, "beat", "--loglevel", "WARNING"))
        proxy = (
            nginx(self.folder, self.ports.front, self.ports.web, self.say) if self.front else None
        )
        if proxy is not None:
            await self._begin(proxy)

    async def _begin(self, child: Child) -> None:
        self.children[child.name] = child
        await child.start()

    async def _once(self, *words: str) -> str:
        """A command of ours to its end; returns what it printed."""
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "manage.py", *words),
            cwd=ROOT,
            env=self.env,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        out, err = await process.communicate()
        if process.returncode:
            raise RuntimeError(f"{' '.join(words)} failed:\n{err.decode()[-2000:]}")
        return out.decode()

    # -- the children

    def _child(self, name: str, *words: object, **options: object) -> Child:
        return Child(name, (sys.executable, *words), self.env, ROOT, say=self.say, **options)  # type: ignore[arg-type]

    def _web(self, number: int, port: int) -> Child:
        async def ready() -> bool:
            return await asyncio.to_thread(_says_something, f"http://127.0.0.1:{port}/health")

        return self._child(f"web-{number}", "manage.py", "web", "--port", port, ready=ready)

    def _track(self) -> Child:
        port = self.ports.track

        async def ready() -> bool:
            return answers(port)

        words = ("manage.py", "simulate", "apex", "--port", port, *(self.track or ()))
        return self._child(TRACK, *words, ready=ready)

    def _environment(self) -> dict[str, str]:
        ports = self.ports
        inherited = {k: v for k, v in os.environ.items() if not k.startswith("PG")}
        return inherited | {
            "DJANGO_SETTINGS_MODULE": "lt_analyzer.settings",
            "PYTHONUNBUFFERED": "1",
            "LT_DATA_DIR": str(self.folder),
            "DATABASE_URL": f"postgres://lt@127.0.0.1:{ports.postgresql}/lt",
            "REDIS_URL": f"redis://127.0.0.1:{ports.redis}/0",
            "ALLOW_PRIVATE_FEEDS": "127.0.0.1",
            "STATIC_HASHED": "false",
            "PUBLIC_URL": f"http://127.0.0.1:{ports.web[0]}",
            **_keys(self.folder / "stack-keys.json"),
            **self.settings,
        }


def _keys(path: Path) -> dict[str, str]:
    """Made once: what several processes must share."""
    if not path.exists():
        made = {
            "SECRET_KEY": secrets.token_urlsafe(50),
            "SECRETS_KEYS": base64.urlsafe_b64encode(os.urandom(32)).decode(),
        }
        path.touch(mode=0o600)
        path.write_text(json.dumps(made))
    found: dict[str, str] = json.loads(path.read_text())
    return found


def _says_something(url: str) -> bool:
    """Whatever its status is: /health is red until the first data is there."""
    try:
        urllib.request.urlopen(url, timeout=5).close()
    except urllib.error.HTTPError:
        return True
    except OSError:
        return False
    return True

"""A real PostgreSQL and a real Redis for as long as a command runs.

    python -m tests.services -- pytest tests/races

Both listen on free loopback ports, keep their data in a temporary directory and are gone when the
command ends, however it ends. The command finds them in LT_TEST_DATABASE_URL and LT_TEST_REDIS_URL.
"""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any, NoReturn

from stack.binaries import postgresql_binaries, quiet_environment, redis_binary, unprivileged

START_TIMEOUT_S = 180.0
STOP_TIMEOUT_S = 60.0


@contextmanager
def services() -> Iterator[dict[str, str]]:
    """Yields the environment variables that tell tests/settings.py where the two are."""
    with ExitStack() as stack:
        # Short, because a Unix socket's path may have about a hundred characters.
        home = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="lt-", dir="/tmp")))
        home.chmod(0o755)
        database_url = stack.enter_context(postgresql(home))
        redis_url = stack.enter_context(redis(home))
        yield {"LT_TEST_DATABASE_URL": database_url, "LT_TEST_REDIS_URL": redis_url}


@contextmanager
def postgresql(home: Path) -> Iterator[str]:
    who = unprivileged()
    binaries = postgresql_binaries(home, who)
    data = home / "pg"
    data.mkdir(mode=0o700)
    if who:
        os.chown(data, who["user"], who["group"])
    run_as: dict[str, Any] = who | {"cwd": data, "env": quiet_environment(data)}
    initdb = [binaries / "initdb", "-D", data, "-U", "dba", "-A", "trust", "-E", "UTF8"]
    initdb += ["--no-sync"]
    made = subprocess.run(
        [*initdb, "--locale=C"], check=False, capture_output=True, text=True, **run_as
    )
    if made.returncode:
        raise RuntimeError(f"initdb failed:\n{made.stdout}{made.stderr}")
    # Nothing here must survive a power cut, so nothing waits for the disk.
    options = ["fsync=off", "synchronous_commit=off", "full_page_writes=off", "max_connections=200"]
    with reserved_port() as port:
        command = [binaries / "postgres", "-D", data, "-p", str(port), "-k", data]
        command += ["-c", "listen_addresses=127.0.0.1", *(a for o in options for a in ("-c", o))]
        dba = f"postgres://dba@127.0.0.1:{port}/postgres"
        with _server(command, home / "pg.log", ready=lambda: _answers_sql(dba), **run_as):
            _make_login(dba)
            yield f"postgres://lt@127.0.0.1:{port}/lt"


def _make_login(dba: str) -> None:
    """As an operator's would be: policies do not bind a superuser, and tests are to feel them."""
    import psycopg

    with psycopg.connect(dba, autocommit=True) as connection:
        connection.execute("CREATE ROLE lt LOGIN CREATEDB CREATEROLE")
        connection.execute("CREATE DATABASE lt OWNER lt")


@contextmanager
def redis(home: Path) -> Iterator[str]:
    data = home / "redis"
    data.mkdir()
    with reserved_port() as port:
        command = [redis_binary(), "--port", str(port), "--bind", "127.0.0.1", "--dir", data]
        command += ["--save", "", "--appendonly", "no"]
        with _server(command, home / "redis.log", ready=lambda: _answers_ping(port)):
            yield f"redis://127.0.0.1:{port}/0"


@contextmanager
def reserved_port() -> Iterator[int]:
    """A port of the loopback that the system gives to nobody else until the end. It is bound and
    not listened on: connections are refused until a server takes it, with SO_REUSEADDR."""
    with socket.socket() as held:
        held.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        held.bind(("127.0.0.1", 0))
        yield held.getsockname()[1]


@contextmanager
def _server(
    command: Sequence[object], log: Path, *, ready: Callable[[], bool], **options: Any
) -> Iterator[None]:
    with log.open("wb") as out:
        process = subprocess.Popen(
            [str(part) for part in command],
            stdout=out,
            stderr=subprocess.STDOUT,
            # Ctrl-C is for the tests; the servers are stopped after them.
            start_new_session=True,
            **options,
        )
    try:
        _wait_until(ready, process, log)
        yield
    finally:
        _stop(process)


def _wait_until(ready: Callable[[], bool], process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + START_TIMEOUT_S
    while not ready():
        if process.poll() is not None or time.monotonic() > deadline:
            raise RuntimeError(f"{process.args} did not start:\n{log.read_text()[-2000:]}")
        time.sleep(0.05)


def _stop(process: subprocess.Popen[bytes]) -> None:
    # To PostgreSQL SIGINT means: end sessions, then stop. To Redis it means stop.
    process.send_signal(signal.SIGINT)
    try:
        process.wait(STOP_TIMEOUT_S)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _answers_sql(url: str) -> bool:
    import psycopg

    try:
        psycopg.connect(url, connect_timeout=2).close()
    except psycopg.OperationalError:
        return False
    return True


def _answers_ping(port: int) -> bool:
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=1) as link:
            link.sendall(b"PING\r\n")
            return link.recv(16).startswith(b"+PONG")
    except OSError:
        return False


def _leave(_number: int, _frame: object) -> NoReturn:
    raise SystemExit(143)  # as an exception, so that the servers are stopped on the way out


def main(arguments: list[str]) -> int:
    command = arguments[1:] if arguments[:1] == ["--"] else arguments
    if not command:
        raise SystemExit(__doc__)
    signal.signal(signal.SIGTERM, _leave)
    with services() as environment:
        return subprocess.run(command, check=False, env=os.environ | environment).returncode


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))

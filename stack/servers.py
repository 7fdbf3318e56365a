"""PostgreSQL and Redis as children, with data that stays."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import tempfile
from pathlib import Path
from typing import Any

from stack.binaries import postgresql_binaries, quiet_environment, redis_binary, unprivileged
from stack.children import Child, Say


def free_port() -> int:
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        return int(held.getsockname()[1])


def answers(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), timeout=1).close()
    except OSError:
        return False
    return True


def postgresql(folder: Path, port: int, say: Say) -> Child:
    """Makes the cluster where there is none. Raises RuntimeError with what initdb says."""
    who = unprivileged()
    home = folder
    if who and not _may_enter(folder, who):
        raise RuntimeError(
            f"PostgreSQL does not run as root, and {folder} is closed to 'nobody'. "
            "Give an LT_DATA_DIR that everybody may enter, or do not run this as root."
        )
    binaries = postgresql_binaries(home, who)
    data = folder / "postgresql"
    options: dict[str, Any] = dict(who)
    env = quiet_environment(data)
    if not (data / "PG_VERSION").exists():
        data.mkdir(mode=0o700, exist_ok=True)
        if who:
            os.chown(data, who["user"], who["group"])
        made = subprocess.run(
            [
                *(binaries / "initdb", "-D", data, "-U", "dba", "-A", "trust"),
                "-EUTF8",
                "--locale=C",
            ],
            check=False,
            capture_output=True,
            text=True,
            cwd=data,
            env=env,
            **who,
        )
        if made.returncode:
            raise RuntimeError(f"initdb failed:\n{made.stdout}{made.stderr}")
    command: list[object] = [binaries / "postgres", "-D", data, "-p", port]
    settings = ["listen_addresses=127.0.0.1", "unix_socket_directories=", "max_connections=200"]
    command += [word for each in settings for word in ("-c", each)]

    async def ready() -> bool:
        return _login(port)

    return Child(
        "postgres",
        command,
        env,
        data,
        stop_by=signal.SIGINT,  # end sessions, then stop
        ready=ready,
        options=options,
        say=say,
    )


def _may_enter(folder: Path, who: dict[str, Any]) -> bool:
    done = subprocess.run(["test", "-x", str(folder)], check=False, cwd="/", **who)
    return done.returncode == 0


def _login(port: int) -> bool:
    """The role and the database of the product, as an operator makes them. False: no answer yet."""
    import psycopg

    try:
        connection = psycopg.connect(
            f"postgres://dba@127.0.0.1:{port}/postgres", autocommit=True, connect_timeout=2
        )
    except psycopg.OperationalError:
        return False
    with connection:
        if connection.execute("SELECT 1 FROM pg_roles WHERE rolname = 'lt'").fetchone() is None:
            connection.execute("CREATE ROLE lt LOGIN CREATEDB CREATEROLE")
        if connection.execute("SELECT 1 FROM pg_database WHERE datname = 'lt'").fetchone() is None:
            connection.execute("CREATE DATABASE lt OWNER lt")
    return True


def redis(folder: Path, port: int, say: Say) -> Child:
    """Keeps nothing: what is in it may be lost at any time."""
    command = [redis_binary(), "--port", port, "--bind", "127.0.0.1"]
    command += ["--save", "", "--appendonly", "no", "--dir", tempfile.gettempdir()]

    async def ready() -> bool:
        return answers(port)

    return Child("redis", command, dict(os.environ), folder, ready=ready, say=say)

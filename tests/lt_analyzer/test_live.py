"""`manage.py live` as a user runs it: in a process of its own, killed and started again."""

from __future__ import annotations

import os
import re
import signal
import socket
import sqlite3
import subprocess
import sys
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from tests.services import reserved_port
from timing.engine.facts import LapFact, LapGapFact, PitStopFact, StintFact
from timing.pipeline import Pipeline
from timing.report import Collected
from timing.sinks.batch import entry_id
from timing.tape import frames, read_header

ROOT = Path(__file__).resolve().parents[2]
PATIENCE_S = 180


class Product:
    """One data directory and the processes that use it."""

    def __init__(self, folder: Path, port: int) -> None:
        self.folder, self.port = folder, port
        self.environment = {
            **{k: v for k, v in os.environ.items() if k not in ("DATABASE_URL", "REDIS_URL")},
            "DJANGO_SETTINGS_MODULE": "lt_analyzer.settings",
            "LT_ENV_FILE": "",
            "LT_DATA_DIR": str(folder),
            "ALLOW_PRIVATE_FEEDS": "127.0.0.1",
            "PORT": str(self.port),
        }
        self.manage("migrate", "-v0")

    def manage(self, *words: str) -> str:
        done = subprocess.run(
            [sys.executable, "manage.py", *words],
            cwd=ROOT,
            env=self.environment,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    @contextmanager
    def running(self, *words: str, log: str) -> Iterator[subprocess.Popen[bytes]]:
        with open(self.folder / log, "ab") as out:
            process = subprocess.Popen(
                [sys.executable, "manage.py", *words],
                cwd=ROOT,
                env=self.environment,
                stdout=out,
                stderr=subprocess.STDOUT,
            )
        try:
            yield process
        finally:
            if process.poll() is None:
                process.kill()
            process.wait()

    def said(self, log: str) -> str:
        return (self.folder / log).read_text()

    def count(self, table: str) -> int:
        with sqlite3.connect(self.folder / "db.sqlite3", timeout=60) as database:
            return int(database.execute(f"select count(*) from {table}").fetchone()[0])

    def rows(self, query: str) -> list[tuple]:
        with sqlite3.connect(self.folder / "db.sqlite3", timeout=60) as database:
            return database.execute(query).fetchall()


@pytest.fixture
def product(tmp_path: Path) -> Iterator[Product]:
    with reserved_port() as port:
        yield Product(tmp_path, port)


def until(true: Callable[[], object]) -> object:
    """Wait for the other process; the wall clock is its, not ours to inject."""
    end = time.monotonic() + PATIENCE_S
    while time.monotonic() < end:
        if found := true():
            return found
        time.sleep(0.2)
    raise AssertionError(f"not within {PATIENCE_S} s")


def answers(port: int, path: str = "/health") -> httpx.Response | None:
    try:
        return httpx.get(f"http://127.0.0.1:{port}{path}", timeout=30)
    except httpx.TransportError:
        return None


@pytest.fixture
def track() -> Iterator[int]:
    with reserved_port() as port:
        yield port


@pytest.mark.slow
def test_live_when_killed_three_times_in_mid_race(product: Product, track: int) -> None:
    words = ("simulate", "apex", "--karts", "12", "--minutes", "60", "--speed", "20")
    with product.running(*words, "--seed", "7", "--port", str(track), log="track.log"):
        page = until(lambda: re.search(r"http://\S+/", product.said("track.log")))
        assert isinstance(page, re.Match)
        for laps in (20, 40, 60):
            with product.running("live", "--feed", page[0], log="live.log") as live:
                until(lambda laps=laps: product.count("races_lap") >= laps)
                live.send_signal(signal.SIGKILL)
                live.wait()
        with product.running("live", "--feed", page[0], log="live.log") as live:
            until(lambda: product.count("races_lap") >= 80)
            live.send_signal(signal.SIGINT)
            assert live.wait(timeout=PATIENCE_S) == 0

    assert "Traceback" not in product.said("live.log")
    assert in_database(product) == on_tape(product)
    assert product.rows("select epoch from timing_feedstate") == [(4,)]
    assert product.count("races_race") == 1


def on_tape(product: Product) -> dict[str, object]:
    """What an uninterrupted run over the recording gives."""
    (path,) = product.folder.glob("tapes/*/*.jsonl")
    feed = uuid.UUID(hex=product.rows("select id from races_feed")[0][0])
    pipeline, collected = Pipeline(feed=str(feed), protocol="apex"), Collected()
    zero = round(read_header(path).started_at.timestamp() * 1000)
    connection, at = -1, zero
    changes = []
    for frame in frames(path):
        at = zero + frame.t_ms
        if frame.connection != connection:
            changes += [*pipeline.closed(at), *pipeline.opened(at)]
            connection = frame.connection
        changes += pipeline.frame(at, frame.msg)
    for change in changes:
        collected.add(change)
    facts = collected.facts

    def of(kind: type, *fields: str) -> set[tuple]:
        return {
            (
                entry_id(change.race, fact.entry).hex,
                *(getattr(fact, field) for field in fields),
            )
            for fact in facts.get(kind, {}).values()
        }

    change = changes[-1]
    return {
        "laps": of(LapFact, "number", "ms", "pit"),
        "gaps": of(LapGapFact, "after", "missed"),
        "stints": of(StintFact, "number", "first_lap", "last_lap"),
        "stops": of(PitStopFact, "number", "lap", "duration_ms"),
    }


def in_database(product: Product) -> dict[str, object]:
    return {
        "laps": {
            (entry, number, ms, bool(pit))
            for entry, number, ms, pit in product.rows(
                "select entry_id, number, ms, pit from races_lap"
            )
        },
        "gaps": set(product.rows("select entry_id, after_number, missed from races_lapgap")),
        "stints": set(
            product.rows("select entry_id, number, first_lap, last_lap from races_stint")
        ),
        "stops": set(product.rows("select entry_id, number, lap, duration_ms from races_pitstop")),
    }


@pytest.mark.slow
def test_live_demo_when_started_and_started_again(product: Product) -> None:
    with product.running("live", "--demo", log="first.log") as live:
        greeting = until(lambda: re.search(r"public\s+(\S+)", product.said("first.log")))
        assert isinstance(greeting, re.Match)
        password = re.search(r"demo / (\S+)", product.said("first.log"))
        laps = until(lambda: product.count("races_lap") if answers(product.port) else 0)
        board = until(lambda: answers(product.port, greeting[1].partition(str(product.port))[2]))
        until(lambda: product.count("races_pitstop"))
        live.send_signal(signal.SIGINT)
        assert live.wait(timeout=PATIENCE_S) == 0

    assert isinstance(board, httpx.Response)
    assert board.status_code == 200
    assert "Traceback" not in product.said("first.log")
    with product.running("live", "--demo", log="second.log") as live:
        until(lambda: "public" in product.said("second.log"))
        again = re.search(r"demo / (\S+)", product.said("second.log"))
        until(lambda: product.count("races_race") == 2)
        live.send_signal(signal.SIGTERM)
        assert live.wait(timeout=PATIENCE_S) == 0

    assert password is not None
    assert again is not None
    assert password[1] == again[1]
    assert product.count("races_lap") >= int(str(laps))
    assert product.count("displays_display") == 1


def test_live_demo_when_a_database_is_set(product: Product) -> None:
    product.environment["DATABASE_URL"] = "postgres://nobody@127.0.0.1:1/none"
    with product.running("live", "--demo", log="refused.log") as live:
        assert live.wait(timeout=PATIENCE_S) != 0

    assert "--demo writes invented races: it refuses a DATABASE_URL." in product.said("refused.log")


def test_live_when_its_port_is_taken(product: Product) -> None:
    with socket.socket() as taken:
        taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        taken.bind(("127.0.0.1", product.port))
        taken.listen()
        with product.running("live", log="taken.log") as live:
            assert live.wait(timeout=PATIENCE_S) != 0

    assert "PORT=… chooses another port." in product.said("taken.log")

from __future__ import annotations

import json
import socket
import subprocess
import sys
from pathlib import Path
from urllib.parse import urlsplit

import psycopg

from tests.services import services

ROOT = Path(__file__).parents[2]
TELL = "import json, os; print(json.dumps({n: os.environ[n] for n in %r})); raise SystemExit(3)"
NAMES = ["LT_TEST_DATABASE_URL", "LT_TEST_REDIS_URL"]


def answers(url: str) -> bool:
    parts = urlsplit(url)
    with socket.socket() as probe:
        return probe.connect_ex((parts.hostname or "", parts.port or 0)) == 0


def test_services_while_they_are_open_answer() -> None:
    with services() as environment:
        with psycopg.connect(environment["LT_TEST_DATABASE_URL"]) as connection:
            assert connection.execute("select 1").fetchone() == (1,)
        assert answers(environment["LT_TEST_REDIS_URL"])


def test_services_when_the_command_fails_are_gone_and_the_failure_stays() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "tests.services", "--", sys.executable, "-c", TELL % (NAMES,)],
        check=False,
        capture_output=True,
        text=True,
        cwd=ROOT,
    )

    assert done.returncode == 3
    assert [answers(url) for url in json.loads(done.stdout).values()] == [False, False]

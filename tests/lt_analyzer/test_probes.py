"""Probes are answered by the application itself, from what was seen a moment ago."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from channels.testing import HttpCommunicator
from django.db import OperationalError, connection
from django.db.migrations.recorder import MigrationRecorder
from django.test import Client

from displays.hub import hub
from displays.processes import LATE_S, Processes
from lt_analyzer import health, probes, readiness
from lt_analyzer.asgi import application
from teams.scoping import every_team
from tests import factories as make
from tests.displays.sockets import PATIENCE_S
from timing.beating import beat
from timing.models import FeedState

pytestmark = pytest.mark.django_db(transaction=True)

PATHS = ["/health", "/api/health", "/health/ready"]


@pytest.fixture(autouse=True)
def as_after_a_start() -> Iterator[None]:
    probes.forget()
    health.forget()
    readiness._migrated = False
    yield
    probes.forget()


@pytest.fixture
async def started() -> AsyncIterator[None]:
    hub.ensure_started()
    await asyncio.wait_for(hub.listening.wait(), PATIENCE_S)
    yield
    await hub.stop()


async def ask(path: str, *, method: str = "GET", host: str = "testserver") -> tuple[int, Any]:
    sent = HttpCommunicator(application, method, path, headers=[(b"host", host.encode())])
    answer = await sent.get_response(timeout=PATIENCE_S)
    headers = {name.decode(): value.decode() for name, value in answer["headers"]}
    assert headers["cache-control"].startswith("max-age=0, no-cache")
    body = answer["body"]
    return answer["status"], json.loads(body) if body else None


@sync_to_async
def view(path: str) -> tuple[int, Any]:
    answer = Client().get(path)
    return answer.status_code, answer.json()


def steady(answer: tuple[int, Any]) -> tuple[int, Any]:
    """Without its clocks."""
    return answer[0], {k: v for k, v in answer[1].items() if k not in ("timestamp", "uptime_s")}


@pytest.mark.parametrize("path", PATHS)
async def test_the_application_says_what_the_view_says(path: str, started: None) -> None:
    await sync_to_async(make.followed_feed)(await sync_to_async(make.team)())
    assert steady(await ask(path)) == steady(await view(path))
    assert (await ask(path))[0] == 200


@pytest.mark.parametrize("path", PATHS)
async def test_probes_are_read_and_nothing_else(path: str, started: None) -> None:
    assert await ask(path, method="POST") == (405, None)
    assert await ask(path, method="HEAD") == (200, None)


async def test_a_name_that_is_not_ours_is_answered_the_same(started: None) -> None:
    """Probes come by address; nothing in the answer is made from the name."""
    assert steady(await ask("/health", host="10.0.0.7:8000")) == steady(await ask("/health"))


async def test_data_that_is_stale_is_red(started: None) -> None:
    def broken() -> None:
        feed = make.followed_feed(make.team(), pinned=True)
        with every_team("test"):
            FeedState.objects.create(feed=feed, state="down")

    await sync_to_async(broken)()
    status, found = await ask("/health")
    assert (status, found["status"], found["feeds"][0]["stale"]) == (503, "stale", True)


# -- looking is nobody's wait


class Look:
    """Of a database that answers when it is told to."""

    def __init__(self) -> None:
        self.may = threading.Event()
        self.looks = 0

    def __call__(self) -> health.Seen:
        self.looks += 1
        assert self.may.wait(PATIENCE_S)
        return health.Seen(health.time.monotonic(), "ok", b"[%d]" % self.looks)


async def test_what_was_seen_is_told_while_somebody_looks_again(monkeypatch) -> None:
    look = Look()
    watch = probes.Watch(look, health.down)
    look.may.set()
    assert (await watch.seen()).feeds == b"[1]"
    assert (await watch.seen()).feeds == b"[1]", "fresh enough"
    look.may.clear()
    monkeypatch.setattr(probes, "FRESH_S", -1.0)
    assert [(await watch.seen()).feeds for _ in range(3)] == [b"[1]"] * 3
    look.may.set()
    async with asyncio.timeout(PATIENCE_S):
        while (await watch.seen()).feeds == b"[1]":
            await asyncio.sleep(0.01)
    async with asyncio.timeout(PATIENCE_S):
        while watch._looking is not None:
            await asyncio.sleep(0.01)


async def test_a_look_that_does_not_end_is_red_and_not_late(monkeypatch) -> None:
    look = Look()
    monkeypatch.setattr(probes, "WAIT_S", 0.05)
    watch = probes.Watch(look, health.down)
    assert (await watch.seen()).status == "down"
    assert (await watch.seen()).status == "down"
    assert look.looks == 1, "one at a time"
    look.may.set()
    async with asyncio.timeout(PATIENCE_S):
        while (await watch.seen()).status == "down":
            await asyncio.sleep(0.01)


async def test_a_look_that_fails_is_red(monkeypatch, caplog) -> None:
    def fails() -> health.Seen:
        raise RuntimeError("ours")

    assert (await probes.Watch(fails, health.down).seen()).status == "down"
    assert "a probe failed" in caplog.text


# -- ready


async def test_a_process_that_listens_is_ready(settings, started: None) -> None:
    status, found = await ask("/health/ready")
    parts = {"database": True, "migrations": True, "hub": True}
    parts |= {"redis": True} if settings.REDIS_URL else {}
    del found["timestamp"]
    assert (status, found) == (200, {"status": "ready", "parts": parts, "missing": []})


async def test_a_hub_that_hears_nothing_is_not(started: None) -> None:
    hub.listening.clear()
    status, found = await ask("/health/ready")
    assert (status, found["missing"]) == (503, ["hub"])


async def test_a_layer_that_carries_nothing_is_noticed(started: None, monkeypatch) -> None:
    """Channels' Redis layer tries again by itself, and says nothing of it."""
    clock = [0.0]
    found = Processes(now=lambda: clock[0])
    monkeypatch.setattr("displays.metrics.known", found)
    assert (await ask("/health/ready"))[0] == 200
    found.take(beat("web"))
    clock[0] = 600.0 + LATE_S
    assert [each.is_late for each in found.all()] == [True]
    status, answer = await ask("/health/ready")
    assert (status, answer["missing"]) == (503, ["hub"])
    found.take(beat("web"))
    assert (await ask("/health/ready"))[0] == 200


def test_migrations_that_wait_are_missing() -> None:
    recorder = MigrationRecorder(connection)
    recorder.record_unapplied("displays", "0001_initial")
    try:
        assert readiness.look().migrations is False
    finally:
        recorder.record_applied("displays", "0001_initial")
    assert readiness.look().migrations is True


def test_a_database_that_is_away_is_missing() -> None:
    def fails(*_: Any) -> None:
        raise OperationalError("password=secret at 10.0.0.1")

    with connection.execute_wrapper(fails):
        parts = readiness.look()
    code, text = readiness.answer(parts)
    assert (parts.database, parts.migrations, code) == (False, False, 503)
    assert b"secret" not in text


def test_a_redis_that_is_away_is_missing(settings) -> None:
    settings.REDIS_URL = "redis://:secret@127.0.0.1:1/0"
    parts = readiness.look()
    assert parts.redis is False
    assert b"secret" not in readiness.answer(parts)[1]

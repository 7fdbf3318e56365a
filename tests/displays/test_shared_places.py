"""Sockets of a person over all web processes: each test's two processes have one Redis."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import AsyncIterator

import pytest
from django.conf import settings

from displays import shared_places
from displays.shared_places import LEASE_S, SharedPlaces
from tests.services import reserved_port

with_redis = pytest.mark.skipif(not settings.REDIS_URL, reason="needs a Redis")
ADA = ("user", 7)


@pytest.fixture
async def two() -> AsyncIterator[tuple[SharedPlaces, SharedPlaces]]:
    prefix = f"lt-test-{uuid.uuid4()}"
    made = (
        SharedPlaces(settings.REDIS_URL, prefix=prefix),
        SharedPlaces(settings.REDIS_URL, prefix=prefix),
    )
    yield made
    for each in made:
        await each.close()


async def given_back(places: SharedPlaces) -> None:
    await asyncio.gather(*places._leaving)


@with_redis
async def test_places_are_counted_over_processes(two) -> None:
    one, other = two
    assert [await one.take(ADA, "a", most=2), await other.take(ADA, "b", most=2)] == [True, True]
    assert [await each.take(ADA, "c", most=2) for each in two] == [False, False]
    assert await other.take(("user", 8), "d", most=2)
    one.give_back(ADA, "a")
    await given_back(one)
    assert await other.take(ADA, "c", most=2)


@with_redis
async def test_what_a_killed_process_held_runs_out(two, monkeypatch) -> None:
    killed, other = two
    monkeypatch.setattr(shared_places, "LEASE_S", -1)  # it renewed for the last time long ago
    assert await killed.take(ADA, "a", most=1)
    monkeypatch.setattr(shared_places, "LEASE_S", LEASE_S)
    assert await other.take(ADA, "b", most=1)


@with_redis
async def test_what_is_renewed_stays_taken_and_comes_back_after_a_flush(two) -> None:
    one, other = two
    await one.take(ADA, "a", most=1)
    await one._redis.delete(one._name(ADA))
    await one.renew()
    assert not await other.take(ADA, "b", most=1)
    assert 0 < await one._redis.ttl(one._name(ADA)) <= LEASE_S


async def test_a_redis_that_is_away_keeps_nobody_out() -> None:
    with reserved_port() as port:
        places = SharedPlaces(f"redis://127.0.0.1:{port}/0", prefix="lt")
        assert [await places.take(ADA, name, most=1) for name in "abc"] == [True] * 3
        places.give_back(ADA, "a")
        await places.close()

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest
from channels.layers import get_channel_layer

from teams import news


class Broken:
    async def group_send(self, group: str, message: dict[str, Any]) -> None:
        raise ConnectionError("Redis is away")


@pytest.fixture
async def heard() -> AsyncIterator[Callable[[], Any]]:
    layer = get_channel_layer()
    channel = await layer.new_channel()
    await layer.group_add(news.HUB_GROUP, channel)
    news.listens_in(asyncio.get_running_loop())

    async def next_one() -> Any:
        async with asyncio.timeout(60):
            return await layer.receive(channel)

    yield next_one
    news.listens_in(None)
    await layer.group_discard(news.HUB_GROUP, channel)
    await layer.flush()


async def test_news_of_a_thread_wakes_whoever_waits_in_the_loop(heard) -> None:
    waiting = asyncio.create_task(heard())
    await asyncio.sleep(0)

    threading.Thread(target=lambda: news.access_changed(users={9, 7})).start()

    assert await waiting == {"type": "hub.access", "users": [7, 9], "tokens": [], "displays": []}


async def test_news_may_be_told_in_the_loop_itself(heard) -> None:
    news.access_changed(users=[7])

    assert await heard() == {"type": "hub.access", "users": [7], "tokens": [], "displays": []}


async def test_nobody_concerned_is_no_news(heard) -> None:
    news.access_changed(users=[])
    news.tell(news.HUB_GROUP, {"type": "hub.other"})

    assert await heard() == {"type": "hub.other"}


def test_news_without_a_listening_loop_is_sent_all_the_same() -> None:
    news.access_changed(users=[7])


def test_a_layer_that_fails_fails_nobody_else(monkeypatch, caplog) -> None:
    monkeypatch.setattr(news, "get_channel_layer", Broken)

    news.access_changed(users=[7])

    assert "could not tell hub about hub.access" in caplog.text

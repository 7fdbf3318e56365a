from __future__ import annotations

import asyncio
import json
from collections import deque
from typing import Any

import pytest

from displays import outlet as module
from displays.frames import Batch, Frame
from displays.outlet import MAX_REPLIES, Goodbye, Outlet
from tests.displays.pipes import Peer, messages_sent


class Told:
    """An outlet over what is to be sent, and what became of it."""

    def __init__(self, pipe: Any, *, send: Any = None) -> None:
        self.waiting: deque[str] = deque()
        self.failed: list[int] = []
        self.outlet = Outlet(send, pipe, source=self._next, failed=self._fail)

    def say(self, *texts: str) -> None:
        self.waiting.extend(texts)
        self.outlet.wake()

    def _next(self) -> Frame | None:
        return Frame(self.waiting.popleft()) if self.waiting else None

    def _fail(self, goodbye: Goodbye) -> None:
        self.failed.append(goodbye.code)


class Slow(Peer):
    """Has room again when it is told."""

    def __init__(self) -> None:
        super().__init__()
        self._drained = asyncio.Event()

    def drain(self) -> None:
        self.full = False
        self._drained.set()

    async def room(self) -> None:
        await self._drained.wait()
        if self.gone:
            raise ConnectionResetError


async def until(condition: Any) -> None:
    async with asyncio.timeout(60):
        while not condition():
            await asyncio.sleep(0)


async def test_what_there_is_goes_out_at_once() -> None:
    peer = Peer()
    told = Told(peer)
    told.say("a", "b")
    told.outlet.reply({"type": "pong"})
    assert peer.texts == ["a", "b", '{"type":"pong"}']


async def test_without_room_nothing_is_taken_until_there_is() -> None:
    peer = Slow()
    peer.full = True
    told = Told(peer)
    told.say("old")
    assert not told.outlet.push(Batch([Frame("pushed")]))
    await asyncio.sleep(0)
    told.waiting[0] = "newest"
    peer.drain()
    await until(lambda: peer.texts)
    assert peer.texts == ["newest"]
    assert told.outlet.push(Batch([Frame("pushed")]))
    assert (peer.texts, told.failed) == (["newest", "pushed"], [])


async def test_who_does_not_drain_in_time_is_given_up(monkeypatch: Any) -> None:
    monkeypatch.setattr(module, "SLOW_S", 0.01)
    peer = Slow()
    peer.full = True
    told = Told(peer)
    told.say("never")
    await until(lambda: told.failed)
    assert (told.failed, peer.texts) == ([4408], [])


async def test_a_socket_that_is_gone_is_left_to_its_reader() -> None:
    peer = Slow()
    peer.full = peer.gone = True
    told = Told(peer)
    told.say("never")
    peer.drain()
    for _ in range(5):
        await asyncio.sleep(0)
    assert (told.failed, peer.texts) == ([], [])


async def test_answers_that_nobody_reads_end_it() -> None:
    peer = Slow()
    peer.full = True
    told = Told(peer)
    for _ in range(MAX_REPLIES):
        told.outlet.reply({"type": "pong"})
    with pytest.raises(Goodbye) as end:
        told.outlet.reply({"type": "pong"})
    assert end.value.code == 4408
    told.outlet.close()


async def test_a_server_without_a_pipe_is_sent_to_in_order() -> None:
    sent, send = messages_sent()
    told = Told(None, send=send)
    assert not told.outlet.push(Batch([Frame("pushed")]))
    told.say("a", "b")
    await until(lambda: len(sent) == 2)
    told.say("c")
    await until(lambda: len(sent) == 3)
    assert [message["text"] for message in sent] == ["a", "b", "c"]


@pytest.mark.parametrize("pipe", [Peer(), None])
async def test_a_fault_of_ours_ends_this_socket_and_no_other(pipe: Any) -> None:
    _sent, send = messages_sent()
    told = Told(pipe, send=send)

    def broken() -> Frame | None:
        raise ValueError

    told.outlet._source = broken
    told.outlet.wake()
    await until(lambda: told.failed)
    assert told.failed == [1011]


async def test_the_last_word_goes_to_whoever_hears_it() -> None:
    sent, send = messages_sent()
    told = Told(Peer(), send=send)
    await told.outlet.say_goodbye(Goodbye(4401, "Signed out."))
    told.say("too late")
    assert [message["type"] for message in sent] == ["websocket.send", "websocket.close"]
    assert json.loads(sent[0]["text"]) == {"type": "auth_error", "error": "Signed out."}


async def test_who_does_not_hear_the_last_word_is_dropped(monkeypatch: Any) -> None:
    monkeypatch.setattr(module, "LAST_WORD_S", 0.01)

    async def send(_message: Any) -> None:
        await asyncio.Event().wait()

    peer = Peer()
    await Told(peer, send=send).outlet.say_goodbye(Goodbye(4408))
    assert peer.gone

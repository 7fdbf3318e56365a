from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, field
from typing import Any

import pytest
from django.db import OperationalError

from displays.access import Look
from displays.hub import Hub
from displays.looks import Parties

pytestmark = pytest.mark.django_db(transaction=True)

MINE = Look(grants={"race.a": None})


@dataclass(eq=False)
class Somebody:
    """A viewer who counts how often the database is asked, and answers when the gate is open."""

    keys: tuple[Any, ...] = (("user", 7),)
    until: float | None = None
    answer: Any = MINE
    asked: list[set[str]] = field(default_factory=list)
    gate: threading.Event = field(default_factory=threading.Event)

    def look(self, channels: Collection[str]) -> Look | None:
        self.asked.append(set(channels))
        self.gate.wait(60)
        if isinstance(self.answer, Exception):
            raise self.answer
        found: Look | None = self.answer
        return found


@dataclass(eq=False)
class Socket:
    names: list[str] = field(default_factory=list)
    heard: list[Look | None] = field(default_factory=list)

    def channels(self) -> Iterable[str]:
        return self.names

    def looked(self, look: Look | None) -> None:
        self.heard.append(look)


async def until(condition: Callable[[], Any]) -> None:
    async with asyncio.timeout(60):
        while not condition():
            await asyncio.sleep(0.001)


async def test_questions_of_one_viewer_that_wait_are_one() -> None:
    parties, viewer = Parties(Hub()), Somebody()
    sockets = [Socket() for _ in range(50)]
    party = {parties.join(viewer, socket) for socket in sockets}  # type: ignore[arg-type]
    assert len(party) == 1
    (one,) = party
    first = asyncio.create_task(one.look(["race.first"]))
    await until(lambda: viewer.asked)
    others = [asyncio.create_task(one.look([f"race.{number}"])) for number in range(49)]
    await asyncio.sleep(0)
    viewer.gate.set()
    assert await asyncio.gather(first, *others) == [MINE] * 50
    assert viewer.asked == [{"race.first"}, {f"race.{number}" for number in range(49)}]
    for socket in sockets:
        parties.leave(one, socket)


async def test_an_answer_is_never_older_than_its_question() -> None:
    parties, viewer = Parties(Hub()), Somebody()
    party = parties.join(viewer, socket := Socket())  # type: ignore[arg-type]
    early = asyncio.create_task(party.look(["race.a"]))
    await until(lambda: viewer.asked)
    late = asyncio.create_task(party.look(["race.a"]))
    await asyncio.sleep(0)
    viewer.gate.set()
    await asyncio.gather(early, late)
    assert viewer.asked == [{"race.a"}, {"race.a"}]
    parties.leave(party, socket)


async def test_whoever_asks_hears_that_the_database_is_away() -> None:
    parties, viewer = Parties(Hub()), Somebody(answer=OperationalError("away"))
    viewer.gate.set()
    party = parties.join(viewer, socket := Socket())  # type: ignore[arg-type]
    both = await asyncio.gather(party.look(["a"]), party.look(["b"]), return_exceptions=True)
    assert [type(each) for each in both] == [OperationalError, OperationalError]
    viewer.answer = MINE
    assert await party.look(["a"]) == MINE
    parties.leave(party, socket)


async def test_news_of_access_reach_every_socket_by_one_question() -> None:
    hub, viewer = Hub(), Somebody()
    viewer.gate.set()
    parties = Parties(hub)
    sockets = [Socket(["race.a"]), Socket(["race.a", "race.b"])]
    (party,) = {parties.join(viewer, socket) for socket in sockets}  # type: ignore[arg-type]
    hub.deliver({"type": "hub.access", "users": [7]})
    await until(lambda: all(socket.heard for socket in sockets))
    assert (viewer.asked, party.news) == ([{"race.a", "race.b"}], 1)
    assert [socket.heard for socket in sockets] == [[MINE], [MINE]]
    for socket in sockets:
        parties.leave(party, socket)
    hub.deliver({"type": "hub.access", "users": [7]})
    await asyncio.sleep(0.01)
    assert len(viewer.asked) == 1


@pytest.mark.parametrize("again", [False, True])
async def test_who_leaves_last_closes_the_party(again: bool) -> None:
    parties, viewer = Parties(Hub()), Somebody()
    first = parties.join(viewer, socket := Socket())  # type: ignore[arg-type]
    parties.leave(first, socket)
    if again:
        parties.leave(first, socket)
    second = parties.join(viewer, socket)  # type: ignore[arg-type]
    assert second is not first
    parties.leave(second, socket)

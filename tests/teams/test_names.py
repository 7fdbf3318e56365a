from __future__ import annotations

import asyncio
import socket
import threading
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest

from teams import names
from teams.delivery.worker import deliver_due
from teams.enums import Channel, DeliveryState
from teams.names import TooManyQuestions, addresses_of
from teams.outbound import OutboundFailed, OutboundRefused, connect, post
from tests import factories as make
from tests.receivers.webhook import HookReceiver
from tests.teams.delivery import build


class NameServer:
    """Knows some names; of others it says nothing until it is let go."""

    def __init__(self) -> None:
        self.known: dict[str, list[str]] = {}
        self.asked: list[str] = []
        self.hears = threading.Semaphore(0)
        self.may_answer = threading.Event()

    def __call__(self, host: str, *_: Any, **_more: Any) -> list[Any]:
        self.asked.append(host)
        self.hears.release()
        if host not in self.known:
            self.may_answer.wait(60)
        found = self.known.get(host, ["93.184.215.14", "93.184.215.14", "2606:2800:21f::1"])
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (each, 0)) for each in found]


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[NameServer]:
    found = NameServer()
    monkeypatch.setattr(names, "getaddrinfo", found)
    yield found
    found.may_answer.set()
    for thread in threading.enumerate():
        if thread.name == "lt-name":
            thread.join(60)


@pytest.fixture
def hurried(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody waits for an answer that does not come."""
    monkeypatch.setattr(names, "LOOK_UP_S", 0.0)


async def test_addresses_come_in_order_and_once(server: NameServer) -> None:
    server.may_answer.set()

    assert await addresses_of("x.example") == ["93.184.215.14", "2606:2800:21f::1"]


async def test_a_name_server_that_hangs_is_not_waited_for(
    server: NameServer, hurried: None
) -> None:
    with pytest.raises(OutboundFailed, match=r"where hangs\.example is"):
        await connect("hangs.example", 443)
    with pytest.raises(OutboundFailed, match=r"where hangs\.example is"):
        await post("https://hangs.example/", content=b"", headers={}, timeout_s=60)

    assert not server.may_answer.is_set()


async def test_who_asks_for_the_same_waits_for_the_same_answer(server: NameServer) -> None:
    asking = [asyncio.create_task(addresses_of("slow.example")) for _ in range(3)]
    await asyncio.to_thread(server.hears.acquire)
    asking.pop().cancel()
    server.may_answer.set()

    assert await asyncio.gather(*asking) == [["93.184.215.14", "2606:2800:21f::1"]] * 2
    assert server.asked == ["slow.example"]


async def test_who_asks_after_the_answer_asks_anew(server: NameServer) -> None:
    server.known["x.example"] = ["93.184.215.14"]
    assert await addresses_of("x.example") == ["93.184.215.14"]
    server.known["x.example"] = ["93.184.215.15"]

    assert await addresses_of("x.example") == ["93.184.215.15"]


async def test_an_answer_that_is_an_error_is_told(
    server: NameServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    def unknown(*_: Any, **_more: Any) -> list[Any]:
        raise socket.gaierror

    monkeypatch.setattr(names, "getaddrinfo", unknown)
    with pytest.raises(OutboundFailed, match="is not known"):
        await connect("nowhere.example", 443)


async def test_an_address_is_asked_of_nobody(server: NameServer) -> None:
    with pytest.raises(OutboundRefused, match="private"):
        await connect("127.1", 443)

    assert server.asked == []


async def test_there_is_an_end_to_names_that_hang(
    server: NameServer, hurried: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(names, "MOST", 2)
    for number in range(2):
        with pytest.raises(TimeoutError):
            await addresses_of(f"hangs-{number}.example")

    with pytest.raises(TooManyQuestions):
        await addresses_of("another.example")
    with pytest.raises(OutboundFailed, match=r"where another\.example is"):
        await connect("another.example", 443)


@pytest.mark.django_db
def test_a_webhook_whose_name_hangs_keeps_no_place_in_the_lane(
    server: NameServer, hurried: None, settings: Any
) -> None:
    """The lane goes on, and ends, while the question is still open."""
    settings.ALLOW_PRIVATE_FEEDS = ["127.0.0.1"]
    team = make.team("Ours")
    with HookReceiver() as receiver:
        for number in range(4):
            build.webhook(team, f"https://hangs-{number}.example/", name=f"hangs {number}")
        build.webhook(team, receiver.url, name="here")
        build.offer(team, webhook=True)

        assert deliver_due(channel=Channel.WEBHOOK, clock=lambda: build.NOW) == 5

    assert not server.may_answer.is_set()
    found: SimpleNamespace = SimpleNamespace(**{row.receiver: row for row in build.rows()})
    assert found.here.state == DeliveryState.DONE
    states = [(row.state, row.error) for row in build.rows() if row.receiver != "here"]
    assert sorted(states) == [
        (DeliveryState.PENDING, f"No name server says in time where hangs-{number}.example is.")
        for number in range(4)
    ]

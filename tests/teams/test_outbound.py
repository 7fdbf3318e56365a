from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from teams.outbound import (
    Answer,
    OutboundFailed,
    OutboundRefused,
    check_receiver,
    check_url,
    connect,
    fetch_text,
    post,
)
from tests.receivers.http import Receiver
from tests.services import reserved_port


@pytest.mark.parametrize(
    "url",
    [
        "https://www.apex-timing.com/live-timing/mariembourg/",
        "wss://live-data.apex-timing.com:8313/",
        "http://93.184.215.14:8080/x",
        "https://[2606:2800:21f:cb07:6820:80da:af6b:8b2c]/",
    ],
)
def test_a_public_address_is_accepted(url: str) -> None:
    assert check_url(url).geturl() == url


@pytest.mark.parametrize(
    ("url", "why"),
    [
        ("ftp://example.com/", "begin with"),
        ("file:///etc/passwd", "begin with"),
        ("example.com", "begin with"),
        ("https://", "no host"),
        ("https:///path", "no host"),
        ("https://user:secret@example.com/", "user name"),
        ("https://@example.com/", "user name"),
        ("https://example.com:99999/", "not an address"),
        ("https://example.com:x/", "not an address"),
        ("https://exa mple.com/", "not an address"),
        ("https://example.com/\r\nX: y", "not an address"),
        ("https://example.com/" + "a" * 2001, "not an address"),
        ("http://example.com:22/", "Port 22"),
        ("http://example.com:6379/", "Port 6379"),
        ("http://example.com:0/", "Port 0"),
        ("http://localhost/", "private"),
        ("http://api.localhost/", "private"),
        ("http://127.0.0.1/", "private"),
        ("http://127.1/", "private"),
        ("http://2130706433/", "private"),
        ("http://0x7f.0.0.1/", "private"),
        ("http://0177.0.0.1/", "private"),
        ("http://10.1.2.3/", "private"),
        ("http://172.16.0.1/", "private"),
        ("http://192.168.1.1/", "private"),
        ("http://100.64.0.1/", "private"),
        ("http://169.254.169.254/latest/meta-data", "private"),
        ("http://198.18.0.1/", "private"),
        ("http://240.0.0.1/", "private"),
        ("http://255.255.255.255/", "private"),
        ("http://0.0.0.0/", "one host"),
        ("http://224.0.0.1/", "one host"),
        ("http://[::]/", "one host"),
        ("http://[ff02::1]/", "one host"),
        ("http://[::1]/", "private"),
        ("http://[fe80::1]/", "private"),
        ("http://[fd00::1]/", "private"),
        ("http://[::ffff:127.0.0.1]/", "private"),
        ("http://[::ffff:10.0.0.1]/", "private"),
        ("http://[2002:7f00:1::]/", "private"),
        ("http://[64:ff9b::7f00:1]/", "private"),
        ("http://[64:ff9b:1::7f00:1]/", "private"),
        ("http://[::127.0.0.1]/", "private"),
        ("http://[::ffff:0:127.0.0.1]/", "private"),
        ("http://[fec0::1]/", "private"),
        ("http://[fe80::1%25eth0]/", "private"),
    ],
)
def test_an_address_that_leads_inside_is_refused(url: str, why: str) -> None:
    with pytest.raises(OutboundRefused, match=why):
        check_url(url)


@given(st.text() | st.text(alphabet="htps:/[]@.%#?0123456789abcdef-x").map("http://{}".format))
def test_whatever_is_pasted_is_accepted_or_refused(url: str) -> None:
    with contextlib.suppress(OutboundRefused):
        check_url(url)


def test_the_operator_allows_hosts_and_networks(settings) -> None:
    settings.ALLOW_PRIVATE_FEEDS = ["timing.lan", "192.168.7.0/24", "10.0.0.9"]
    assert check_url("http://192.168.7.20:8080/")
    assert check_url("http://10.0.0.9/")
    with pytest.raises(OutboundRefused):
        check_url("http://192.168.8.20/")
    with pytest.raises(OutboundRefused):
        check_url("http://10.0.0.10/")


def test_our_own_demo_feed_may_be_on_loopback() -> None:
    assert check_url("ws://127.0.0.1:81/", allow_private=True)
    with pytest.raises(OutboundRefused):
        check_url("ws://224.0.0.1:8313/", allow_private=True)


async def test_a_public_name_that_resolves_inside_is_refused(resolver) -> None:
    resolver["rebind.example"] = ["127.0.0.1"]
    with pytest.raises(OutboundRefused):
        await connect("rebind.example", 8313)


async def test_one_private_address_among_public_ones_refuses_the_name(resolver) -> None:
    resolver["mixed.example"] = ["93.184.215.14", "10.0.0.1"]
    with pytest.raises(OutboundRefused):
        await connect("mixed.example", 8313)


async def test_a_name_is_asked_once_so_that_it_cannot_change_its_answer(resolver) -> None:
    async with serving(b"") as port:
        answers = iter([["127.0.0.1"], ["10.0.0.1"]])
        resolver["flip.example"] = lambda: next(answers)
        sock = await connect("flip.example", port, allow_private=True)
        assert sock.getpeername() == ("127.0.0.1", port)
        sock.close()
        assert next(answers) == ["10.0.0.1"]


async def test_an_unknown_host_says_so(resolver) -> None:
    with pytest.raises(OutboundFailed, match=r"nowhere\.example is not known"):
        await connect("nowhere.example", 8313)


async def test_the_second_address_is_tried_when_the_first_refuses(resolver) -> None:
    async with serving(b"") as port:
        resolver["two.example"] = ["127.0.0.2", "127.0.0.1"]
        sock = await connect("two.example", port, allow_private=True)
        assert sock.getpeername() == ("127.0.0.1", port)
        sock.close()


async def test_an_operators_host_may_resolve_inside(resolver, settings) -> None:
    settings.ALLOW_PRIVATE_FEEDS = ["timing.lan"]
    async with serving(b"") as port:
        resolver["timing.lan"] = ["127.0.0.1"]
        (await connect("timing.lan", port)).close()


async def test_a_small_page_is_fetched() -> None:
    async with serving(http(b"200 OK", "var configPort = 8310; é".encode())) as port:
        url = f"http://127.0.0.1:{port}/config.js"
        found = await fetch_text(url, limit_bytes=100, timeout_s=60, allow_private=True)
    assert (found.url, found.text) == (url, "var configPort = 8310; é")


async def test_a_long_page_is_cut_off() -> None:
    async with serving(http(b"200 OK", b"x" * 101)) as port:
        with pytest.raises(OutboundFailed, match="too long"):
            await fetch_text(
                f"http://127.0.0.1:{port}/", limit_bytes=100, timeout_s=60, allow_private=True
            )


async def test_a_packed_page_is_not_unpacked() -> None:
    async with serving(http(b"200 OK", b"x", b"Content-Encoding: gzip\r\n")) as port:
        with pytest.raises(OutboundFailed):
            await fetch_text(
                f"http://127.0.0.1:{port}/", limit_bytes=100, timeout_s=60, allow_private=True
            )


async def test_a_redirect_passes_the_guard_again() -> None:
    away = http(b"302 Found", b"", b"Location: http://224.0.0.1/\r\n")
    async with serving(away) as port:
        with pytest.raises(OutboundRefused):
            await fetch_text(
                f"http://127.0.0.1:{port}/", limit_bytes=100, timeout_s=60, allow_private=True
            )


async def test_a_public_page_cannot_redirect_inside(resolver, settings) -> None:
    inside = http(b"302 Found", b"", b"Location: http://169.254.169.254/\r\n")
    settings.ALLOW_PRIVATE_FEEDS = ["front.lan"]
    resolver["front.lan"] = ["127.0.0.1"]
    async with serving(inside) as port:
        with pytest.raises(OutboundRefused, match="private"):
            await fetch_text(f"http://front.lan:{port}/", limit_bytes=100, timeout_s=60)


@pytest.mark.parametrize("target", [b"http://[", b"\xff\xfe://", b"", b"//", b"ws://127.0.0.1/"])
async def test_a_redirect_to_nonsense_is_refused_or_ends(target: bytes) -> None:
    async with serving(http(b"302 Found", b"", b"Location: %b\r\n" % target)) as port:
        with pytest.raises((OutboundRefused, OutboundFailed)):
            await fetch_text(
                f"http://127.0.0.1:{port}/", limit_bytes=100, timeout_s=60, allow_private=True
            )


async def test_a_host_in_another_script_is_asked_for_as_the_network_spells_it(resolver) -> None:
    async with serving(http(b"200 OK", b"here")) as port:
        resolver["xn--kartbahn-mnchen-8vb.example"] = ["127.0.0.1"]
        url = f"http://kartbahn-münchen.example:{port}/é"
        found = await fetch_text(url, limit_bytes=100, timeout_s=60, allow_private=True)
    assert found.url == f"http://xn--kartbahn-mnchen-8vb.example:{port}/%C3%A9"


async def test_redirects_end() -> None:
    async with serving(http(b"302 Found", b"", b"Location: /again\r\n")) as port:
        with pytest.raises(OutboundFailed, match="too often"):
            await fetch_text(
                f"http://127.0.0.1:{port}/", limit_bytes=100, timeout_s=60, allow_private=True
            )


async def test_a_page_that_never_ends_is_given_up() -> None:
    async with serving(b"HTTP/1.1 200 OK\r\n", hold=True) as port:
        with pytest.raises(OutboundFailed, match="does not answer"):
            await fetch_text(
                f"http://127.0.0.1:{port}/", limit_bytes=100, timeout_s=0.2, allow_private=True
            )


async def test_a_closed_port_says_that_the_host_does_not_answer(free_port: int) -> None:
    with pytest.raises(OutboundFailed, match=r"127\.0\.0\.1 does not answer"):
        await fetch_text(
            f"http://127.0.0.1:{free_port}/", limit_bytes=100, timeout_s=60, allow_private=True
        )


# -- posting


@pytest.fixture
def neighbours(settings: Any) -> None:
    settings.ALLOW_PRIVATE_FEEDS = ["127.0.0.1"]


async def send(port: int, *, timeout_s: float = 60, host: str = "127.0.0.1") -> Answer:
    url = f"http://{host}:{port}/"
    return await post(url, content=b"{}", headers={"X": "y"}, timeout_s=timeout_s)


async def test_a_post_brings_back_a_status_and_when_to_come_again(neighbours: None) -> None:
    async with serving(http(b"503 Busy", b"x" * 10, b"Retry-After: 7\r\n")) as port:
        assert await send(port) == Answer(503, "7")


async def test_a_post_follows_no_redirect(neighbours: None) -> None:
    async with serving(http(b"307 Elsewhere", b"", b"Location: http://10.0.0.1/\r\n")) as port:
        assert await send(port) == Answer(307, "")


async def test_a_post_reads_no_body_however_long(neighbours: None) -> None:
    endless = b"HTTP/1.1 200 OK\r\nContent-Length: 99999999999\r\n\r\n" + b"x" * 100_000
    async with serving(endless, hold=True) as port:
        assert await send(port) == Answer(200, "")


@pytest.mark.parametrize("answer", [b"", b"HTTP/1.1 200 OK\r\n", b"HTTP/1.1 100 Continue\r\n\r\n"])
async def test_a_post_that_nobody_answers_is_given_up(answer: bytes, neighbours: None) -> None:
    async with serving(answer, hold=True) as port:
        with pytest.raises(OutboundFailed, match="does not answer"):
            await send(port, timeout_s=0.2)


@pytest.mark.parametrize("answer", [b"nonsense\r\n\r\n", b"HTTP/1.1 200 OK\r\nA: %b\r\n\r\n"])
async def test_a_post_answered_with_nonsense_has_failed(answer: bytes, neighbours: None) -> None:
    async with serving(answer.replace(b"%b", b"x" * 200_000)) as port:
        with pytest.raises(OutboundFailed):
            await send(port)


async def test_a_post_goes_to_no_name_that_leads_inside(resolver, settings) -> None:
    resolver["inside.example"] = ["10.0.0.1"]
    resolver["mixed.example"] = ["93.184.215.14", "127.0.0.1"]
    for name in ("inside.example", "mixed.example"):
        with pytest.raises(OutboundRefused, match="private"):
            await post(f"https://{name}/", content=b"", headers={}, timeout_s=60)


async def test_a_post_goes_where_the_name_led_when_it_was_judged(resolver, settings) -> None:
    settings.ALLOW_PRIVATE_FEEDS = ["flip.lan"]
    async with serving(http(b"200 OK", b"")) as port:
        answers = iter([["127.0.0.1"], ["169.254.169.254"]])
        resolver["flip.lan"] = lambda: next(answers)
        assert await send(port, host="flip.lan") == Answer(200, "")
    assert next(answers) == ["169.254.169.254"], "nobody asked a second time"


async def test_what_is_posted_there_says_the_name_and_not_the_address(resolver, settings) -> None:
    """Receivers behind one address are told apart by it."""
    settings.ALLOW_PRIVATE_FEEDS = ["hooks.lan"]
    resolver["hooks.lan"] = ["127.0.0.1"]
    with Receiver() as receiver:
        port = int(receiver.url.rpartition(":")[2])
        await send(port, host="hooks.lan")
        (posted,) = receiver.got
    assert posted.headers["host"] == f"hooks.lan:{port}"


@pytest.mark.parametrize(
    ("url", "why"),
    [
        ("http://hooks.example.net/", "begin with https"),
        ("http://127.0.0.2/", "begin with https"),
        ("https://127.0.0.2/", "private"),
        ("https://hooks.example.net:25/", "Port 25"),
        ("https://[", "not an address"),
        ("", "begin with https"),
    ],
)
def test_messages_of_ours_go_encrypted_and_outside(url: str, why: str, neighbours: None) -> None:
    with pytest.raises(OutboundRefused, match=why):
        check_receiver(url)


@pytest.mark.parametrize(
    "url", ["https://hooks.example.net/", "http://127.0.0.1:81/", "https://127.0.0.1/"]
)
def test_messages_of_ours_may_go_to_the_operators_neighbours(url: str, neighbours: None) -> None:
    check_receiver(url)


def http(status: bytes, body: bytes, extra: bytes = b"") -> bytes:
    head = b"HTTP/1.1 %b\r\nContent-Length: %d\r\nConnection: close\r\n%b\r\n"
    return head % (status, len(body), extra) + body


@asynccontextmanager
async def serving(answer: bytes, *, hold: bool = False) -> AsyncIterator[int]:
    """A server on loopback that answers everybody the same."""
    done = asyncio.Event()

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(1)
        writer.write(answer)
        if hold:
            await done.wait()
        writer.close()

    server = await asyncio.start_server(handle, "127.0.0.1", 0)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        done.set()
        server.close()
        await asyncio.wait_for(server.wait_closed(), 60)


@pytest.fixture
def free_port() -> Iterator[int]:
    with reserved_port() as port:
        yield port


@pytest.fixture
def resolver(monkeypatch) -> dict[str, list[str] | Callable[[], list[str]]]:
    """A name server of our own; the world's is outside our walls."""
    names: dict[str, list[str] | Callable[[], list[str]]] = {}

    def getaddrinfo(host: str, *_: object, **_more: object) -> list[Any]:
        if host not in names:
            raise socket.gaierror
        found = names[host]
        answers = found() if callable(found) else found
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (text, 0)) for text in answers]

    monkeypatch.setattr("teams.names.getaddrinfo", getaddrinfo)
    return names

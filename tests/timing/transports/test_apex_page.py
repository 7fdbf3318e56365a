from __future__ import annotations

from http import HTTPStatus

import pytest
from hypothesis import given
from hypothesis import strategies as st
from websockets.asyncio.server import serve
from websockets.datastructures import Headers
from websockets.http11 import Request, Response

from teams.outbound import OutboundFailed
from tests.timing.transports.feeds import StillWorld, first_reports, take, texts
from timing.transports import LinkReport, apex_transport
from timing.transports.apex_page import (
    PageConfig,
    config_url,
    endpoints,
    find_endpoints,
    parse_config,
)

PAGE = "https://www.apex-timing.com/live-timing/karting-x/"


@pytest.mark.parametrize(
    ("text", "config"),
    [
        ("\ufeffvar configPort = 8310;\r\nvar title = 'X';\r\n", PageConfig(port=8310)),
        (
            'var configPort=8310;var configHost="Live-Data.apex-timing.com";',
            PageConfig(port=8310, host="live-data.apex-timing.com"),
        ),
        ("configPort = '8310'", PageConfig(port=8310)),
        ("// var configPort = 1;\nvar configPort = 2000;", PageConfig(port=2000)),
        ("/* configPort = 1;\n */ var configPort = 2000;", PageConfig(port=2000)),
        ("var configPort = 2000; // configPort = 1", PageConfig(port=2000)),
        ("var configPort = 1;\nconfigPort = 2000;", PageConfig(port=2000)),
        (
            'var configRequestUrl = "https://x.example/f/";\nvar configPort = 8310;',
            PageConfig(port=8310, request_url="https://x.example/f/"),
        ),
        ("var configPort = 99999;", PageConfig()),
        ("var configPort = 0;", PageConfig()),
        ("var configPort = -5;", PageConfig()),
        ('var configHost = "evil.example/@x";', PageConfig()),
        ('var configHost = "";', PageConfig()),
        ("<html>404</html>", PageConfig()),
        ("", PageConfig()),
    ],
)
def test_a_config_is_read_tolerantly(text: str, config: PageConfig) -> None:
    assert parse_config(text) == config


@given(st.text() | st.text(alphabet="configPortHs =;'/*\n\r0123456789").map("configPort={}".format))
def test_whatever_a_config_holds_it_is_read(text: str) -> None:
    found = parse_config(text)
    assert found.port is None or 0 < found.port < 65533


@pytest.mark.parametrize("address", ["http://[", "", "tape", "ftp://x.example/", "ws://["])
async def test_an_address_that_is_none_is_a_feed_that_is_down(address: str) -> None:
    reports: list[LinkReport] = []
    transport = apex_transport(address, on_report=reports.append, world=StillWorld().world())
    await first_reports(transport, reports, 4)
    assert [str(report.state) for report in reports[:4]] == ["connecting", "down"] * 2


@pytest.mark.parametrize(
    "page",
    [PAGE, PAGE + "index.html", PAGE + "index.html?x=1#top", PAGE.rstrip("/"), PAGE + "?lang=fr"],
)
def test_the_config_lies_beside_the_page(page: str) -> None:
    assert config_url(page) == PAGE + "javascript/config.js"


def test_the_named_host_comes_first_then_the_known_ones() -> None:
    assert endpoints(PAGE, PageConfig(port=8310, host="live.apex-timing.com")) == [
        "wss://live.apex-timing.com:8313/",
        "wss://live-data.apex-timing.com:8313/",
        "wss://www.apex-timing.com:8313/",
    ]


def test_a_plain_page_has_a_plain_socket() -> None:
    found = endpoints("http://127.0.0.1:1/x/", PageConfig(port=8310, host="127.0.0.1"))
    assert found[0] == "ws://127.0.0.1:8312/"


def test_the_catalogues_port_serves_when_the_page_has_none() -> None:
    assert endpoints(PAGE, PageConfig(), default_port=7000)[0] == (
        "wss://live-data.apex-timing.com:7003/"
    )
    assert endpoints(PAGE, PageConfig()) == []


async def test_a_page_that_does_not_answer_leaves_the_catalogues_port() -> None:
    async def fails(url: str) -> str:
        raise OutboundFailed("no")

    found = await find_endpoints(PAGE, default_port=7000, fetch=fails)
    assert found[0] == "wss://live-data.apex-timing.com:7003/"
    with pytest.raises(OutboundFailed):
        await find_endpoints(PAGE, default_port=None, fetch=fails)


async def test_a_page_leads_to_its_socket() -> None:
    """Page and socket on one loopback port: the config names the port that is two below."""

    def page(connection, request: Request) -> Response | None:
        if request.path != "/track/javascript/config.js":
            return None
        port = connection.local_address[1] - 2
        body = f"\ufeffvar configPort = {port};\r\nvar configHost = '127.0.0.1';".encode()
        headers = Headers({"Content-Length": str(len(body)), "Connection": "close"})
        return Response(HTTPStatus.OK.value, "OK", headers, body)

    async def talk(connection) -> None:
        await connection.send("init|r|")
        await connection.wait_closed()

    async with serve(talk, "127.0.0.1", 0, process_request=page) as server:
        port = server.sockets[0].getsockname()[1]
        got = await take(apex_transport(f"http://127.0.0.1:{port}/track/", allow_private=True), 1)
    assert texts(got) == [(0, "init|r|")]


async def test_a_page_without_a_port_says_so() -> None:
    reports: list[LinkReport] = []
    body = b"nothing here"

    def page(_connection, _request: Request) -> Response:
        headers = Headers({"Content-Length": str(len(body)), "Connection": "close"})
        return Response(HTTPStatus.OK.value, "OK", headers, body)

    async def talk(_connection) -> None: ...

    async with serve(talk, "127.0.0.1", 0, process_request=page) as server:
        port = server.sockets[0].getsockname()[1]
        transport = apex_transport(
            f"http://127.0.0.1:{port}/track/",
            allow_private=True,
            on_report=reports.append,
            world=StillWorld().world(),
        )
        await first_reports(transport, reports, 2)
    assert reports[1].error == "the page names no port"

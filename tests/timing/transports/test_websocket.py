from __future__ import annotations

import asyncio
from collections.abc import Iterator

import pytest

from tests.services import reserved_port
from tests.timing.transports.feeds import (
    StillWorld,
    cuts,
    feed,
    first_reports,
    says,
    says_and_holds,
    states,
    take,
    texts,
)
from timing.transports import LinkReport, LinkState, Patience, apex_transport
from timing.transports.base import Backoff
from timing.transports.websocket import Bounds, WebSocketTransport

# Each is short where it is to be met, and longer than a loaded machine takes where it is not.
MUTE = Patience(connect_s=60, first_frame_s=1.5, stale_s=60, gone_s=120)
SILENT = Patience(connect_s=60, first_frame_s=60, stale_s=0.2, gone_s=0.4)
STALE = Patience(connect_s=60, first_frame_s=60, stale_s=0.2, gone_s=60)


def listening_to(*urls: str, still: StillWorld | None = None, **kwargs) -> WebSocketTransport:
    async def find() -> list[str]:
        return list(urls)

    return WebSocketTransport(
        find, world=(still or StillWorld()).world(), allow_private=True, **kwargs
    )


async def test_frames_come_as_they_were_sent() -> None:
    reports: list[LinkReport] = []
    async with feed(says_and_holds("init|r|\n", "\n", "r1|#|2\nr2|#|1\n")) as server:
        got = await take(listening_to(server.url, on_report=reports.append), 3)
    assert texts(got) == [(0, "init|r|\n"), (0, "\n"), (0, "r1|#|2\nr2|#|1\n")]
    assert {frame.received_at_ms for frame in got} == {1_000_000}
    assert reports == [
        LinkReport(LinkState.CONNECTING, 1_000_000),
        LinkReport(LinkState.LIVE, 1_000_000),
    ]


async def test_nothing_is_ever_said_to_the_feed() -> None:
    async with feed(says_and_holds("a", "b", "c")) as server:
        await take(apex_transport(server.url, allow_private=True), 3)
        await asyncio.sleep(0.05)
    assert server.heard == []
    assert server.origins == ["https://www.apex-timing.com"]


async def test_a_cut_connection_is_dialled_again_under_a_new_number() -> None:
    still, reports = StillWorld(), []
    async with feed(says("one"), says("two"), says_and_holds("three")) as server:
        got = await take(listening_to(server.url, still=still, on_report=reports.append), 3)
    assert texts(got) == [(0, "one"), (1, "two"), (2, "three")]
    assert states(reports) == ["connecting", "live", "down"] * 2 + ["connecting", "live"]
    assert still.slept == [1.0, 2.0]
    assert reports[2].retry_at_ms == reports[2].at_ms + 1000
    assert reports[2].error.endswith("connection closed (1000)")


async def test_numbering_goes_on_from_an_earlier_process() -> None:
    async with feed(says_and_holds("one")) as server:
        got = await take(listening_to(server.url, first_connection=7), 1)
    assert texts(got) == [(7, "one")]


async def test_a_torn_connection_is_survived() -> None:
    async with feed(cuts, says_and_holds("here")) as server:
        got = await take(listening_to(server.url), 1)
    assert texts(got) == [(1, "here")]


async def test_a_steady_connection_makes_the_next_wait_short() -> None:
    still = StillWorld()

    async def steady(connection) -> None:
        await connection.send("x")
        while transport.counters.frames < 3:
            await asyncio.sleep(0.01)
        still.at_ms += 10_000

    async with feed(says("x"), says("x"), steady, says_and_holds("x")) as server:
        transport = listening_to(server.url, still=still)
        await take(transport, 4)
    assert still.slept == [1.0, 2.0, 1.0]


async def test_a_feed_that_falls_silent_is_reported_stale_and_left() -> None:
    reports: list[LinkReport] = []
    async with feed(says_and_holds("one"), says_and_holds("two")) as server:
        transport = listening_to(server.url, patience=SILENT, on_report=reports.append)
        got = await take(transport, 2)
    assert texts(got) == [(0, "one"), (1, "two")]
    assert states(reports) == ["connecting", "live", "stale", "down", "connecting", "live"]
    assert reports[3].error.endswith("silent for 0.4 s")


async def test_a_stale_feed_that_speaks_again_is_live() -> None:
    reports: list[LinkReport] = []

    async def pauses(connection) -> None:
        await connection.send("one")
        while "stale" not in states(reports):
            await asyncio.sleep(0.01)
        await says_and_holds("two")(connection)

    async with feed(pauses) as server:
        transport = listening_to(server.url, patience=STALE, on_report=reports.append)
        got = await take(transport, 2)
    assert texts(got) == [(0, "one"), (0, "two")]
    assert states(reports) == ["connecting", "live", "stale", "live"]


async def test_an_open_socket_without_data_is_not_live() -> None:
    reports: list[LinkReport] = []
    async with feed(says_and_holds(), says_and_holds("one")) as server:
        transport = listening_to(server.url, patience=MUTE, on_report=reports.append)
        got = await take(transport, 1)
    assert texts(got) == [(1, "one")]
    assert states(reports) == ["connecting", "down", "connecting", "live"]


async def test_the_next_host_is_tried_when_one_is_silent() -> None:
    async with feed(says_and_holds()) as mute, feed(says_and_holds("here")) as good:
        got = await take(listening_to(mute.url, good.url, patience=MUTE), 1)
    assert texts(got) == [(1, "here")]


async def test_the_next_host_is_tried_at_once_when_one_refuses(free_url: str) -> None:
    still = StillWorld()
    async with feed(says_and_holds("here")) as good:
        got = await take(listening_to(free_url, good.url, still=still), 1)
    assert (texts(got), still.slept) == ([(0, "here")], [])


async def test_invalid_text_is_kept_as_far_as_it_is_text() -> None:
    async def garbles(connection) -> None:
        await connection.send(b"r1c4|dr|\xff\xfeTEAM", text=True)
        await connection.send(b"\x16\x03\x01 r1|#|1")
        await connection.wait_closed()

    async with feed(garbles) as server:
        transport = listening_to(server.url)
        got = await take(transport, 2)
    assert texts(got) == [(0, "r1c4|dr|\ufffd\ufffdTEAM"), (0, "\x16\x03\x01 r1|#|1")]
    assert transport.counters.undecodable == 1


async def test_a_line_of_ten_megabytes_is_cut_and_counted() -> None:
    huge = "r1c1||" + "x" * 10 * 1024 * 1024
    async with feed(says_and_holds(f"r1|#|1\n{huge}\nr2|#|2\n", "next")) as server:
        transport = listening_to(server.url)
        got = await take(transport, 2)
    assert texts(got) == [(0, "r1|#|1\nr2|#|2\n"), (0, "next")]
    assert transport.counters.cut_lines == 1


async def test_a_message_over_the_bound_costs_the_connection_and_nothing_else() -> None:
    reports: list[LinkReport] = []
    async with feed(says("one", "x" * 5000), says_and_holds("two")) as server:
        transport = listening_to(server.url, bounds=Bounds(message=4096), on_report=reports.append)
        got = await take(transport, 2)
    assert texts(got) == [(0, "one"), (1, "two")]
    assert reports[2].error.endswith("connection closed (1009)")


async def test_a_private_address_is_refused_and_tried_again_later() -> None:
    still, reports = StillWorld(), []
    transport = apex_transport(
        "ws://127.0.0.1:8313/", on_report=reports.append, world=still.world()
    )
    await first_reports(transport, reports, 4)
    assert states(reports)[:4] == ["connecting", "down", "connecting", "down"]
    assert "private network" in reports[1].error


async def test_an_address_with_a_key_does_not_show_it(free_url: str) -> None:
    reports: list[LinkReport] = []
    transport = listening_to(free_url + "?key=secret", on_report=reports.append)
    await first_reports(transport, reports, 2)
    assert reports[1].error.endswith("connection refused")
    assert "secret" not in reports[1].error


async def test_a_redirect_is_not_followed() -> None:
    reports: list[LinkReport] = []

    async def redirect(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 302 Found\r\nLocation: ws://169.254.169.254/\r\n\r\n")
        writer.close()

    server = await asyncio.start_server(redirect, "127.0.0.1", 0)
    url = f"ws://127.0.0.1:{server.sockets[0].getsockname()[1]}/"
    await first_reports(listening_to(url, on_report=reports.append), reports, 2)
    server.close()
    assert reports[1].error.endswith("answers with a redirect")


def test_waits_grow_to_a_minute_and_are_spread() -> None:
    longest, shortest = Backoff(chance=lambda: 1.0), Backoff(chance=lambda: 0.0)
    assert [longest.next_s() for _ in range(8)] == [1, 2, 4, 8, 16, 32, 60, 60]
    assert [shortest.next_s() for _ in range(8)] == [0.5, 1, 2, 4, 8, 16, 30, 30]
    longest.reset()
    assert longest.next_s() == 1


@pytest.fixture
def free_url() -> Iterator[str]:
    with reserved_port() as port:
        yield f"ws://127.0.0.1:{port}/"

"""What Prometheus reads: the format, an ingester's numbers, and the port of its own."""

from __future__ import annotations

import asyncio

import httpx
import pytest

from tests.services import reserved_port
from tests.timing.test_runner import House, Line, house, race_of_two_laps, run_until
from timing import metrics
from timing.ingester import Ingester
from timing.metering import FeedMeter, Lags
from timing.metrics import Family, rendered
from timing.metrics_port import metrics_port

__all__ = ["house"]  # the fixture


def test_the_format_is_prometheus() -> None:
    made = Family("lt_x_total", "counter", "What.").add(3).add(0.5, feed='a"b\\c\nd').add(None)
    empty = Family("lt_y", "gauge", "Nothing.")
    assert rendered([made, empty]) == (
        "# HELP lt_x_total What.\n"
        "# TYPE lt_x_total counter\n"
        "lt_x_total 3\n"
        'lt_x_total{feed="a\\"b\\\\c\\nd"} 0.5\n'
    )


def test_a_histogram_counts_what_took_no_longer() -> None:
    lags = Lags()
    for ms in (10, 11, 250, 60_000):
        lags.add(ms)
    made = Family("lt_lag_seconds", "histogram", "Lag.")
    made.add_lags(lags, feed="f")
    found = {(s, labels.get("le", "")): value for s, labels, value in made.samples}
    assert [found["_bucket", le] for le in ("0.01", "0.025", "0.25", "5", "+Inf")] == [
        1,
        2,
        3,
        3,
        4,
    ]
    assert (found["_sum", ""], found["_count", ""]) == (60.271, 4)


def test_the_lag_is_that_of_the_oldest_frame_that_waited() -> None:
    meter, clock = FeedMeter(), iter([1_000])
    meter.took([object.__new__(_Change)], now=lambda: next(clock))
    meter.took([object.__new__(_Change)], now=lambda: next(clock))  # not asked again
    meter.published(1_200)
    meter.published(9_000)
    assert (meter.lags.sum_ms, sum(meter.lags.counts), meter.boards) == (200, 1, 2)


class _Change:
    facts = ()


@pytest.mark.django_db(transaction=True)
async def test_a_feed_tells_how_it_does_by_its_id(house: House) -> None:
    line = Line(race_of_two_laps())
    runner = house.runner(line)
    ingester = Ingester(runner._around, limit=1)
    done = asyncio.get_running_loop().create_future()
    ingester.runners[house.feed.pk] = (runner, done)
    await run_until(runner, lambda: runner.meter.boards and line.heard == len(line.said))

    text = rendered(metrics.ingester_families())

    feed = f'{{feed="{house.feed.pk}"}}'
    for expected in (
        "lt_feeds_running 1",
        f"lt_feed_frames_total{feed} {len(line.said)}",
        f"lt_feed_laps_total{feed} 2",
        f"lt_feed_unknown_lines_total{feed} 0",
        f"lt_feed_facts_waiting{feed} 0",
        "lt_writer_backlog 0",
    ):
        assert expected in text.splitlines()
    assert f"lt_feed_publish_lag_seconds_count{feed}" in text
    assert f"lt_feed_tape_bytes{feed}" in text
    assert house.feed.name not in text


# -- the port


async def get(port: int, path: str = "/metrics", **headers: str) -> httpx.Response:
    async with httpx.AsyncClient() as client:
        return await client.get(f"http://127.0.0.1:{port}{path}", headers=headers)


@pytest.fixture
def at_port(settings):
    with reserved_port() as port:
        settings.METRICS_PORT, settings.METRICS_HOST, settings.METRICS_TOKEN = port, "127.0.0.1", ""
        yield port


async def test_whoever_reaches_the_port_reads_where_no_token_is_set(at_port: int) -> None:
    async with metrics_port(lambda: "lt_x 1\n") as port:
        assert port == at_port
        answer = await get(port)
        assert (answer.status_code, answer.text) == (200, "lt_x 1\n")
        assert answer.headers["content-type"].startswith("text/plain; version=0.0.4")
        assert (await get(port, "/")).status_code == 404
        assert (await get(port, Origin="https://evil.example")).status_code == 403
    with pytest.raises(httpx.HTTPError):
        await get(at_port)


async def test_a_token_is_asked_for_where_it_is_set(settings, at_port: int) -> None:
    settings.METRICS_TOKEN = "0123456789abcdef"
    async with metrics_port(lambda: "lt_x 1\n") as port:
        assert (await get(port)).status_code == 401
        assert (await get(port, Authorization="Bearer 0123")).status_code == 401
        assert (await get(port, Authorization="Bearer 0123456789abcdef")).status_code == 200


async def test_the_whole_of_this_process_is_told(at_port: int) -> None:
    async with metrics_port() as port:
        assert "process_resident_memory_bytes" in (await get(port)).text


async def test_a_port_that_is_taken_stops_no_race(at_port: int, caplog) -> None:
    async with metrics_port(lambda: ""), metrics_port(lambda: "") as second:
        assert second == 0
    assert "no metrics at 127.0.0.1" in caplog.text


async def test_none_is_opened_where_none_is_wanted(settings) -> None:
    settings.METRICS_PORT = None
    async with metrics_port(lambda: "") as port:
        assert port == 0


async def test_what_is_no_http_is_dropped(at_port: int) -> None:
    async with metrics_port(lambda: "") as port:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(b"x" * 20_000 + b"\r\n\r\n")
        assert await reader.read() == b""
        writer.close()
        assert (await get(port)).status_code == 200

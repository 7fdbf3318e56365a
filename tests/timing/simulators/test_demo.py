from __future__ import annotations

from datetime import UTC, datetime

from websockets.asyncio.client import connect

from tests.timing.simulators.feeds import read
from timing.simulators.demo import LEAD_IN_MS, demo_feed, lead_in
from timing.simulators.server import FeedServer

AT = datetime(2026, 6, 1, 14, 5, tzinfo=UTC)


def test_lead_in_is_half_an_hour_of_racing() -> None:
    feed = demo_feed(started_at=AT)
    frames = list(lead_in(feed))

    reader = read(frames)
    assert frames[0][1].startswith("init|r|")
    assert frames[-1][0] <= LEAD_IN_MS == feed.now
    assert min(len(row.laps) for row in reader.session.rows.values()) > 20
    assert sum(len(row.stops) for row in reader.session.rows.values()) > 0
    assert "<b>14:05</b>" in reader.session.log


async def test_server_goes_on_where_the_lead_in_stopped() -> None:
    feed = demo_feed(started_at=AT)
    frames = list(lead_in(feed))

    async with FeedServer(feed) as server, connect(server.socket_url) as socket:
        opening = str(await socket.recv())

    before = read(frames).session.rows
    after = read([(feed.now, opening)]).session.rows
    shown = {name: row.cells["llp"][1] for name, row in after.items()}
    assert shown == {name: row.cells["llp"][1] for name, row in before.items()}

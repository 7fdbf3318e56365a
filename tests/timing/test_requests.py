from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from channels.layers import get_channel_layer
from django.db import OperationalError

from races.models import Feed, FeedRequest
from races.services import replay_tape, restart_feed
from teams.models import Team
from teams.scoping import every_team
from tests import factories as make
from timing.ingester import Ingester
from timing.lease import Holder
from timing.models import FeedState
from timing.replays import ReplayError
from timing.requests import close_request, do_replay, open_requests
from timing.sources import Surroundings
from timing.tape import TapeWriter
from timing.writer import Writer

HERE, ELSEWHERE = "here/1/a", "there/1/b"

pytestmark = pytest.mark.django_db


@pytest.fixture
def team() -> Team:
    return make.team()


@pytest.fixture
def tapes(tmp_path: Path) -> Path:
    now = datetime.now(UTC)
    with TapeWriter(tmp_path / "a.jsonl", protocol="apex", url="", started_at=now) as tape:
        tape.write(0.0, "init|r|")
    return tmp_path


def held(feed: Feed, holder: str, *, for_s: int) -> None:
    until = datetime.now(UTC) + timedelta(seconds=for_s)
    FeedState.objects.create(feed=feed, holder=holder, held_until=until)


def test_a_request_is_for_whoever_holds_its_feed(team: Team) -> None:
    with every_team("test"):
        ours, theirs, lapsed, free = (make.followed_feed(team) for _ in range(4))
        held(ours, HERE, for_s=20)
        held(theirs, ELSEWHERE, for_s=20)
        held(lapsed, ELSEWHERE, for_s=-1)
        FeedRequest.objects.all().delete()
        asked = [restart_feed(feed=feed).pk for feed in (ours, lapsed, free)]
        restart_feed(feed=theirs)
        replay = replay_tape(team=team, tape="a.jsonl")

        assert [each.id for each in open_requests(holder=HERE)] == [*asked, replay.pk]


def test_a_request_is_closed_once(team: Team) -> None:
    with every_team("test"):
        request = restart_feed(feed=make.followed_feed(team))

        assert close_request(request=request.pk, error="no") is True
        assert close_request(request=request.pk) is False
        request.refresh_from_db()
        assert (request.error, request.done_at is None) == ("no", False)


def test_two_ingesters_that_read_one_request_begin_one_replay(team: Team, tapes: Path) -> None:
    with every_team("test"):
        replay_tape(team=team, tape="a.jsonl", speed=2)
        [asked] = open_requests(holder=HERE)
        do_replay(request=asked, tapes=tapes)
        do_replay(request=asked, tapes=tapes)

        [feed] = Feed.objects.filter(address__startswith="tape:")
        assert (feed.owner, feed.pinned, feed.protocol) == (team, True, "apex")
        assert feed.address.startswith("tape:a.jsonl?speed=2&id=")


def test_a_replay_that_cannot_be_stays_open_for_its_answer(team: Team, tapes: Path) -> None:
    with every_team("test"):
        request = replay_tape(team=team, tape="missing.jsonl")
        [asked] = open_requests(holder=HERE)
        with pytest.raises(ReplayError):
            do_replay(request=asked, tapes=tapes)

        request.refresh_from_db()
        assert request.done_at is None


def ingester(writer: Writer, tapes: Path) -> Ingester:
    layer = get_channel_layer()
    around = Surroundings(Holder("here", 1, "a"), writer, layer=layer, tapes=tapes, rotate_s=60)
    return Ingester(around, limit=1)


@pytest.mark.django_db(transaction=True)
async def test_a_request_that_breaks_our_code_ends_nothing(tapes: Path) -> None:
    with every_team("test"):
        request = await FeedRequest.objects.acreate(
            kind="replay", arguments=["not what arguments are"]
        )
    writer = Writer()
    try:
        [asked] = await writer.call(open_requests, holder=HERE)
        await ingester(writer, tapes)._do(asked)
    finally:
        await writer.close()

    with every_team("test"):
        await request.arefresh_from_db()
    assert request.error == "the program failed on this request"
    assert request.done_at is not None


class NoDatabase(Writer):
    asked = 0

    async def call(self, work, *args, **kwargs):  # type: ignore[no-untyped-def]
        self.asked += 1
        raise OperationalError("away")


async def test_ingesting_goes_on_without_a_database(tapes: Path) -> None:
    writer, stop = NoDatabase(), asyncio.Event()
    running = asyncio.create_task(ingester(writer, tapes).run(stop))
    async with asyncio.timeout(60):
        while writer.asked < 2:
            await asyncio.sleep(0.01)
    stop.set()
    await running

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace

import pytest
from django.db import OperationalError

from races.models import Feed
from tests import factories
from tests.factories.system import system
from timing.lease import (
    LEASE_S,
    Claim,
    Holder,
    LeaseLost,
    Leases,
    release,
    renew,
    take,
    this_process,
)
from timing.models import FeedState, IngesterState
from timing.writer import Writer

ONE = Holder("north", 100, "aaa")
OTHER = Holder("south", 200, "bbb")


@pytest.fixture
def feed(db: None) -> Iterator[Feed]:
    made = factories.feed()
    with system():
        yield made


def dead_pid() -> int:
    """The number of a process that was and is no more."""
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()
    return ended.pid


def seen(feed: Feed) -> Claim:
    state = FeedState.objects.get(feed=feed)
    return Claim(state.holder, state.epoch, state.held_until)


def test_a_free_feed_is_taken_under_a_new_epoch(feed: Feed) -> None:
    assert take(feed=feed.pk, holder=ONE) == 1

    state = FeedState.objects.get(feed=feed)
    assert (state.epoch, state.holder, state.held_until is None) == (1, "north/100/aaa", False)


def test_a_held_feed_is_not_taken(feed: Feed) -> None:
    take(feed=feed.pk, holder=ONE)

    assert take(feed=feed.pk, holder=OTHER) is None
    assert FeedState.objects.get(feed=feed).epoch == 1


def test_a_lease_that_was_seen_to_lapse_is_taken(feed: Feed) -> None:
    take(feed=feed.pk, holder=ONE)

    assert take(feed=feed.pk, holder=OTHER, lapsed=seen(feed)) == 2
    assert renew(holder=ONE, feeds=[feed.pk], is_member=False) == {}


def test_a_lease_that_was_renewed_since_it_was_seen_holds(feed: Feed) -> None:
    take(feed=feed.pk, holder=ONE)
    before = seen(feed)
    assert renew(holder=ONE, feeds=[feed.pk], is_member=False) == {feed.pk: 1}
    FeedState.objects.update(held_until=factories.after(5))  # time passes between the two

    assert take(feed=feed.pk, holder=OTHER, lapsed=before) is None


def test_of_two_who_saw_the_same_lapse_one_gets_it(feed: Feed) -> None:
    take(feed=feed.pk, holder=ONE)
    before = seen(feed)

    assert take(feed=feed.pk, holder=OTHER, lapsed=before) == 2
    assert take(feed=feed.pk, holder=Holder("west", 3, "c"), lapsed=before) is None


def test_a_released_feed_is_free_at_once(feed: Feed) -> None:
    take(feed=feed.pk, holder=ONE)
    release(feed=feed.pk, holder=ONE, epoch=1)

    assert take(feed=feed.pk, holder=OTHER) == 2


def test_only_the_holder_releases(feed: Feed) -> None:
    take(feed=feed.pk, holder=ONE)
    release(feed=feed.pk, holder=OTHER, epoch=1)
    release(feed=feed.pk, holder=ONE, epoch=0)

    assert take(feed=feed.pk, holder=OTHER) is None


def test_a_restart_does_not_wait_for_the_lease_of_a_dead_process(feed: Feed) -> None:
    me = this_process()
    take(feed=feed.pk, holder=replace(me, pid=dead_pid(), token="before"))

    assert take(feed=feed.pk, holder=me) == 2


def test_the_first_process_of_a_container_takes_over_from_itself(feed: Feed) -> None:
    me = this_process()
    take(feed=feed.pk, holder=replace(me, token="before"))

    assert take(feed=feed.pk, holder=me) == 2


def test_a_living_process_of_this_machine_keeps_its_lease(feed: Feed) -> None:
    me = this_process()
    take(feed=feed.pk, holder=replace(me, pid=os.getppid(), token="parent"))

    assert take(feed=feed.pk, holder=me) is None


def test_a_dead_process_of_another_machine_cannot_be_told(feed: Feed) -> None:
    me = this_process()
    take(feed=feed.pk, holder=Holder("elsewhere", dead_pid(), "x"))

    assert take(feed=feed.pk, holder=me) is None


def test_a_member_says_that_it_lives(feed: Feed) -> None:
    renew(holder=ONE, feeds=[], is_member=True)
    renew(holder=ONE, feeds=[], is_member=True)
    renew(holder=OTHER, feeds=[], is_member=False)

    assert list(IngesterState.objects.values_list("holder", "beats")) == [("north/100/aaa", 1)]


# -- what a process holds


class Sometimes(Writer):
    """A database that can be away."""

    is_away = False

    async def call(self, work, *args, **kwargs):  # type: ignore[no-untyped-def]
        if self.is_away:
            raise OperationalError("away")
        return await super().call(work, *args, **kwargs)


class Process:
    """An ingester's leases, with a clock that the test moves."""

    def __init__(self, holder: Holder) -> None:
        self.now = 0.0
        self.writer = Sometimes()
        self.leases = Leases(holder, self.writer, now=lambda: self.now)


@pytest.fixture
async def process(transactional_db: None) -> AsyncIterator[Process]:
    made = Process(ONE)
    yield made
    await made.writer.close()


async def test_a_holder_that_slept_asks_before_it_goes_on(process: Process) -> None:
    feed = await process.writer.call(factories.feed)
    lease = await process.leases.take(feed.pk)
    assert lease is not None
    await process.leases.make_sure(lease)
    process.now = LEASE_S + 1
    assert not process.leases.is_sure(lease)
    await process.leases.make_sure(lease)

    assert process.leases.is_sure(lease)


async def test_a_holder_that_slept_while_another_took_the_feed_has_lost_it(
    process: Process,
) -> None:
    feed = await process.writer.call(factories.feed)
    lease = await process.leases.take(feed.pk)
    assert lease is not None
    lapsed = await process.writer.call(seen, feed)
    assert await process.writer.call(take, feed=feed.pk, holder=OTHER, lapsed=lapsed) == 2
    process.now = 60.0

    with pytest.raises(LeaseLost):
        await process.leases.make_sure(lease)
    with pytest.raises(LeaseLost):
        await asyncio.wait_for(lease.watch(), 60)
    assert process.leases.lost == 1


async def test_a_database_that_is_away_is_no_lost_lease(process: Process) -> None:
    feed = await process.writer.call(factories.feed)
    lease = await process.leases.take(feed.pk)
    assert lease is not None
    process.writer.is_away = True
    for _ in range(20):
        process.now += 3
        await process.leases.beat()
        assert process.leases.is_sure(lease)
    process.writer.is_away = False
    await process.leases.beat()

    assert process.leases.is_sure(lease)
    assert not lease.lost.is_set()


async def test_leases_that_are_forgotten_lapse(process: Process) -> None:
    feed = await process.writer.call(factories.feed)
    lease = await process.leases.take(feed.pk)
    assert lease is not None
    process.leases.forget(lease)
    before = await process.writer.call(seen, feed)
    await process.leases.beat()

    assert await process.writer.call(seen, feed) == before

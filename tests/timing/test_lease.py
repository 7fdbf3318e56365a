from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from races.models import Feed
from tests import factories
from tests.factories.system import system
from timing.lease import LEASE, Holder, LeaseLost, release, renew, take, this_process
from timing.models import FeedState

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 5, 30, 10, 0, tzinfo=UTC)
ONE = Holder("north", 100, "aaa")
OTHER = Holder("south", 200, "bbb")


@pytest.fixture
def feed() -> Iterator[Feed]:
    made = factories.feed()
    with system():
        yield made


def dead_pid() -> int:
    """The number of a process that was and is no more."""
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()
    return ended.pid


def test_a_free_feed_is_taken_under_a_new_epoch(feed: Feed) -> None:
    assert take(feed=feed.pk, holder=ONE, now=NOW) == 1

    state = FeedState.objects.get(feed=feed)
    assert (state.epoch, state.holder, state.held_until) == (1, "north/100/aaa", NOW + LEASE)


def test_a_held_feed_is_not_taken(feed: Feed) -> None:
    take(feed=feed.pk, holder=ONE, now=NOW)

    assert take(feed=feed.pk, holder=OTHER, now=NOW + LEASE / 2) is None
    assert FeedState.objects.get(feed=feed).epoch == 1


def test_a_lease_that_was_not_renewed_lapses(feed: Feed) -> None:
    take(feed=feed.pk, holder=ONE, now=NOW)

    assert take(feed=feed.pk, holder=OTHER, now=NOW + LEASE + timedelta(seconds=1)) == 2
    with pytest.raises(LeaseLost):
        renew(feed=feed.pk, holder=ONE, epoch=1, now=NOW + LEASE + timedelta(seconds=2))


def test_a_renewed_lease_holds(feed: Feed) -> None:
    take(feed=feed.pk, holder=ONE, now=NOW)
    renew(feed=feed.pk, holder=ONE, epoch=1, now=NOW + LEASE / 2)

    assert take(feed=feed.pk, holder=OTHER, now=NOW + LEASE * 1.2) is None


def test_an_old_epoch_is_not_renewed_even_by_its_holder(feed: Feed) -> None:
    take(feed=feed.pk, holder=ONE, now=NOW)
    assert take(feed=feed.pk, holder=ONE, now=NOW) == 2

    with pytest.raises(LeaseLost):
        renew(feed=feed.pk, holder=ONE, epoch=1, now=NOW)


def test_of_two_who_saw_the_same_epoch_one_gets_it(feed: Feed) -> None:
    """The second compare finds another epoch than the one it has read."""
    take(feed=feed.pk, holder=ONE, now=NOW)
    release(feed=feed.pk, holder=ONE, epoch=1)
    free = FeedState.objects.filter(feed=feed, epoch=1)

    assert take(feed=feed.pk, holder=ONE, now=NOW) == 2
    assert not free.exists()
    assert take(feed=feed.pk, holder=OTHER, now=NOW) is None


def test_a_released_feed_is_free_at_once(feed: Feed) -> None:
    take(feed=feed.pk, holder=ONE, now=NOW)
    release(feed=feed.pk, holder=ONE, epoch=1)

    assert take(feed=feed.pk, holder=OTHER, now=NOW) == 2


def test_only_the_holder_releases(feed: Feed) -> None:
    take(feed=feed.pk, holder=ONE, now=NOW)
    release(feed=feed.pk, holder=OTHER, epoch=1)
    release(feed=feed.pk, holder=ONE, epoch=0)

    assert take(feed=feed.pk, holder=OTHER, now=NOW) is None


def test_a_restart_does_not_wait_for_the_lease_of_a_dead_process(feed: Feed) -> None:
    me = this_process()
    take(feed=feed.pk, holder=replace(me, pid=dead_pid(), token="before"), now=NOW)

    assert take(feed=feed.pk, holder=me, now=NOW) == 2


def test_the_first_process_of_a_container_takes_over_from_itself(feed: Feed) -> None:
    me = this_process()
    take(feed=feed.pk, holder=replace(me, token="before"), now=NOW)

    assert take(feed=feed.pk, holder=me, now=NOW) == 2


def test_a_living_process_of_this_machine_keeps_its_lease(feed: Feed) -> None:
    me = this_process()
    take(feed=feed.pk, holder=replace(me, pid=os.getppid(), token="parent"), now=NOW)

    assert take(feed=feed.pk, holder=me, now=NOW) is None


def test_a_dead_process_of_another_machine_cannot_be_told(feed: Feed) -> None:
    me = this_process()
    take(feed=feed.pk, holder=Holder("elsewhere", dead_pid(), "x"), now=NOW)

    assert take(feed=feed.pk, holder=me, now=NOW) is None

"""Who runs what: shares that all come to alike, and what has lapsed by nobody's clock."""

from __future__ import annotations

import uuid
from collections import Counter
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from timing.lease import LEASE_S, Claim, Holder
from timing.shares import BREAK_S, Observer, Survey, Wanted, preferred, share

ME, OTHER = Holder("north", 1, "me"), "south/2/other"
FEED = Wanted(uuid.UUID(int=7), "apex", "ws://x/", None)
HELD = Claim(OTHER, 3, None)


def look(observer: Observer, at: float, claim: Claim | None, beats: int = 0) -> None:
    claims = {FEED.id: claim} if claim else {}
    observer.note(Survey([FEED], claims, {str(ME): round(at), OTHER: beats}), at)


def watched(*ats: float, claim: Claim | None = HELD) -> Observer:
    observer = Observer(ME)
    for at in ats:
        look(observer, at, claim)
    return observer


def test_a_lease_that_stands_still_lapses() -> None:
    observer = watched(0, 4, 8)
    assert (observer.holder_of(FEED.id), observer.lapsed(FEED.id)) == (OTHER, None)

    look(observer, LEASE_S, HELD)
    assert (observer.holder_of(FEED.id), observer.lapsed(FEED.id)) == ("", HELD)


def test_a_lease_that_is_renewed_does_not_lapse() -> None:
    observer = watched(0, 4, 8)
    look(observer, 10, Claim(OTHER, 3, datetime(2026, 5, 30, tzinfo=UTC)))

    assert observer.holder_of(FEED.id) == OTHER


def test_after_a_break_everybody_gets_the_time_to_renew() -> None:
    """The database was away, or we slept: what stood still then says nothing."""
    observer = watched(0, 4, 8, 8 + BREAK_S + 30)
    assert observer.lapsed(FEED.id) is None

    for after in (4, 8, 10):
        look(observer, 8 + BREAK_S + 30 + after, HELD)
    assert observer.lapsed(FEED.id) == HELD


def test_our_own_lease_never_lapses_to_us() -> None:
    observer = watched(0, 4, 8, 12, claim=Claim(str(ME), 3, None))

    assert observer.lapsed(FEED.id) is None


def test_ingesters_live_while_they_beat() -> None:
    observer = Observer(ME)
    for at in (0, 4, 8, 12):
        look(observer, at, None, beats=at)
    assert observer.living() == {str(ME), OTHER}

    for at in (16, 20, 24):
        look(observer, at, None, beats=12)
    assert observer.living() == {str(ME)}


@pytest.mark.parametrize(
    ("held", "feeds", "shares"),
    [
        ({"a": 0}, 5, {"a": 5}),
        ({"a": 64, "b": 0}, 64, {"a": 32, "b": 32}),
        ({"a": 2, "b": 2, "c": 0}, 4, {"a": 2, "b": 1, "c": 1}),
        ({"a": 1, "b": 2}, 3, {"a": 1, "b": 2}),  # nothing moves without need
        ({"a": 0, "b": 0}, 1, {"a": 1, "b": 0}),
        ({"a": 0, "b": 0}, 0, {"a": 0, "b": 0}),
    ],
)
def test_shares(held: dict[str, int], feeds: int, shares: dict[str, int]) -> None:
    assert {name: share(held, name, feeds) for name in held} == shares


@given(
    st.dictionaries(st.sampled_from("abcdefg"), st.integers(0, 30), min_size=1),
    st.integers(0, 64),
)
def test_shares_are_even_and_leave_nothing(held: dict[str, int], feeds: int) -> None:
    shares = [share(held, name, feeds) for name in held]

    assert sum(shares) == feeds
    assert max(shares) - min(shares) <= 1


@given(st.lists(st.sampled_from("abc"), max_size=40))
def test_hand_overs_come_to_rest(begin: list[str]) -> None:
    """Each that has too many gives one a look, each that has too few takes what is free."""
    held = Counter(begin) + Counter()
    counts = {name: held.get(name, 0) for name in "abc"}
    moved = 0
    for _ in range(len(begin) + 1):
        shares = {name: share(counts, name, len(begin)) for name in counts}
        givers = [name for name in counts if counts[name] > shares[name]]
        takers = [name for name in counts if counts[name] < shares[name]]
        if not givers:
            break
        for giver in givers:
            counts[giver] -= 1
        for _ in givers:
            taker = next(name for name in takers if counts[name] < shares[name])
            counts[taker] += 1
            moved += 1

    assert max(counts.values()) - min(counts.values()) <= 1
    assert moved <= len(begin)


def test_two_ingesters_want_different_feeds_first() -> None:
    feeds = [Wanted(uuid.UUID(int=n), "apex", "", None) for n in range(20)]

    assert preferred(feeds, "a") != preferred(feeds, "b")
    assert preferred(feeds, "a") == preferred(feeds[::-1], "a")

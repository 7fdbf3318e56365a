"""What a page says about a feed: is it connected, how old is its data, what does it show now."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import BooleanField, ExpressionWrapper, Q
from django.db.models.functions import Now

from displays.hub import Snapshot, hub
from displays.page import Seen, now_ms
from races.boards import board_of_race
from races.models import Feed, Race
from teams.models import Team
from timing.enums import LinkState
from timing.models import FeedState
from timing.topics import race_topic

# By the clock of the database, which wrote it: ours may be another.
_LAPSED = ExpressionWrapper(Q(held_until__lt=Now()), output_field=BooleanField())


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedView:
    """`snapshot` is there while this process hears the race; `race` is the current or last one.
    `error`: why the feed does not answer, in the words of who tried (English).
    """

    feed: Feed
    state: str
    data_at: int | None
    retry_at: datetime | None
    error: str
    race: Race | None
    snapshot: Snapshot | None

    @property
    def age_ms(self) -> int | None:
        return None if self.data_at is None else max(0, now_ms() - self.data_at)

    @property
    def is_live(self) -> bool:
        return self.race is not None and self.race.is_live

    @property
    def entries(self) -> int:
        return len(self.snapshot.board["order"]) if self.snapshot else 0


def view_of(feed: Feed) -> FeedView:
    return views_of([feed])[0]


def views_of(feeds: Iterable[Feed]) -> list[FeedView]:
    """Two queries for all of them."""
    all_feeds = list(feeds)
    states = {
        state.feed_id: state
        for state in FeedState.objects.filter(feed__in=all_feeds)
        .select_related("current_race")
        .annotate(is_lapsed=_LAPSED)
    }
    last = _last_races(feed.pk for feed in all_feeds if not _current(states.get(feed.pk)))
    return [_view(feed, states.get(feed.pk), last.get(feed.pk)) for feed in all_feeds]


def _current(state: FeedState | None) -> Race | None:
    return state.current_race if state else None


def _last_races(feed_ids: Iterable[UUID]) -> dict[UUID, Race]:
    newest: dict[UUID, Race] = {}
    wanted = list(feed_ids)
    if wanted:
        for race in Race.objects.filter(feed__in=wanted, is_live=True).order_by("first_seen_at"):
            newest[race.feed_id] = race
    return newest


def _view(feed: Feed, state: FeedState | None, last: Race | None) -> FeedView:
    race = _current(state) or last
    snapshot = hub.snapshot(race_topic(race.pk)) if race else None
    seen = [_ms(state.data_at) if state else None, snapshot.at if snapshot else None]
    return FeedView(
        feed=feed,
        state=_state(state),
        data_at=max((at for at in seen if at is not None), default=None),
        retry_at=state.retry_at if state else None,
        error=state.error if state else "",
        race=race,
        snapshot=snapshot,
    )


def _state(state: FeedState | None) -> str:
    """As the ingester wrote it, unless nobody holds the feed any more: then it is old news."""
    if state is None:
        return LinkState.IDLE.value
    lapsed = getattr(state, "is_lapsed", False)
    return LinkState.STALE.value if lapsed and state.state == LinkState.LIVE else state.state


def _ms(at: datetime | None) -> int | None:
    return None if at is None else round(at.timestamp() * 1000)


def board_of(race: Race | None, *, feed_state: str = "") -> Seen:
    """From the hub if it hears this race, else from the facts."""
    if race is None:
        return Seen(board=None, feed_state=feed_state)
    snapshot = hub.snapshot(race_topic(race.pk))
    if snapshot:
        return Seen(
            board=snapshot.board,
            epoch=snapshot.epoch,
            seq=snapshot.seq,
            at=snapshot.at,
            feed_state=feed_state,
        )
    board: dict[str, Any] = board_of_race(race)
    return Seen(board=board, at=_ms(race.last_seen_at), feed_state=feed_state)


def last_race(feed: Feed) -> Race | None:
    """What a feed without a current race shows: the race that was."""
    return Race.objects.filter(feed=feed).order_by("-first_seen_at").first()


def live_first(views: Iterable[FeedView]) -> list[FeedView]:
    return sorted(views, key=lambda view: (not view.is_live, view.feed.name.casefold()))


def followed(team: Team) -> list[FeedView]:
    """A team's feeds, those with a race first."""
    return live_first(views_of(Feed.objects.filter(follows__team=team).select_related("track")))

"""What of a feed's life is in the database: where to go on, which race is shown, how the link is.

Everything here runs in the writer's thread.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from races.models import Feed, Race
from races.services import delete_facts
from timing.models import FeedState, ResumePoint, Tape
from timing.pipeline import Change, Pipeline, ResumeError
from timing.recording import tail
from timing.tape import TapeError, read_header


@dataclass(slots=True)
class Resumed:
    """A pipeline as it was, and the changes of what the tape held beyond it."""

    pipeline: Pipeline
    changes: list[Change]
    tape: int
    path: Path
    offset: int
    connection: int


def resume(*, feed: uuid.UUID, protocol: str, root: Path) -> Resumed | None:
    """Go on where the last process stopped, killed or not; None for a feed without a past.

    The resume point is a shortcut: without one that we can read, the open tape is read from its
    beginning. A tape that is gone leaves the state of the resume point alone.
    """
    point = ResumePoint.objects.filter(feed=feed).select_related("tape").first()
    tape = point.tape if point else _open_tape(feed)
    if tape is None:
        return None
    pipeline, offset, connection = _pipeline(feed, protocol, point)
    path = root / tape.path
    changes: list[Change] = []
    if tape.closed_at is None and path.exists():
        try:
            zero = round(read_header(path).started_at.timestamp() * 1000)
        except TapeError:
            return Resumed(pipeline, [], 0, path, 0, connection)
        for frame in tail(path, offset):
            if frame.connection != connection:
                changes += pipeline.closed(zero + frame.t_ms)
                changes += pipeline.opened(zero + frame.t_ms)
                connection = frame.connection
            changes += pipeline.frame(zero + frame.t_ms, frame.msg)
            offset = frame.next_offset
        return Resumed(pipeline, changes, tape.pk, path, offset, connection)
    return Resumed(pipeline, changes, 0, path, 0, connection)


def _pipeline(
    feed: uuid.UUID, protocol: str, point: ResumePoint | None
) -> tuple[Pipeline, int, int]:
    if point is not None:
        try:
            return Pipeline.resume(bytes(point.state)), point.offset, point.connection
        except ResumeError:
            pass  # written by another version: the tape tells the same
    return Pipeline(feed=str(feed), protocol=protocol), 0, 0


def _open_tape(feed: uuid.UUID) -> Tape | None:
    return Tape.objects.filter(feed=feed, closed_at__isnull=True).order_by("-started_at").first()


def tape_begun(*, feed: uuid.UUID, path: str, at: datetime) -> int:
    Tape.objects.filter(feed=feed, closed_at__isnull=True).update(closed_at=at)
    tape, _created = Tape.objects.get_or_create(
        path=path, defaults={"feed_id": feed, "started_at": at}
    )
    return tape.pk


def tape_closed(*, tape: int, path: str, frames: int, at: datetime) -> None:
    Tape.objects.filter(pk=tape).update(path=path, frames=frames, closed_at=at)


def link_changed(
    *,
    feed: uuid.UUID,
    epoch: int,
    state: str,
    data_at: int | None,
    retry_at: int | None,
    error: str,
    race: str | None,
) -> None:
    """Says how the link stands. Under an old epoch it says nothing."""
    rows = FeedState.objects.filter(feed=feed, epoch=epoch)
    changes = {
        "state": state,
        "data_at": _at(data_at),
        "retry_at": _at(retry_at),
        "error": error[:300],
        "current_race": race if race and Race.objects.filter(pk=race).exists() else None,
    }
    if state == "live":
        rows.exclude(state="live").update(connected_at=datetime.now(UTC))
    rows.update(**changes)


def only_live(*, feed: uuid.UUID, race: str | None) -> None:
    """No other race of this feed is live: it was left behind by a crash or a new session."""
    left = Race.objects.filter(feed=feed, is_live=True)
    (left.exclude(pk=race) if race else left).update(is_live=False)


def never_run(*, race: str) -> None:
    """A session that was shown and never took place leaves no race."""
    Race.objects.filter(pk=race, entries__lap_set__isnull=True).delete()


def reset(*, race: str) -> None:
    found = Race.objects.filter(pk=race).first()
    if found is not None:
        delete_facts(race=found)


def _at(ms: int | None) -> datetime | None:
    return None if ms is None else datetime.fromtimestamp(ms / 1000, UTC)


def replay_over(*, feed: uuid.UUID) -> None:
    """A recording that has been played to its end is not played again."""
    Feed.objects.filter(pk=feed, address__startswith="tape:").update(enabled=False)


def old_replays_over() -> None:
    """A replay ends with its process: played again it would make its races anew."""
    held = FeedState.objects.filter(held_until__gt=datetime.now(UTC)).values("feed")
    tapes = Feed.objects.filter(address__startswith="tape:", enabled=True)
    tapes.filter(state__isnull=False).exclude(pk__in=held).update(enabled=False)

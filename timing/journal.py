"""What of a feed's life is in the database: where to go on, which race is shown, how the link is.

Everything here runs in the writer's thread.
"""

from __future__ import annotations

import logging
import uuid
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from django.db import transaction
from django.db.models.functions import Now

from races.models import Feed, Race
from races.services import delete_facts
from timing.announcing import KNOWN
from timing.enums import LinkState
from timing.lease import LeaseLost, check_lease
from timing.models import FeedState, ResumePoint, Tape
from timing.pipeline import Change, Pipeline, ResumeError
from timing.sinks.alerts import known_alerts
from timing.tape import TapeError, frames, read_header, set_apart
from timing.unwritten import Unwritten
from timing.watching import TeamWatches
from timing.watchlist import teams_watching
from timing.writer import AWAY

logger = logging.getLogger(__name__)


@dataclass(slots=True)
class Resumed:
    """A pipeline as it was, and what of its tapes is not written yet.

    `connection` is that of the last frame, -1 if there is none; `tape` the row of the tape to go
    on with, 0 if there is none.
    """

    pipeline: Pipeline
    batches: Unwritten
    connection: int
    tape: int = 0
    path: Path = Path()
    offset: int = 0
    watches: TeamWatches | None = None

    def take(self, changes: list[Change]) -> None:
        if self.watches is not None:
            self.watches.take(changes)
        for change in changes:
            self.batches.add(change)


def resume(
    *,
    feed: uuid.UUID,
    protocol: str,
    root: Path,
    watches: TeamWatches | None = None,
    apart: bool = False,
) -> Resumed | None:
    """Go on where the last process stopped, killed or not; None for a feed without a past.

    `apart`: that process may be alive, and must not reach the tape that goes on. The resume point
    is a shortcut: without one that we can read, the open tape is read from its beginning. A tape
    that is gone leaves what the others tell. `watches` raise what the tape brings them.
    """
    _register_stray_tape(feed, root)
    point = ResumePoint.objects.filter(feed=feed).select_related("tape").first()
    tapes = _tapes_since(feed, point)
    if point is None and not tapes:
        _begin(watches, feed, Pipeline(feed=str(feed), protocol=protocol))
        return None
    resumed = _from_point(feed, protocol, point)
    resumed.watches = watches
    _begin(watches, feed, resumed.pipeline)
    for tape in tapes:
        is_marked = point is not None and resumed.offset > 0 and tape.pk == point.tape_id
        _play(resumed, tape, root / tape.path, resumed.offset if is_marked else 0)
    if not tapes or tapes[-1].closed_at is not None:
        resumed.tape = 0
    if apart and resumed.tape:
        _set_apart(resumed)
    return resumed


def _set_apart(resumed: Resumed) -> None:
    try:
        set_apart(resumed.path, resumed.offset)
    except OSError as error:  # a full disk stops the recording, never the race
        logger.error("%s: left to the process before: %s", resumed.path, error.strerror)
        resumed.tape = 0


def _begin(watches: TeamWatches | None, feed: uuid.UUID, pipeline: Pipeline) -> None:
    """A fault of ours in what teams watch keeps no feed from beginning."""
    if watches is None:
        return
    try:
        teams, known = teams_watching([feed]).get(feed, {}), known_alerts(feed, KNOWN)
    except AWAY:
        raise
    except Exception:
        logger.exception("feed %s: what teams watch could not be read", feed)
        teams, known = {}, []
    watches.begin(teams, pipeline.states, memories=pipeline.beside or {}, known=known)


def _tapes_since(feed: uuid.UUID, point: ResumePoint | None) -> list[Tape]:
    """The marked tape and those after it; without a mark, the open one."""
    tapes = Tape.objects.filter(feed=feed).order_by("started_at")
    if point is not None:
        return list(tapes.filter(started_at__gte=point.tape.started_at))
    return list(tapes.filter(closed_at__isnull=True))[-1:]


def _play(resumed: Resumed, tape: Tape, path: Path, offset: int) -> None:
    """What was recorded behind an offset, into the pipeline."""
    try:
        zero = round(read_header(path).started_at.timestamp() * 1000)
    except (OSError, TapeError):
        resumed.tape = 0
        return
    pipeline = resumed.pipeline
    for frame in frames(path, offset):
        at = zero + frame.t_ms
        if frame.connection != resumed.connection:
            resumed.take(pipeline.closed(at))
            resumed.take(pipeline.opened(at))
            resumed.connection = frame.connection
        resumed.take(pipeline.frame(at, frame.msg))
        offset = frame.next_offset
    resumed.tape, resumed.path, resumed.offset = tape.pk, path, offset


def _from_point(feed: uuid.UUID, protocol: str, point: ResumePoint | None) -> Resumed:
    if point is not None:
        with suppress(ResumeError):  # written by another version: the tapes tell the same
            pipeline = Pipeline.resume(bytes(point.state))
            return Resumed(pipeline, Unwritten(), point.connection, offset=point.offset)
    return Resumed(Pipeline(feed=str(feed), protocol=protocol), Unwritten(), -1)


def _register_stray_tape(feed: uuid.UUID, root: Path) -> None:
    """A tape whose row was not written yet when its process was killed."""
    plain = sorted((root / str(feed)).glob("*.jsonl"))
    if not plain:
        return
    name = str(plain[-1].relative_to(root))
    if Tape.objects.filter(path=name).exists():
        return
    with suppress(TapeError):
        tape_begun(feed=feed, path=name, at=read_header(plain[-1]).started_at)


@transaction.atomic
def tape_begun(*, feed: uuid.UUID, path: str, at: datetime, epoch: int | None = None) -> int:
    """Raises LeaseLost under an old epoch: another ingester's tape is the one that goes on."""
    if epoch is not None:
        check_lease(feed, epoch)
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
    """Says how the link stands. Raises LeaseLost under an old epoch."""
    rows = FeedState.objects.filter(feed=feed, epoch=epoch)
    changes = {
        "state": state,
        "data_at": _at(data_at),
        "retry_at": _at(retry_at),
        "error": error[:300],
        "current_race": race if race and Race.objects.filter(pk=race).exists() else None,
    }
    if state == LinkState.LIVE:
        rows.exclude(state=LinkState.LIVE).update(connected_at=datetime.now(UTC))
    if not rows.update(**changes):
        raise LeaseLost(f"feed {feed}: epoch {epoch} is over")


def fell_over(*, feed: uuid.UUID) -> None:
    """Our own bug ended the feed's runner: pages and health must not call that idle."""
    FeedState.objects.filter(feed=feed).update(
        state=LinkState.DOWN, error="the program failed on this feed; it tries again"
    )


@transaction.atomic
def only_live(*, feed: uuid.UUID, epoch: int, race: str | None) -> None:
    """No other race of this feed is live: it was left behind by a crash or a new session. Raises
    LeaseLost under an old epoch: then another ingester says what is live."""
    check_lease(feed, epoch)
    left = Race.objects.filter(feed=feed, is_live=True)
    (left.exclude(pk=race) if race else left).update(is_live=False)


def never_run(*, race: str) -> None:
    """A session that was shown and never took place leaves no race."""
    Race.objects.filter(pk=race, laps__isnull=True).delete()


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
    held = FeedState.objects.filter(held_until__gt=Now()).values("feed")
    tapes = Feed.objects.filter(address__startswith="tape:", enabled=True)
    tapes.filter(state__isnull=False).exclude(pk__in=held).update(enabled=False)

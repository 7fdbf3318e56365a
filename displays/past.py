"""What a page shows of the past: the board of an instant, for whoever may see the board at all.

Who asks has been let in by a door; rows are read in its scope, and of the tapes nothing leaves but
boards of the race or feed that was found there.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import orjson

from displays.overlay import Overlay, seen_from
from displays.page import Seen, now_ms
from displays.watching import Watching, recent_laps
from races.models import Feed, FlagPeriod, PitStop, Race
from teams.models import Team
from timing.engine.diff import patch
from timing.engine.watch import TeamWatch
from timing.folders import tapes_folder
from timing.queries import monitors_of
from timing.rewinding import Wish, rewinding
from timing.topics import overlay_topic
from timing.watchlist import teams_watching

MOST_DELAY_S = 600
STEP_MS = 250
MOST_STEP_MS = 60_000
MOST_STEPS = 480
# A delayed page asks in pieces of the hour, so that all who are as late share an answer.
PIECES_S = (1, 2, 5, 10, 15, 30)


def delay_of(query: Mapping[str, str]) -> int:
    """`?delay=` in seconds, 0 where there is none. What is no number is none."""
    try:
        return min(max(int(query.get("delay") or 0), 0), MOST_DELAY_S)
    except ValueError:
        return 0


def moment_of(query: Mapping[str, str]) -> int | None:
    """`?at=` in ms since the epoch; also as ISO 8601 with an offset."""
    text = query.get("at", "")
    try:
        if text.lstrip("-").isdigit():
            return int(text) if abs(int(text)) < 1 << 47 else None
        found = datetime.fromisoformat(text)
        return ms(found if found.tzinfo else found.replace(tzinfo=UTC))
    except (ValueError, OverflowError):
        return None


def ms(at: datetime) -> int:
    return round(at.timestamp() * 1000)


def piece_of(delay_s: int) -> int:
    """How long the pieces of a page are that is so late, in ms: the next one is over when this one
    is played."""
    return 1000 * max((each for each in PIECES_S if 2 * each <= delay_s), default=PIECES_S[0])


@dataclass(frozen=True, slots=True)
class Range:
    """From when to when a race can be looked at, in ms; `live`: it goes on."""

    first: int
    last: int
    live: bool

    def within(self, at: int) -> int:
        return min(max(at, self.first), self.last)


def range_of(race: Race, *, now: int) -> Range | None:
    """None where nothing was recorded of it."""
    begins = rewinding.first(tapes_folder(), str(race.feed_id))
    last = now if race.is_live else ms(race.last_seen_at)
    if begins is None or begins > last:
        return None
    return Range(max(begins, ms(race.first_seen_at)), last, race.is_live)


def watch_of(team: Team | None, feed: Feed) -> TeamWatch | None:
    """What a team watches there today: its own rows alone, in its scope."""
    if team is None:
        return None
    found = teams_watching([feed.pk]).get(feed.pk, {}).get(str(team.pk))
    return None if found is None else found.watch


def chunk_json(
    *, feed: Feed, race: Race | None, team: Team | None, at: int, to: int, step: int = STEP_MS
) -> bytes:
    """Raises RewindError and those of `rewinding`."""
    wish = Wish(
        feed=str(feed.pk),
        race=None if race is None else str(race.pk),
        since=_since(feed, race, at),
        at=at,
        to=to,
        step=step,
        watch=watch_of(team, feed),
    )
    return rewinding.look(tapes_folder(), wish)


def _since(feed: Feed, race: Race | None, at: int) -> int:
    """When the race was first seen, or the one that was shown then."""
    if race is None:
        then = datetime.fromtimestamp(at / 1000, UTC)
        race = Race.objects.filter(feed=feed, first_seen_at__lte=then).first()
    return at if race is None else min(at, ms(race.first_seen_at))


@dataclass(frozen=True, slots=True)
class Then:
    """How it stood: `heard_at` is the last frame up to then."""

    board: dict[str, Any] | None
    overlay: Overlay | None
    heard_at: int | None

    def seen(self) -> Seen:
        return Seen(board=self.board, at=self.heard_at, feed_state="live")


def then(*, feed: Feed, race: Race | None, team: Team | None, at: int, piece: int = 0) -> Then:
    """At the instant `at`. `piece`: by way of a chunk of so many ms, which others ask for, too.

    Raises RewindError and those of `rewinding`.
    """
    begins = at - at % piece if piece else at
    ends = min(begins + piece, now_ms()) if piece else at
    found = orjson.loads(chunk_json(feed=feed, race=race, team=team, at=begins, to=max(ends, at)))
    board, overlay, heard = found["board"], found["overlay"], found["heard_at"]
    for step in found["steps"]:
        if step["at"] > at:
            break
        heard = step["at"]
        overlay = step.get("overlay", overlay)
        board = step.get("board", board)
        if "diff" in step:
            board = patch(board, step["diff"])
    return Then(board, overlay, heard)


def watching_then(
    found: Then, *, team: Team, feed: Feed, race: Race | None, asked: str = ""
) -> Watching:
    """What the team watches, as it stood then."""
    topic, marked = overlay_topic(team.pk, "RACE"), monitors_of(team, feed).count()
    if found.overlay is None or found.board is None or race is None:
        return Watching(topic=topic, marked=marked, asked=asked)
    overlay = seen_from(found.overlay, asked)
    row = found.board["rows"].get(overlay["own"])
    return Watching(
        topic=topic,
        overlay=overlay,
        recent=recent_laps(race, overlay["own"], found.board, up_to=row["laps"] if row else 0),
        marked=marked,
        asked=asked,
    )


def marks_of(race: Race, *, keys: list[str]) -> dict[str, list[dict[str, Any]]]:
    """For the scrubber: the race's flags, and the stops of these entries. Two queries."""
    flags = FlagPeriod.objects.filter(race=race).order_by("number")
    stops = PitStop.objects.filter(race=race, entry__race=race, entry__key__in=keys)
    return {
        "flags": [
            {"at": ms(each.started_at), "flag": each.flag, "to": _ms(each.ended_at)}
            for each in flags
        ],
        "stops": [
            {"at": ms(each.in_at), "to": _ms(each.out_at), "number": each.entry.number}
            for each in stops.select_related("entry").order_by("in_at")
            if each.in_at is not None
        ],
    }


def _ms(at: datetime | None) -> int | None:
    return None if at is None else ms(at)

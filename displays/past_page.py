"""A page of the past: of a moment that was chosen (`?at=`), or always so many seconds late
(`?delay=`). Such a page holds nothing that is fresher than the moment it shows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from displays.page import Seen, now_ms
from displays.past import Then, delay_of, moment_of, piece_of, range_of, then
from displays.words import rewind_words
from races.models import Feed, Race
from teams.models import Team
from timing.rewind import RewindError
from timing.rewinding import Building, Busy


@dataclass(frozen=True, slots=True, kw_only=True)
class PastPage:
    """`state`: ready, or why there is no board: building (`done` from 0 to 1), busy, none. `race`
    is the one that was shown then."""

    at: int
    delay_s: int
    state: str
    found: Then
    race: Race | None
    done: float = 0.0

    @property
    def query(self) -> str:
        """Of a link to the same page, as late or at the same moment."""
        return f"?delay={self.delay_s}" if self.delay_s else f"?at={self.at}"

    @property
    def when(self) -> datetime:
        return datetime.fromtimestamp(self.at / 1000, UTC)

    def seen(self) -> Seen:
        return self.found.seen()

    def live(self, chunk: str) -> dict[str, Any]:
        """For the page's script. `chunk`: where it gets more."""
        return {
            "delay": self.delay_s * 1000,
            "at": self.at,
            "state": self.state,
            "done": self.done,
            "chunk": chunk,
            "piece": piece_of(self.delay_s),
            "words": rewind_words(),
        }


def past_page(
    query: Mapping[str, str],
    *,
    feed: Feed,
    race: Race | None,
    team: Team | None,
    follows_feed: bool,
    moments: bool = True,
) -> PastPage | None:
    """What the address asks for; None: the present. `race` is the one that is shown now.

    `follows_feed`: a page that is late shows whichever race the feed showed then. `moments`:
    whether a moment may be chosen.
    """
    now, delay_s, at = now_ms(), delay_of(query), moment_of(query) if moments else None
    if delay_s:
        at = now - 1000 * delay_s
    if at is None or (race is None and not delay_s):
        return None
    of = None if follows_feed and delay_s else race
    found, state, done = Then(None, None, None), "ready", 0.0
    try:
        reach = range_of(of, now=now) if of else None
        if of and reach is None:
            raise RewindError("nothing was recorded")
        at = min(at, reach.last) if reach and delay_s else reach.within(at) if reach else at
        piece = piece_of(delay_s) if delay_s else 0
        found = then(feed=feed, race=of, team=team, at=at, piece=piece)
    except Building as building:
        state, done = "building", building.done
    except Busy:
        state = "busy"
    except RewindError:
        state = "none"
    shown = race
    if found.board is not None and (race is None or found.board["race"] != str(race.pk)):
        shown = Race.objects.filter(pk=found.board["race"]).first()
    return PastPage(at=at, delay_s=delay_s, state=state, found=found, race=shown, done=done)

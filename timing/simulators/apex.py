"""The race model as an Apex Timing feed: text frames in virtual time.

``ApexFeed`` is a stepping machine without I/O: ``step()`` does the next thing and returns the
frames that became due, ``advance(until)`` all of them up to a moment, ``frames()`` the whole feed.
``opening()`` is the full state a new client gets. Frames are (ms since the feed began, text).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from random import Random

from timing.simulators import troubles, upkeep
from timing.simulators.batching import Batch, Group
from timing.simulators.happenings import (
    Chequered,
    GreenFlag,
    Happening,
    LapDone,
    MessagePosted,
    MessageWithdrawn,
    Neutralised,
    SessionOver,
)
from timing.simulators.plan import SessionPlan
from timing.simulators.race import Race
from timing.simulators.stage import LIGHTS, Stage
from timing.simulators.words import Words, message_text, penalty_cell

Frame = tuple[int, str]

BANNER_MS = 10_000
IDLE_MS = 60_000
LINGER_MS = 30_000  # the last result stays this long before a feed ends
BANNERS = {"penalty": "msgp", "warning": "msgw", "msg": "msgt"}
LOCAL_MINUTES = 630  # wall clock of the track when the feed begins: 10:30


class ApexFeed:
    """``republish``: after the last session, show this one (by its place) once more."""

    def __init__(
        self,
        plans: Sequence[SessionPlan],
        *,
        seed: str,
        words: Words,
        republish: int | None = None,
        local_minutes: int = LOCAL_MINUTES,
    ) -> None:
        self.words = words
        self.stages: list[Stage] = []
        self.now = 0
        self.over = False
        self.lost_laps: list[troubles.LostLap] = []
        self.blackout: troubles.Blackout | None = None
        self.connection = 0
        self.rng = Random(f"{seed}/apex")
        self.batch = Batch(self.rng)
        self._local = local_minutes
        self.plans = list(plans)
        self._seed = seed
        self._republish = republish
        self._tick_at = 1_037
        self._clock_at = 0
        self._banner_until: int | None = None
        self._last_frame_at = 0
        self._ended_at: int | None = None
        self.script = troubles.Script()
        self._begin(0)

    @property
    def races(self) -> list[Race]:
        return [stage.race for stage in self.stages]

    def local_time(self, at: int) -> str:
        return self.stage.local_time(at)

    # -- the session on show ----------------------------------------------------------------

    def _begin(self, at: int) -> None:
        plan = self.plans[len(self.stages)]
        self.stage = Stage(
            plan, seed=self._seed, opens_at=at, words=self.words, local_minutes=self._local
        )
        self.stages.append(self.stage)
        self._banner_until = None
        self.script = troubles.Script(plan.troubles, since=self.stage.race.green_at)
        self.batch.clear()

    def _next_session(self) -> int | None:
        """When the next session opens, or a finished one is shown again, or the feed ends."""
        over = self.stage.race.over_at if self._ended_at is None else self._ended_at
        if over is None:
            return None
        more = len(self.stages) < len(self.plans)
        return over + (self.plans[len(self.stages)].pause_ms if more else LINGER_MS)

    def _change_session(self, at: int) -> list[Frame]:
        if len(self.stages) < len(self.plans):
            self._begin(at)
        elif self._republish is not None:
            self.stage, self._republish = self.stages[self._republish], None
            self._ended_at = at
            self.batch.clear()
        else:
            self.over = True
            return []
        return self.emit(self.opening())

    # -- stepping ---------------------------------------------------------------------------

    @property
    def next_at(self) -> int:
        moments = (
            self.stage.race.next_at,
            self.batch.due_at,
            self._tick_at,
            self._next_session(),
            self.script.next_at,
        )
        return min(moment for moment in moments if moment is not None)

    def step(self) -> list[Frame]:
        at = self.now = max(self.now, self.next_at)
        race = self.stage.race
        if self.batch.due_at is not None and self.batch.due_at <= at:
            return self.emit(self.batch.frame())
        if race.next_at is not None and race.next_at <= at:
            for news in race.step():
                self._tell(news)
            return []
        if self.script.next_at is not None and self.script.next_at <= at:
            return troubles.happen(self, self.script)
        opens = self._next_session()
        if opens is not None and opens <= at:
            return self._change_session(at)
        return self._tick(at)

    def advance(self, until: int) -> list[Frame]:
        """Everything up to and including the moment `until`."""
        frames: list[Frame] = []
        while not self.over and self.next_at <= until:
            frames += self.step()
        self.now = max(self.now, until)
        return frames

    def frames(self) -> Iterator[Frame]:
        """The whole feed from its opening block to its end, as fast as it is asked for."""
        yield self.now, self.opening()
        while not self.over:
            yield from self.step()

    def flush(self) -> list[Frame]:
        """What is waiting for the next push, now: a new client's full state must not run ahead
        of what the others have."""
        return [frame for text in self.batch.drain() for frame in self.emit(text)]

    def emit(self, text: str) -> list[Frame]:
        """A frame goes out now, unless nobody can get it."""
        if self.blackout is not None:
            return []
        self._last_frame_at = self.now
        return [(self.now, text)]

    def opening(self) -> str:
        """The full state for a client that connects now."""
        if self.blackout is not None:
            return self.stage.closed()
        return self.stage.opening(self.now)

    def say(self, lines: list[str]) -> None:
        self.batch.add(self.now, Group(lines=lines))

    # -- by the clock -----------------------------------------------------------------------

    def _tick(self, at: int) -> list[Frame]:
        self._tick_at = at + 1_000 + self.rng.randrange(9)
        for group in upkeep.second(self.stage.rows, at):
            self.batch.add(at, group)
        if self._banner_until is not None and at >= self._banner_until:
            self.stage.banner, self._banner_until = ("", ""), None
            self.say(["msg||"])
        if self.stage.clock_runs and at >= self._clock_at:
            self._clock_at = at + upkeep.CLOCK_MS
            self.say([f"dyn1|{self.stage.clock(at)}"])
        if self.batch.due_at is None and at - self._last_frame_at >= IDLE_MS:
            return self.emit("\n")
        return []

    # -- happenings -------------------------------------------------------------------------

    def _tell(self, news: Happening) -> None:
        match news:
            case LapDone():
                self._lap(news)
            case GreenFlag():
                self._green(news)
            case Neutralised() | Chequered():
                light = LIGHTS[self.stage.race.flag]
                self.batch.add(news.at, Group(lines=[f"light|{light}|"], whole=True))
            case MessagePosted() | MessageWithdrawn():
                self._message(news)
            case SessionOver():
                self.stage.rows.close(news.at)
                self.say(["dyn1|text|"])
            case _:
                group = self.stage.rows.show(news)
                if group is not None:
                    self.batch.add(news.at, group)

    def _green(self, news: GreenFlag) -> None:
        self.batch.add(news.at, Group(lines=["light|lg|"], whole=True))

    def _started(self, at: int) -> None:
        """Behind light and log: all rows' time on track, and the clock."""
        group = self.stage.rows.green(at)
        group.lines.append(f"dyn1|{self.stage.clock(at)}")
        self._clock_at = at + upkeep.CLOCK_MS
        self.batch.add(at, group)

    def _lap(self, news: LapDone) -> None:
        rows = self.stage.rows
        group = rows.show(news)
        assert group is not None
        if self.stage.plan.laps and news.leads and not news.finished:
            group.lines.insert(0, f"dyn1|{self.stage.clock(news.at)}")
        if rows.banner:
            self._show_banner(group.lines, "", rows.banner)
            rows.banner = ""
        self.batch.add(news.at, group)
        recolour = rows.recolour()
        if recolour is not None:
            recolour.moved = {news.car}  # never in the frame of the lap itself
            self.batch.add(news.at, recolour)

    def _show_banner(self, lines: list[str], style: str, text: str) -> None:
        self.stage.banner, self._banner_until = (style, text), self.now + BANNER_MS
        lines.append(f"msg|{style}|{text}")

    def _message(self, news: MessagePosted | MessageWithdrawn) -> None:
        group = Group(lines=[f"com||{self.stage.log()}"])
        if isinstance(news, MessagePosted) and news.kind in BANNERS and news.car is not None:
            text = f"{news.number} - {message_text(self.words, news)}"
            self._show_banner(group.lines, BANNERS[news.kind], text)
        self.batch.add(news.at, group)
        if isinstance(news, MessagePosted) and news.reason == "start":
            self._started(news.at)
        if news.car is not None:
            self._penalty(news.car)

    def _penalty(self, car: int) -> None:
        group, marks = Group(), list[str]()
        standings, rows = self.stage.race.standings, self.stage.rows
        text = penalty_cell(self.words, standings.penalty_laps[car], standings.penalty_ms[car])
        self.stage.screen.put(group.lines, car, "pena", "pena1" if text else "", text)
        if standings.laps[car]:
            rows.put_laps(group.lines, car)
        group.moved = rows.board.refresh(group.lines, marks, first=None)
        group.lines += marks
        self.batch.add(self.now, group)

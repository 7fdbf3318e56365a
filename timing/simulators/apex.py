"""The race model as an Apex Timing feed: text frames in virtual time.

``ApexFeed`` is a stepping machine without I/O: ``step()`` does the next thing and returns the
frames that became due, ``advance(until)`` all of them up to a moment, ``frames()`` the whole feed.
``opening()`` is the full state a new client gets. Frames are (ms since the feed began, text).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from html import escape
from random import Random

from timing.simulators import upkeep
from timing.simulators.batching import Batch, Group
from timing.simulators.cast import COLORREF, COLOURS
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
from timing.simulators.rows import Rows
from timing.simulators.screen import Screen
from timing.simulators.words import Words, message_text, penalty_cell

Frame = tuple[int, str]

LIGHTS = {"none": "lr", "green": "lg", "yellow": "ly", "red": "lr", "chequered": "lf"}
BANNER_MS = 10_000
IDLE_MS = 60_000
LINGER_MS = 30_000  # the last result stays this long before a feed ends
BANNERS = {"penalty": "msgp", "warning": "msgw", "msg": "msgt"}


class ApexFeed:
    def __init__(
        self, plans: Sequence[SessionPlan], *, seed: str, words: Words, local_minutes: int = 630
    ) -> None:
        self.words = words
        self.races: list[Race] = []
        self.now = 0
        self.over = False
        self._plans = list(plans)
        self._seed = seed
        self._local_minutes = local_minutes
        self._rng = Random(f"{seed}/apex")
        self._batch = Batch(self._rng)
        self._tick_at = 1_037
        self._clock_at = 0
        self._banner_until: int | None = None
        self._banner = ("", "")
        self._last_frame_at = 0
        self._begin(0)

    # -- the session on show ----------------------------------------------------------------

    def _begin(self, at: int) -> None:
        plan = self._plans[len(self.races)]
        self.race = Race(plan, seed=self._seed, opens_at=at)
        self.races.append(self.race)
        self.screen = Screen(
            [entry.row for entry in plan.entries],
            layout=plan.layout,
            sectors=len(plan.track.sector_shares),
            words=self.words,
        )
        self.rows = Rows(self.race, self.screen, self._rng)
        self.title1, self.title2 = plan.title1, plan.title2
        self._banner, self._banner_until = ("", ""), None
        self._started = False
        self._batch.clear()

    def _next_session(self) -> int | None:
        if self.race.over_at is None or len(self.races) >= len(self._plans):
            return None
        return self.race.over_at + self._plans[len(self.races)].pause_ms

    # -- stepping ---------------------------------------------------------------------------

    @property
    def next_at(self) -> int:
        moments = (self.race.next_at, self._batch.due_at, self._tick_at, self._next_session())
        return min(moment for moment in moments if moment is not None)

    def step(self) -> list[Frame]:
        at = self.now = max(self.now, self.next_at)
        if self._batch.due_at is not None and self._batch.due_at <= at:
            return self._emit(at, self._batch.frame())
        if self.race.next_at is not None and self.race.next_at <= at:
            for news in self.race.step():
                self._tell(news)
            return []
        opens = self._next_session()
        if opens is not None and opens <= at:
            self._begin(at)
            return self._emit(at, self.opening())
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
        return [frame for text in self._batch.drain() for frame in self._emit(self.now, text)]

    def _emit(self, at: int, text: str) -> list[Frame]:
        self._last_frame_at = at
        return [(at, text)]

    # -- by the clock -----------------------------------------------------------------------

    def _tick(self, at: int) -> list[Frame]:
        self._tick_at = at + 1_000 + self._rng.randrange(9)
        for group in upkeep.second(self.rows, at):
            self._batch.add(at, group)
        if self._banner_until is not None and at >= self._banner_until:
            self._banner, self._banner_until = ("", ""), None
            self._batch.add(at, Group(lines=["msg||"]))
        if self._clock_runs() and at >= self._clock_at:
            self._clock_at = at + upkeep.CLOCK_MS
            self._batch.add(at, Group(lines=[f"dyn1|{self._clock(at)}"]))
        over = self.race.over_at
        if over is not None and self._next_session() is None and at > over + LINGER_MS:
            self.over = True
        if self._batch.due_at is None and at - self._last_frame_at >= IDLE_MS:
            return self._emit(at, "\n")
        return []

    def _clock_runs(self) -> bool:
        flag = self.race.flag
        return flag not in ("none", "chequered") and not self.race.plan.laps

    def _clock(self, at: int) -> str:
        plan, race = self.race.plan, self.race
        if race.flag == "chequered" or race.over_at is not None:
            return "text|"
        if plan.laps:
            return f"text|{self.words.lap} {race.standings.leader_laps}/{plan.laps}"
        if race.flag == "none":
            total = plan.duration_ms // 1000
            return f"text|{total // 3600:02d}:{total // 60 % 60:02d}:{total % 60:02d}"
        if plan.kind == "practice":
            return f"count|{at - race.green_at}"
        return f"countdown|{max(0, race.ends_at - at)}"

    # -- happenings -------------------------------------------------------------------------

    def _tell(self, news: Happening) -> None:
        at = news.at
        if isinstance(news, LapDone):
            self._lap(news)
        elif isinstance(news, GreenFlag):
            self._green(news)
        elif isinstance(news, Neutralised):
            self._batch.add(at, Group(lines=[f"light|{LIGHTS[news.flag]}|"], whole=True))
        elif isinstance(news, Chequered):
            self._batch.add(at, Group(lines=["light|lf|"], whole=True))
        elif isinstance(news, MessagePosted | MessageWithdrawn):
            self._message(news)
        elif isinstance(news, SessionOver):
            self._batch.add(at, Group(lines=["dyn1|text|"]))
        else:
            group = self.rows.show(news)
            if group is not None:
                self._batch.add(at, group)

    def _green(self, news: GreenFlag) -> None:
        self._batch.add(news.at, Group(lines=["light|lg|"], whole=True))
        if not self._started:
            self._started = True
            group = self.rows.green(news.at)
            group.lines.append(f"dyn1|{self._clock(news.at)}")
            self._clock_at = news.at + upkeep.CLOCK_MS
            self._batch.add(news.at, group)

    def _lap(self, news: LapDone) -> None:
        group = self.rows.show(news)
        assert group is not None
        if self.race.plan.laps and news.leads and not news.finished:
            group.lines.insert(0, f"dyn1|{self._clock(news.at)}")
            group.whole = True
        if self.rows.banner:
            self._say(group.lines, "", self.rows.banner, news.at)
            self.rows.banner = ""
        self._batch.add(news.at, group)
        recolour = self.rows.recolour()
        if recolour is not None:
            recolour.moved = {news.car}  # never in the frame of the lap itself
            self._batch.add(news.at, recolour)

    def _say(self, lines: list[str], style: str, text: str, at: int) -> None:
        self._banner, self._banner_until = (style, text), at + BANNER_MS
        lines.append(f"msg|{style}|{text}")

    # -- race control -----------------------------------------------------------------------

    def _message(self, news: MessagePosted | MessageWithdrawn) -> None:
        group = Group(lines=[f"com||{self.log()}"])
        if isinstance(news, MessagePosted) and news.kind in BANNERS and news.car is not None:
            car = self.race.cars[news.car]
            text = f"{car.number} - {message_text(self.words, news)}"
            self._say(group.lines, BANNERS[news.kind], text, news.at)
        self._batch.add(news.at, group)
        if news.car is not None:
            self._penalty(news.car, news.at)

    def _penalty(self, car: int, at: int) -> None:
        group, marks = Group(), list[str]()
        standings = self.race.standings
        text = penalty_cell(self.words, standings.penalty_laps[car], standings.penalty_ms[car])
        self.screen.put(group.lines, car, "pena", "pena1" if text else "", text)
        group.moved = self.rows.board.refresh(group.lines, marks, first=None)
        group.lines += marks
        self._batch.add(at, group)

    def log(self) -> str:
        """Race control's whole log, newest first."""
        shown = [m for m in self.race.messages if m.id not in self.race.withdrawn]
        return "".join(self._entry(message) for message in reversed(shown))

    def _entry(self, message: MessagePosted) -> str:
        kart = ""
        if message.car is not None:
            car = self.race.cars[message.car]
            kart = f'<span class="com_no {car.plan.category}">{message.number}</span>'
        text = escape(message_text(self.words, message), quote=False)
        flag = f'<span data-flag="{message.kind}"></span>'
        return f"<p><b>{self.local_time(message.at)}</b>{flag}{kart}{text}</p>"

    def local_time(self, at: int) -> str:
        minutes = self._local_minutes + at // 60_000
        return f"{minutes // 60 % 24:02d}:{minutes % 60:02d}"

    # -- the full state ---------------------------------------------------------------------

    def opening(self) -> str:
        """The block a client gets on connecting."""
        plan = self.race.plan
        head = ["init|r|" if plan.is_race else "init|p|", "best|hide|", *_styles()]
        state = [
            f"effects||{self.words.effects}",
            f"comments||{self.words.comments}",
            f"title1||{self.title1}",
            f"title2||{self.title2}",
            f"dyn1|{self._clock(self.now)}",
            f"light|{LIGHTS[self.race.flag]}|",
            *(f"wth{n}||" for n in (1, 2, 3)),
            f"track||{plan.track.name} ({plan.track.length_m}m)",
            f"com||{self.log()}",
            f"grid||{self.screen.grid(self.race.standings.order)}",
            f"msg|{self._banner[0]}|{self._banner[1]}",
        ]
        return "\n".join([*head, *state]) + "\n"


def _styles() -> list[str]:
    lines = [_style(f"no{n}", colour) for n, colour in enumerate(COLOURS, start=1)]
    for ref in COLORREF:
        red, green, blue = ref & 255, ref >> 8 & 255, ref >> 16
        lines.append(_style(f"notc{ref}", f"#{red:02X}{green:02X}{blue:02X}"))
    alarm = "color:#f00; font-size:11px; font-weight: bold; text-align:center;"
    return [*lines, f"css|pena1|{alarm}"]


def _style(name: str, colour: str) -> str:
    red, green, blue = (int(colour[n : n + 2], 16) for n in (1, 3, 5))
    ink = "#000000" if red * 3 + green * 6 + blue > 1_400 else "#FFFFFF"
    return f"css|{name}|border-bottom-color:{colour} !important; color:{ink} !important;"

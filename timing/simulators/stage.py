"""One session as the feed shows it: the race, the page, the titles and the full state."""

from __future__ import annotations

from html import escape
from random import Random

from timing.simulators.cast import COLORREF, COLOURS
from timing.simulators.happenings import MessagePosted
from timing.simulators.plan import SessionPlan
from timing.simulators.race import Race
from timing.simulators.rows import Rows
from timing.simulators.screen import Screen
from timing.simulators.words import Words, message_text

LIGHTS = {"none": "lr", "green": "lg", "yellow": "ly", "red": "lr", "chequered": "lf"}


class Stage:
    def __init__(
        self, plan: SessionPlan, *, seed: str, opens_at: int, words: Words, local_minutes: int
    ) -> None:
        self.plan = plan
        self.words = words
        self.race = Race(plan, seed=seed, opens_at=opens_at)
        self.screen = Screen(
            [entry.row for entry in plan.entries],
            layout=plan.layout,
            sectors=len(plan.track.sector_shares),
            words=words,
        )
        self.rows = Rows(self.race, self.screen, Random(f"{seed}/rows/{opens_at}"))
        self.title1, self.title2 = plan.title1, plan.shown_title2
        self.banner = ("", "")
        self._local_minutes = local_minutes

    # -- the clock --------------------------------------------------------------------------

    @property
    def clock_runs(self) -> bool:
        return self.race.flag not in ("none", "chequered") and not self.plan.laps

    def clock(self, now: int) -> str:
        """Class and value of the ``dyn1`` line."""
        plan, race = self.plan, self.race
        if race.flag == "chequered":
            return "text|"
        if plan.laps:
            return f"text|{self.words.lap} {race.standings.leader_laps}/{plan.laps}"
        if race.flag == "none":
            total = plan.duration_ms // 1000
            return f"text|{total // 3600:02d}:{total // 60 % 60:02d}:{total % 60:02d}"
        if plan.kind == "practice":
            return f"count|{now - race.green_at}"
        return f"countdown|{max(0, race.ends_at - now)}"

    def local_time(self, at: int) -> str:
        minutes = self._local_minutes + at // 60_000
        return f"{minutes // 60 % 24:02d}:{minutes % 60:02d}"

    # -- race control -----------------------------------------------------------------------

    def log(self) -> str:
        """Race control's whole log, newest first."""
        shown = [m for m in self.race.messages if m.id not in self.race.withdrawn]
        return "".join(self._entry(message) for message in reversed(shown))

    def _entry(self, message: MessagePosted) -> str:
        kart = ""
        if message.car is not None:
            category = self.race.cars[message.car].plan.category
            kart = f'<span class="com_no {category}">{message.number}</span>'
        text = escape(message_text(self.words, message), quote=False)
        flag = f'<span data-flag="{message.kind}"></span>'
        return f"<p><b>{self.local_time(message.at)}</b>{flag}{kart}{text}</p>"

    # -- the full state ---------------------------------------------------------------------

    def opening(self, now: int) -> str:
        """The block a client gets on connecting."""
        head = ["init|r|" if self.plan.is_race else "init|p|", "best|hide|", *_styles()]
        track = self.plan.track
        state = [
            f"effects||{self.words.effects}",
            f"comments||{self.words.comments}",
            f"title1||{self.title1}",
            f"title2||{self.title2}",
            f"dyn1|{self.clock(now)}",
            f"light|{LIGHTS[self.race.flag]}|",
            *(f"wth{n}||" for n in (1, 2, 3)),
            f"track||{track.name} ({track.length_m}m)",
            f"com||{self.log()}",
            f"grid||{self.screen.grid(self.race.standings.order)}",
            f"msg|{self.banner[0]}|{self.banner[1]}",
        ]
        return "\n".join([*head, *state]) + "\n"

    def closed(self) -> str:
        """The block of a hub without a session."""
        lines = ["init|n|", "best|hide|", f"effects||{self.words.effects}"]
        return "\n".join([*lines, f"comments||{self.words.comments}", "track||"]) + "\n"


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

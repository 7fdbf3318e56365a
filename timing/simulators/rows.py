"""One race as an Apex scoring server shows it: happenings in, groups of lines out."""

from __future__ import annotations

from dataclasses import dataclass
from html import escape
from random import Random

from timing.simulators.batching import Group
from timing.simulators.car import Car
from timing.simulators.happenings import (
    DriverChanged,
    Happening,
    KartChanged,
    LapDone,
    LeftGarage,
    PitEntered,
    PitLeft,
    SectorPassed,
    StartCrossed,
)
from timing.simulators.race import Race
from timing.simulators.scoreboard import Scoreboard
from timing.simulators.screen import Screen
from timing.simulators.words import Words, seconds

RECENT_MS = 41_000  # how long a gained or lost place stays marked
OVERDUE = 1.5  # reference laps without a crossing until the server calls a kart stopped


@dataclass(slots=True)
class Memory:
    """What the server remembers about one row beside the cells."""

    best_ms: int | None = None
    reference_ms: int = 0
    crossed_at: int = 0
    marked_at: int | None = None
    pit_since: int | None = None
    shown_since: int | None = None  # start of the time on track; runs from a crossing
    awaiting_line: bool = False
    stopped_at: int | None = None
    stops: int = 0


class Rows:
    def __init__(self, race: Race, screen: Screen, rng: Random) -> None:
        self.race = race
        self.screen = screen
        self.board = Scoreboard(screen, race.standings)
        self.memory = [Memory() for _ in race.cars]
        self.best: tuple[int, int] | None = None  # ms, car
        self.best_sectors: dict[int, tuple[int, int]] = {}
        self.banner = ""
        self.showing_driver = False
        self._own_sectors: dict[tuple[int, int], int] = {}
        self._recolour: list[tuple[int, str]] = []
        self._rng = rng
        for car in race.cars:
            self._first_cells(car)

    @property
    def words(self) -> Words:
        return self.screen.words

    def _first_cells(self, car: Car) -> None:
        plan, cells = car.plan, self.screen.cells[car.index]
        cells["no"] = (plan.category, car.number)
        cells["nat"] = (f"{plan.nation} nat", "")
        cells["class"] = ("dr", plan.class_text)
        cells["dr"] = self.name_cell(car, self.race.opens_at)
        cells["blp"] = ("in" if self.race.plan.is_race else "ib", "")
        cells["gap"] = ("ib" if self.race.plan.is_race else "in", "")

    # -- names ------------------------------------------------------------------------------

    def name_cell(self, car: Car, now: int) -> tuple[str, str]:
        if not self.race.plan.teams or not self.showing_driver:
            return ("dr", spelled(car.name))
        driving = car.driving_ms(now) if car.stints else 0
        shows_time = driving > 0 or (car.stints and not car.in_pit)
        clock = f" [{driving // 3_600_000}:{driving // 60_000 % 60:02d}]" if shows_time else ""
        return ("drteam", spelled(car.who.name) + clock)

    def put_name(self, lines: list[str], car: Car, now: int) -> None:
        self.screen.put(lines, car.index, "dr", *self.name_cell(car, now))

    def close(self, at: int) -> None:
        """The session is over: all timers stand still."""
        for memory in self.memory:
            memory.pit_since = None
            memory.stopped_at = memory.stopped_at or at

    # -- happenings -------------------------------------------------------------------------

    def show(self, news: Happening) -> Group | None:
        """The lines for one happening; None for what concerns no row."""
        match news:
            case LapDone():
                return self._lap(news)
            case SectorPassed():
                return self._sector(news)
            case PitEntered():
                return self._pit_in(news)
            case PitLeft():
                return self._pit_out(news)
            case StartCrossed():
                return self._start(news)
            case LeftGarage():
                return self._garage(news)
            case DriverChanged():
                return self._driver(news)
            case KartChanged():
                return self._kart(news)
            case _:
                return None

    def green(self, at: int) -> Group:
        """The race clock starts: every row's time on track begins."""
        group = Group(whole=True)
        for car in self.race.cars:
            self.memory[car.index].shown_since = at
            self.screen.put(group.lines, car.index, "otr", "in", "0:00")
        return group

    def _garage(self, news: LeftGarage) -> Group:
        group = Group()
        self.memory[news.car].awaiting_line = True
        self.screen.put(group.lines, news.car, "sta", "so", "")
        group.lines.append(f"{self._row(news.car)}|*out|0")
        return group

    def _start(self, news: StartCrossed) -> Group:
        group = Group(crosser=news.car)
        memory = self.memory[news.car]
        memory.crossed_at = news.at
        self.screen.put(group.lines, news.car, "sta", "in", "")
        self._restart_clock(group.lines, news.car, news.at)
        group.lines.append(f"{self._row(news.car)}|*||")
        return group

    def _sector(self, news: SectorPassed) -> Group:
        group = Group()
        self._put_sector(group.lines, news.car, news.sector, news.ms)
        for later in range(news.sector + 1, 4):
            self.screen.put(group.lines, news.car, f"s{later}", "", "")
        expected = "" if self._rng.random() < 0.8 else str(news.ms + self._rng.randrange(-300, 300))
        group.lines.append(f"{self._row(news.car)}|*i{news.sector}|{expected}")
        return group

    def _put_sector(self, lines: list[str], car: int, index: int, ms: int) -> None:
        own, best = self._own_sectors.get((car, index)), self.best_sectors.get(index)
        style = "tn"
        if own is None or ms < own:
            self._own_sectors[car, index] = ms
            style = "ti"
        if best is None or ms < best[0]:
            self.best_sectors[index] = (ms, car)
            style = "tb"
        self.screen.put(lines, car, f"s{index}", style, seconds(ms))

    def _lap(self, news: LapDone) -> Group:
        group = Group(crosser=news.car)
        lines: list[str] = []
        self._drop_recolours(lines)
        before = self.board.place(news.car)
        told = self._lap_cells(lines, news)
        marks: list[str] = []
        group.moved = self.board.refresh(lines, marks, first=news.car)
        self._status(lines, news, before - self.board.place(news.car))
        reference = self._reference(news, told=told)
        marks.append(f"{self._row(news.car)}|*|{reference}")
        group.lines = _by_row(lines) + self._shuffled_marks(marks)
        group.moved.discard(news.car)
        return group

    def _lap_cells(self, lines: list[str], news: LapDone) -> bool:
        """The cells of the lap; False when its time equals the one shown, so no line tells it."""
        car, memory = news.car, self.memory[news.car]
        memory.crossed_at = news.at
        if news.sectors:
            self._put_sector(lines, car, len(news.sectors), news.sectors[-1])
        style = self._best_lap(lines, news)
        told = self.screen.put(lines, car, "llp", style, seconds(news.ms))
        self.put_laps(lines, car)
        if memory.awaiting_line:
            self._restart_clock(lines, car, news.at)
        return told

    def put_laps(self, lines: list[str], car: int) -> None:
        """Those that count: what a penalty takes off is gone from the column, too."""
        self.screen.put(lines, car, "tlp", "in", str(self.race.standings.scored(car)))

    def _restart_clock(self, lines: list[str], car: int, at: int) -> None:
        memory = self.memory[car]
        memory.awaiting_line = False
        memory.shown_since = at
        self.screen.put(lines, car, "otr", "in", "0:00")

    def _best_lap(self, lines: list[str], news: LapDone) -> str:
        """Class of the lap; moves the session best and the banner along."""
        car, memory = news.car, self.memory[news.car]
        if memory.best_ms is not None and news.ms >= memory.best_ms:
            return "tn"
        memory.best_ms = news.ms
        plain = "in" if self.race.plan.is_race else "ib"
        if self.best is not None and news.ms >= self.best[0]:
            self.screen.put(lines, car, "blp", plain, seconds(news.ms))
            return "ti"
        if self.best is not None and self.best[1] != car:
            self._recolour.append((self.best[1], plain))
        self.best = (news.ms, car)
        self.screen.put(lines, car, "blp", "tb", seconds(news.ms))
        self.banner = self._best_banner(news)
        if self._rng.random() < 0.25:
            self._recolour.append((car, "tb"))
            return "ti"
        return "tb"

    def recolour(self) -> Group | None:
        """The group after a new session best: the old holder turns green, a late one purple."""
        group = Group()
        self._drop_recolours(group.lines)
        return group if group.lines else None

    def _drop_recolours(self, lines: list[str]) -> None:
        for car, style in self._recolour:
            shown, value = self.screen.cells[car]["llp"]
            if style == "tb":
                if shown == "ti" and self.best and self.best[1] == car:
                    self.screen.put(lines, car, "llp", "tb", value)
                continue
            if shown == "tb":
                self.screen.put(lines, car, "llp", "ti", value)
            if self.best and self.best[1] != car:
                self.screen.put(lines, car, "blp", style, self.screen.value(car, "blp"))
        self._recolour.clear()

    def _best_banner(self, news: LapDone) -> str:
        speed = self.race.plan.track.length_m * 3600 / news.ms
        name = self.race.cars[news.car].name
        return f"{self.words.best_lap} : {name} - {seconds(news.ms)} ({speed:.2f} km/h)"

    def _status(self, lines: list[str], news: LapDone, gained: int) -> None:
        memory = self.memory[news.car]
        style = "su" if gained > 0 else "sd" if gained < 0 else "sr"
        memory.marked_at = news.at if gained else None
        if news.finished:
            style, memory.marked_at = "sf", None
            memory.stopped_at = news.at
        self.screen.put(lines, news.car, "sta", style, "")
        if news.leads:
            for car in self.race.standings.order:
                shown = self.screen.cells[car]["sta"][0]
                if car != news.car and shown in ("sr", "su", "sd"):
                    self.screen.put(lines, car, "sta", "in", "")

    def _reference(self, news: LapDone, *, told: bool) -> str:
        """The lap the server expects next: never a safe source for the lap just done.

        Empty after the finish, but not where the crossing alone tells of an equal lap: a crossing
        without reference or lap time is an out-lap.
        """
        memory = self.memory[news.car]
        if news.finished and told:
            return "|"
        if not memory.reference_ms or self._rng.random() < 0.33:
            memory.reference_ms = news.ms
        elif not news.pit:
            memory.reference_ms = (2 * memory.reference_ms + news.ms) // 3
        first = news.sectors[0] if news.sectors else ""
        return f"{memory.reference_ms}|{first}"

    def _shuffled_marks(self, marks: list[str]) -> list[str]:
        return marks if self._rng.random() < 0.5 else sorted(marks)

    def _pit_in(self, news: PitEntered) -> Group:
        group, memory = Group(), self.memory[news.car]
        memory.pit_since, memory.marked_at = news.at, None
        memory.stops += 1
        self.screen.put(group.lines, news.car, "sta", "si", "")
        self.screen.put(group.lines, news.car, "otr", "to", "00.")
        self.screen.put(group.lines, news.car, "pit", "in", str(memory.stops))
        group.lines = _by_row(group.lines)
        group.lines.append(f"{self._row(news.car)}|*in|0")
        return group

    def _pit_out(self, news: PitLeft) -> Group:
        group, memory = Group(), self.memory[news.car]
        since = memory.pit_since if memory.pit_since is not None else news.at
        self.screen.put(group.lines, news.car, "sta", "so", "")
        self.put_name(group.lines, self.race.cars[news.car], news.at)
        self.screen.put(group.lines, news.car, "otr", "to", pit_timer(news.at - since))
        memory.pit_since, memory.awaiting_line = None, True
        memory.crossed_at = news.at
        group.lines = _by_row(group.lines)
        group.lines.append(f"{self._row(news.car)}|*out|0")
        return group

    def _driver(self, news: DriverChanged) -> Group:
        group = Group()
        self.put_name(group.lines, self.race.cars[news.car], news.at)
        return group

    def _kart(self, news: KartChanged) -> Group:
        group = Group()
        category = self.race.cars[news.car].plan.category
        self.screen.put(group.lines, news.car, "no", category, news.number)
        return group

    def _row(self, car: int) -> str:
        return self.screen.rows[car]


def pit_timer(ms: int) -> str:
    """``05.``, ``1:05.``, ``1:02:03.``: running, hence the dot."""
    total = ms // 1000
    if total < 60:
        return f"{total:02d}."
    if total < 3600:
        return f"{total // 60}:{total % 60:02d}."
    return f"{total // 3600}:{total // 60 % 60:02d}:{total % 60:02d}."


def spelled(name: str) -> str:
    """As the operator typed it: entities for markup, and a stray blank in some names."""
    text = escape(name, quote=False) if "<" in name else name
    quirk = len(name) % 11
    return text.replace(" ", "  ", 1) if quirk == 0 else f"{text} " if quirk == 1 else text


def _by_row(lines: list[str]) -> list[str]:
    """Rows stay in order of appearance, their cells come in column order."""
    rows: dict[str, list[tuple[int, str]]] = {}
    for line in lines:
        row, _, rest = line.partition("c")
        rows.setdefault(row, []).append((int(rest.partition("|")[0]), line))
    return [line for cells in rows.values() for _, line in sorted(cells)]

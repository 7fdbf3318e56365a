"""Apex Timing: the line protocol of its live WebSocket, decoded without I/O.

A frame is lines split on ``\\n``, a line is fields split on ``|``. A block that opens with ``init``
and closes with ``grid`` is a snapshot; everything else is a change. The client says nothing, ever:
what it would say is rebroadcast to every viewer, and strangers' probes arrive here the same way, so
a line of no known id is counted and dropped.
"""

from __future__ import annotations

import re
from typing import Any

from timing.engine.events import (
    BannerSet,
    ClassesSet,
    Clock,
    ClockSet,
    Event,
    Flag,
    FlagSet,
    KartClass,
    LogSet,
    Message,
    Ranking,
    Seen,
    SessionGone,
    SessionSeen,
    StandingSet,
    TitleSet,
)
from timing.engine.units import DAY_MS, Ms
from timing.protocols import Counters, Output
from timing.protocols import apex_cells as cells
from timing.protocols import apex_text as text
from timing.protocols.apex_grid import Grid, GridRow, parse_grid

FLAGS: dict[str, Flag] = {"lg": "green", "ly": "yellow", "lr": "red", "lf": "chequered"}
BANNERS = {"": "best", "msgp": "penalty", "msgw": "warning", "msgt": "text"}
SILENT = frozenset("best bests effects gmt dyn2 wth1 wth2 wth3 chp gridb gridc gridd msgb".split())

MAX_LINE = 64 * 1024  # characters, but for `grid` and `com`
MAX_CELL = 1_000  # characters of a line of a row; 64,000 cells are remembered
MAX_TABLE = 4 * 1024 * 1024
MAX_LINES = 50_000  # of one frame
MAX_CLASSES = 1_000
MAX_ORPHANS = 20_000
BLOCK_WAIT_MS = 10_000  # for the grid of a block that was split over frames

_CELL_ID = re.compile(r"(r\d{1,15})(?:c\d{1,3})?", re.ASCII)
_SIDE_CELL = re.compile(r"[bc]r\d+c\d+", re.ASCII)

Cell = list[Any]  # [row, handler, the rest of the line as last seen]


class _Header:
    """What a block says of its session."""

    def __init__(self, ranking: Ranking) -> None:
        self.ranking: Ranking = ranking
        self.event = self.name = self.track = ""
        self.length_m: int | None = None
        self.flag: Flag = "none"
        self.clock = Clock()
        self.classes: dict[str, KartClass] = {}
        self.log: tuple[Message, ...] = ()


class ApexAdapter:
    """Decodes one Apex connection at a time; see `timing.protocols.Adapter`."""

    def __init__(self) -> None:
        self.counters = Counters()
        self.language = ""
        self.at: Ms = 0
        self._forget()

    def _forget(self) -> None:
        self.acts: list[Event] = []
        self.columns: frozenset[str] = frozenset()
        self.teams = True
        self._events: list[Event] = []  # of the session, and everything flushed
        self._standing: dict[str, dict[str, Any]] = {}
        self._header = _Header("laps")
        self._block_at: Ms | None = None
        self._rows: dict[str, cells.Row] = {}
        self._before: dict[str, cells.Row] = {}  # rows of the table that was wiped
        self._cells: dict[str, Cell] = {}
        self._waiting: set[cells.Row] = set()
        self._empty_table = False
        self._map: dict[int, str] = {}
        self._orphans: list[tuple[Ms, str]] = []

    # -- Adapter ---------------------------------------------------------------------------------

    def opened(self, at: Ms) -> Output:
        self._forget()
        self.at = at
        return Output()

    def closed(self, at: Ms) -> Output:
        self.at = max(at, self.at)
        self._settle_all()
        return self._output()

    def feed(self, at: Ms, msg: str) -> Output:
        counters = self.counters
        counters.frames += 1
        self.at = at
        if self._waiting:
            self._settle_due()
        if self._block_at is not None and at - self._block_at > BLOCK_WAIT_MS:
            self._announce(None)
        if "\0" in msg:  # no text of ours may hold it: PostgreSQL refuses it
            msg = msg.replace("\0", "\ufffd")
        lines = msg.split("\n", MAX_LINES)
        if len(lines) > MAX_LINES:
            lines.pop()
            counters.errors += 1
        get = self._cells.get
        for line in lines:
            if not line or line == "\r":
                continue
            counters.lines += 1
            ident, _, rest = line.partition("|")
            cell = get(ident)
            if cell is None:
                self._other(ident, rest, line)
                get = self._cells.get  # a grid brings a new map
            elif cell[2] != rest:
                if len(rest) > MAX_CELL:
                    counters.errors += 1
                    continue
                cell[2] = rest
                css, _, value = rest.partition("|")
                cell[1](self, cell[0], css, value.rstrip("\r"))
        return self._output()

    # -- what handlers see -----------------------------------------------------------------------

    def fields(self, row: cells.Row) -> dict[str, Any]:
        found = self._standing.get(row.key)
        if found is None:
            found = self._standing[row.key] = {}
        return found

    def error(self) -> None:
        self.counters.errors += 1

    # -- lines that are no cells -----------------------------------------------------------------

    def _other(self, ident: str, rest: str, line: str) -> None:
        row = self._rows.get(ident)
        if row is not None:
            self._row_line(row, rest[:MAX_CELL])
        elif (handler := _LINES.get(ident)) is not None:
            css, _, value = rest.partition("|")
            if len(value) > (MAX_TABLE if ident in ("grid", "com") else MAX_LINE):
                self.counters.errors += 1
            else:
                handler(self, css, value.rstrip("\r"))
        elif ident in SILENT or _SIDE_CELL.fullmatch(ident):
            self.counters.ignored_lines += 1
        elif (match := _CELL_ID.fullmatch(ident)) is not None and "|" in line:
            self._unlisted(match[1], line)
        else:
            self.counters.unknown_lines += 1

    def _row_line(self, row: cells.Row, rest: str) -> None:
        verb, _, value = rest.partition("|")
        if verb == "*":
            cells.crossing(self, row, value.partition("|")[0])
            if row.waiting is not None:
                self._waiting.add(row)
        elif verb == "#":
            cells.rank(self, row, "", value.partition("|")[0])
        elif verb == "*in":
            cells.pit_in(self, row)
        elif verb == "*out":
            cells.pit_out(self, row)
        elif verb in ("*i1", "*i2", "*i3"):
            cells.sector_passed(row, int(verb[2]) - 1)
        else:
            self.counters.unknown_lines += 1

    def _unlisted(self, key: str, line: str) -> None:
        """A row that no table holds: of an empty table it is new, else its columns are unknown."""
        self.counters.ignored_lines += 1
        if self._empty_table and self._block_at is None and len(self._rows) < 1_000:
            self._rows[key] = row = cells.Row(key)
            self._index(row)
            self.fields(row)
            self._line(line)
        elif len(self._orphans) < MAX_ORPHANS and len(line) <= MAX_CELL:
            self._orphans.append((self.at, line))

    def _line(self, line: str) -> None:
        """A line read again, now that its row is known."""
        ident, _, rest = line.partition("|")
        cell = self._cells.get(ident)
        if cell is not None:
            css, _, value = rest.partition("|")
            cell[2] = rest
            cell[1](self, cell[0], css, value)
        elif ident in self._rows:
            self._row_line(self._rows[ident], rest)

    def _init(self, css: str, value: str) -> None:
        self._flush()
        self._before = self._rows or self._before
        self._rows, self._cells, self._empty_table = {}, {}, False
        if css == "n":
            self._block_at = None
            self._header = _Header(self._header.ranking)
            self._events.append(SessionGone(self.at))
        else:
            self._block_at = self.at
            self._header = _Header("laps" if css == "r" else "best")

    def _title(self, slot: str, value: str) -> None:
        title = text.clean(value)
        setattr(self._header, slot, title)
        if self._block_at is None:
            event, name = (title, None) if slot == "event" else (None, title)
            self._events.append(TitleSet(self.at, event, name))

    def _title1(self, css: str, value: str) -> None:
        self._title("event", value)

    def _title2(self, css: str, value: str) -> None:
        self._title("name", value)

    def _track(self, css: str, value: str) -> None:
        self._header.track, self._header.length_m = text.track(value)

    def _clock(self, css: str, value: str) -> None:
        clock = _clock(css, value, self.at)
        if clock is None:
            self.error()
            return
        self._header.clock = clock
        if self._block_at is None:
            self._events.append(ClockSet(self.at, clock))

    def _light(self, css: str, value: str) -> None:
        flag = FLAGS.get(css)
        if flag is None:
            self.counters.unknown_lines += 1
            return
        self._header.flag = flag
        if self._block_at is None:
            self._events.append(FlagSet(self.at, flag))

    def _css(self, css: str, value: str) -> None:
        if len(self._header.classes) >= MAX_CLASSES:
            self.error()
            return
        self._header.classes[css[:32]] = text.kart_class(value)
        if self._block_at is None:
            self._events.append(ClassesSet(self.at, dict(self._header.classes)))

    def _comments(self, css: str, value: str) -> None:
        self.language = text.LANGUAGES.get(text.clean(value).casefold(), self.language)

    def _com(self, css: str, value: str) -> None:
        self._header.log = text.race_control(value)
        if self._block_at is None:
            self.acts.append(LogSet(self.at, self._header.log))  # after the numbers it speaks of

    def _msg(self, css: str, value: str) -> None:
        self._events.append(BannerSet(self.at, BANNERS.get(css, "text"), text.clean(value)))

    # -- the table -------------------------------------------------------------------------------

    def _grid(self, css: str, value: str) -> None:
        grid = parse_grid(value)
        if grid.dropped:
            self.counters.errors += 1
        if not grid.columns:  # no header: nothing in it could be read
            self.error()
            return
        opening = self._block_at is not None
        self._flush()
        if not opening:
            self._before = self._rows
        self._announce(grid, opening=opening)

    def _announce(self, grid: Grid | None, *, opening: bool = True) -> None:
        """A snapshot is complete: tell it, and read again what came for its rows before it."""
        self._block_at = None
        orphans, self._orphans = self._orphans, []
        self._build(grid)
        if grid is None:
            self._events.append(self._seen((), opening))
            return
        lost = {match[1] for _, line in orphans if (match := _CELL_ID.match(line)) is not None}
        if lost and self._explains(grid, orphans):
            self._replay(grid, orphans, opening)
            opening = False
        rows = tuple(self._snapshot(row) for row in grid.rows)
        self._events.append(self._seen(rows, opening))
        self._before = {}

    def _build(self, grid: Grid | None) -> None:
        self._map = grid.columns if grid else {}
        self.columns = frozenset(self._map.values())
        self.teams = grid.teams if grid else True
        self._empty_table = grid is not None and not grid.rows
        self._rows, self._cells = {}, {}
        last_lap = next((n for n, kind in self._map.items() if kind == "llp"), None)
        for grid_row in grid.rows if grid else ():
            row = self._before.get(grid_row.key)
            if row is None or _blank(grid_row, last_lap):
                row = cells.Row(grid_row.key)
            if self._header.flag != "chequered":
                row.finished_at = None
            self._rows[row.key] = row
            self._index(row)

    def _index(self, row: cells.Row) -> None:
        for column, kind in self._map.items():
            if (handler := cells.HANDLERS.get(kind)) is not None:
                self._cells[f"{row.key}c{column}"] = [row, handler, None]
        for column in range(1, 65):  # columns without meaning are of the protocol all the same
            self._cells.setdefault(f"{row.key}c{column}", [row, _nothing, None])

    def _snapshot(self, grid_row: GridRow) -> Seen:
        row = self._rows[grid_row.key]
        row.team = row.driver = ""
        fields = self._standing[row.key] = {}
        if grid_row.position is not None:
            fields["position"] = grid_row.position
        for cell in grid_row.cells:
            handler = cells.SNAPSHOT_HANDLERS.get(self._map.get(cell.column, ""))
            if handler is not None:
                handler(self, row, cell.css, cell.value)
        return Seen(row.key, self._standing.pop(row.key))

    def _seen(self, rows: tuple[Seen, ...], opening: bool, at: Ms | None = None) -> SessionSeen:
        header = self._header
        classes = dict(header.classes)
        for row in rows:
            name = row.fields.get("class", "")
            if name not in classes and (colours := text.colorref(name)) is not None:
                classes[name] = colours
        return SessionSeen(
            at=self.at if at is None else at,
            ranking=header.ranking,
            kind=text.session_kind(header.ranking, header.event, header.name),
            event=header.event,
            name=header.name,
            track=header.track,
            track_length_m=header.length_m,
            language=self.language,
            flag=header.flag,
            clock=header.clock,
            sectors=sum(name in self.columns for name in ("s1", "s2", "s3")),
            columns=self.columns,
            classes=classes,
            log=header.log,
            rows=rows,
            opening=opening,
        )

    # -- rows that came before their table -------------------------------------------------------

    def _explains(self, grid: Grid, orphans: list[tuple[Ms, str]]) -> bool:
        """Whether the columns of this table fit what came for its rows before it.

        The proof is in the last-lap column: read by the new map, the last time that came for a row
        must be the time that the table shows for it.
        """
        column = next((n for n, kind in grid.columns.items() if kind == "llp"), None)
        shown = {
            f"{row.key}c{column}": cell.value
            for row in grid.rows
            for cell in row.cells
            if cell.column == column
        }
        came: dict[str, str] = {}
        for _, line in orphans:
            ident, _, rest = line.partition("|")
            if ident in shown and (value := rest.partition("|")[2]):
                came[ident] = value
        fits = sum(shown[ident] == value for ident, value in came.items())
        return bool(came) and fits >= 0.8 * len(came)

    def _replay(self, grid: Grid, orphans: list[tuple[Ms, str]], opening: bool) -> None:
        """The session was running before its table came: begin it then, with blank counters."""
        now = self.at
        first = orphans[0][0]
        rows = tuple(
            Seen(row.key, {k: v for k, v in self._snapshot(row).fields.items() if k in _IDENTITY})
            for row in grid.rows
        )
        for row in self._rows.values():
            row.llp, row.llp_ms, row.in_pit, row.finished_at = "", None, False, None
        self._events.append(self._seen(rows, opening, first))
        for at, line in orphans:
            if at != self.at:
                self._flush()
                self.at = at
                self._settle_due()
            self._line(line)
        self._settle_all()
        self._flush()
        self.at = now

    # -- the end of a frame ----------------------------------------------------------------------

    def _settle_due(self) -> None:
        for row in [r for r in self._waiting if r.waiting is None or self.at - r.waiting > 900]:
            self._waiting.discard(row)
            cells.settle(self, row)

    def _settle_all(self) -> None:
        for row in self._waiting:
            cells.settle(self, row)
        self._waiting.clear()

    def _flush(self) -> None:
        """Standings go before acts: a lap is counted by the driver and place shown with it."""
        if self._standing:
            at = self.at
            self._events += [StandingSet(at, key, f) for key, f in self._standing.items()]
            self._standing = {}
        if self.acts:
            self._events += self.acts
            self.acts = []

    def _output(self) -> Output:
        self._flush()
        events, self._events = self._events, []
        return Output(events)


_IDENTITY = frozenset("number class category competitor nation driver".split())


def _blank(row: GridRow, column: int | None) -> bool:
    """No last lap where there is a column for it: the row begins, or an id is used again."""
    return column is not None and not any(c.column == column and c.value for c in row.cells)


def _nothing(frame: cells.Frame, row: cells.Row, css: str, value: str) -> None:
    """A column that says nothing we keep."""


def _clock(css: str, value: str, at: Ms) -> Clock | None:
    if css == "text":
        shown = text.clean(value)
        return Clock("text", text=shown) if shown else Clock()
    number, _, words = value.partition("_")
    mode = {"countdown": "countdown", "countdown_text": "countdown", "count": "count"}.get(css)
    ms = _clock_ms(number) if number else 0  # an empty countdown has run out
    if mode is None or ms is None:
        return None
    return Clock(mode, ms, at, text.clean(words))  # type: ignore[arg-type]


def _clock_ms(number: str) -> Ms | None:
    """Milliseconds; with a decimal point, seconds."""
    try:
        ms = round(float(number) * 1000) if "." in number else int(number)
    except (ValueError, OverflowError):
        return None
    return ms if abs(ms) <= 1000 * DAY_MS else None


_LINES: dict[str, Any] = {
    "init": ApexAdapter._init,
    "title1": ApexAdapter._title1,
    "title2": ApexAdapter._title2,
    "track": ApexAdapter._track,
    "dyn1": ApexAdapter._clock,
    "light": ApexAdapter._light,
    "css": ApexAdapter._css,
    "comments": ApexAdapter._comments,
    "com": ApexAdapter._com,
    "msg": ApexAdapter._msg,
    "grid": ApexAdapter._grid,
}

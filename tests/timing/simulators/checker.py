"""A tiny Apex reader of its own, so that the simulator is not judged by the product's decoder.

It follows the rules of the protocol only: a lap is a changed last-lap cell or a crossing without
one; a repeated or re-coloured cell is none; the first crossing of a row starts its lap 1.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from html import unescape

CELL = re.compile(r"(r\d+)c(\d+)$")
COLUMN = re.compile(r'<td data-id="c(\d+)" data-type="(\w*)"[^>]*>([^<]*)</td>')
ROW = re.compile(r'<tr data-id="(r\d+)" data-pos="(\d+)">(.*?)</tr>')
LAP = re.compile(r"(\d+:)*\d+\.\d{3}")
IN_ROW = re.compile(r'data-id="(r\d+)c(\d+)" class="([^"]*)">([^<]*)<')


@dataclass
class ReadRow:
    cells: dict[str, tuple[str, str]] = field(default_factory=dict)
    position: int = 0
    team: str = ""
    driver: str = ""
    started: bool = False
    told: bool = False
    laps: list[tuple[int, tuple[int, ...], str, int, bool]] = field(default_factory=list)
    stops: list[list[int | None]] = field(default_factory=list)
    stopped_this_lap: bool = False
    driving: dict[str, str] = field(default_factory=dict)


@dataclass
class ReadSession:
    title: str = ""
    kind: str = ""
    track: str = ""
    log: str = ""
    lights: list[str] = field(default_factory=list)
    rows: dict[str, ReadRow] = field(default_factory=dict)


def _ms(text: str) -> int:
    *big, small = text.split(":")
    total = 0
    for part in big:
        total = (total + int(part)) * 60
    whole, _, decimals = small.partition(".")
    return (total + int(whole)) * 1000 + int(decimals.ljust(3, "0"))


class Reader:
    def __init__(self) -> None:
        self.sessions: list[ReadSession] = []
        self.columns: dict[int, str] = {}
        self.labels: dict[int, str] = {}
        self.titles = ["", ""]
        self.frame: list[str] = []

    @property
    def session(self) -> ReadSession:
        return self.sessions[-1]

    def read(self, frames: Iterable[tuple[int, str]]) -> Reader:
        for at, text in frames:
            self.frame = text.split("\n")
            for line in self.frame:
                parts = [*line.split("|", 2), "", ""][:3]
                if line.startswith("init|"):
                    self._init(parts[1])
                elif parts[0] == "grid":
                    self._grid(parts[2])
                elif parts[0] in ("title1", "title2"):
                    self.titles[parts[0] == "title2"] = parts[2]
                elif parts[0] == "light":
                    self._light(parts[1])
                elif parts[0] == "com":
                    self.session.log = parts[2]
                elif CELL.match(parts[0]):
                    row, column = CELL.match(parts[0]).groups()  # type: ignore[union-attr]
                    if row in self.session.rows and int(column) in self.columns:
                        self._cell(self.session.rows[row], int(column), parts[1], parts[2])
                elif parts[0] in self.session.rows:
                    self._verb(self.session.rows[parts[0]], parts[1], parts[2], at)
        return self

    def _light(self, light: str) -> None:
        lights = self.session.lights
        if light in ("lr", "lg", "ly", "lf") and lights[-1:] != [light]:
            lights.append(light)

    def _init(self, kind: str) -> None:
        if kind == "n":
            return
        titles = [line.split("|", 2)[2] for line in self.frame if line.startswith("title")]
        title = " - ".join(part for part in titles if part)
        if not self.sessions or all(s.title != title for s in self.sessions):
            self.sessions.append(ReadSession(title=title, kind=kind))
        else:
            known = next(s for s in self.sessions if s.title == title)
            self.sessions.remove(known)
            self.sessions.append(known)

    def _grid(self, html: str) -> None:
        head, *_ = html.partition("</tr>")
        found = COLUMN.findall(head)
        self.columns = {int(n): kind for n, kind, _ in found}
        self.labels = {int(n): label for n, _, label in found}
        for name, position, body in ROW.findall(html):
            row = self.session.rows.setdefault(name, ReadRow())
            row.position = int(position)
            for _, column, style, value in IN_ROW.findall(body):
                self._cell(row, int(column), style, value)

    def _cell(self, row: ReadRow, column: int, style: str, value: str) -> None:
        kind = self.columns[column] or self.labels[column]
        if kind == "llp" and value and not LAP.fullmatch(value):
            return
        old = row.cells.get(kind, ("", ""))[1]
        row.cells[kind] = (style, value)
        if kind == "dr":
            self._name(row, style, value)
        elif kind == "rk" and value:
            row.position = int(value)
        elif kind == "llp" and value and value != old:
            self._lap(row, value)
            row.told = True

    def _name(self, row: ReadRow, style: str, value: str) -> None:
        value = " ".join(unescape(value).split())
        if style == "drteam":
            name, bracket, clock = value.rpartition(" [")
            row.driver = name if bracket else value
            if bracket:
                row.driving[row.driver] = clock.rstrip("]")
        else:
            row.team = value

    def _lap(self, row: ReadRow, value: str) -> None:
        row.started = True
        sectors = tuple(
            _ms(row.cells[s][1]) for s in ("s1", "s2", "s3") if row.cells.get(s, ("", ""))[1]
        )
        row.laps.append((_ms(value), sectors, row.driver, row.position, row.stopped_this_lap))
        row.stopped_this_lap = False

    def _verb(self, row: ReadRow, verb: str, value: str, at: int) -> None:
        if verb == "#":
            row.position = int(value)
        elif verb == "*":
            self._crossing(row)
        elif verb == "*in":
            row.stops.append([len(row.laps), at, None])
            row.stopped_this_lap = True
        elif verb == "*out" and row.stops:
            row.stops[-1][2] = at

    def _crossing(self, row: ReadRow) -> None:
        if row.told:
            row.told = False
        elif not row.started:
            row.started = True
        else:
            self._lap(row, row.cells["llp"][1])

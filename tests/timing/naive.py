"""Laps of a recording counted by the simplest means: changes of the last-lap cell, row by row.

Shares no code with the decoder, so that the two can be compared.
"""

from __future__ import annotations

import gzip
import json
import re
from collections.abc import Iterator
from pathlib import Path

HEAD = re.compile(r'<tr data-id="r0".*?</tr>')
ROW = re.compile(r'<tr data-id="(r\d+)".*?</tr>')
CELL = re.compile(r"<td[^>]*>(.*?)</td>")
TYPE = re.compile(r'data-type="([^"]*)"')
CELL_ID = re.compile(r"(r\d+)c\d+")
LAP = re.compile(r"[1-9][\d:]*\.\d+|0\.\d*[1-9]\d*")


def lines(path: Path) -> Iterator[str]:
    with gzip.open(path, "rt", encoding="utf-8", newline="\n") as file:
        next(file)
        for line in file:
            yield from json.loads(line)["msg"].split("\n")


class Counter:
    """`told`: laps by row that came as changes. `shown`: those that only a new table showed."""

    def __init__(self) -> None:
        self.told: dict[str, int] = {}
        self.shown: dict[str, int] = {}
        self._title = self._shown_title = ""
        self._last: dict[str, str] = {}
        self._cells: dict[str, str] = {}  # id of a last-lap cell -> row
        self._early: list[tuple[str, str]] = []  # cells of rows that no table held yet
        self._rows: set[str] = set()

    def read(self, path: Path) -> Counter:
        for line in lines(path):
            ident, _, rest = line.partition("|")
            value = rest.partition("|")[2]
            if ident == "init":
                self._cells, self._rows = {}, set()
            elif ident == "title2":
                self._title = value
            elif ident == "grid":
                self._table(value)
            elif ident in self._cells:
                self._change(self._cells[ident], value)
            elif (cell := CELL_ID.fullmatch(ident)) and cell[1] not in self._rows:
                self._early.append((ident, value))
        return self

    def _change(self, row: str, value: str) -> None:
        if LAP.fullmatch(value) and value != self._last.get(row):
            self.told[row] = self.told.get(row, 0) + 1
            self._last[row] = value

    def _table(self, html: str) -> None:
        head = HEAD.search(html)
        types = TYPE.findall(head[0]) if head else []
        column = types.index("llp") if "llp" in types else -1
        another = bool(self._shown_title) and self._title != self._shown_title
        if self._title != self._shown_title:
            self._last, self._shown_title = {}, self._title
        counts = types.index("tlp") if "tlp" in types else -1
        early, self._early = self._early, []
        self._rows, self._cells = set(), {}
        for match in ROW.finditer(html):
            row, cells = match[1], CELL.findall(match[0])
            self._rows.add(row)
            if column >= 0:
                self._cells[f"{row}c{column + 1}"] = row
                first = another and counts >= 0 and cells[counts] == "1"
                self._show(row, cells[column], first)
        for ident, value in early if self._fits(early) else ():
            if ident in self._cells:
                self._change(self._cells[ident], value)

    def _show(self, row: str, value: str, first: bool) -> None:
        before = self._last.pop(row, None)
        if not value:
            return  # the counters begin anew
        self._last[row] = value
        if before not in (None, value) or first:
            self.shown[row] = self.shown.get(row, 0) + 1

    def _fits(self, early: list[tuple[str, str]]) -> bool:
        """Whether these columns are those of the cells that came before: the newest laps agree."""
        newest = {self._cells[i]: value for i, value in early if i in self._cells and value}
        if not newest or any(self._last.get(row) != value for row, value in newest.items()):
            return False
        for row in newest:
            del self._last[row]
        return True

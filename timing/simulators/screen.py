"""The Apex page as the server keeps it: a table of cells, and the lines that change it.

``put`` changes a cell and says the line for it, only when the cell really changed and the layout
shows it: exactly how equal consecutive lap times come without a new last-lap line.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from timing.simulators.layouts import Column, columns
from timing.simulators.words import Words

Cell = tuple[str, str]
BLANK: dict[str, Cell] = {
    "grp": ("in", ""),
    "sta": ("ss", ""),
    "rk": ("", ""),
    "llp": ("", ""),
    "blp": ("in", ""),
    "gap": ("in", ""),
    "int": ("in", ""),
    "tlp": ("in", ""),
    "otr": ("in", ""),
    "pit": ("in", ""),
    "pena": ("", ""),
    "s1": ("", ""),
    "s2": ("", ""),
    "s3": ("", ""),
}


class Screen:
    def __init__(self, rows: Sequence[str], *, layout: str, sectors: int, words: Words) -> None:
        self.words = words
        self.rows = list(rows)
        self.cells: list[dict[str, Cell]] = [dict(BLANK) for _ in rows]
        self.columns: tuple[Column, ...] = ()
        self._index: dict[str, int] = {}
        self._sectors = sectors
        self.arrange(layout)

    def arrange(self, layout: str) -> None:
        """Other columns (a re-init in mid race); the cells stay."""
        self.columns = columns(layout, sectors=self._sectors)
        self._index = {column.cell: n for n, column in enumerate(self.columns, start=1)}

    def shows(self, cell: str) -> bool:
        return cell in self._index

    def put(self, lines: list[str], car: int, cell: str, style: str, value: str) -> bool:
        cells = self.cells[car]
        if cells.get(cell) == (style, value):
            return False
        cells[cell] = (style, value)
        index = self._index.get(cell)
        if index is not None:
            lines.append(f"{self.rows[car]}c{index}|{style}|{value}")
        return True

    def value(self, car: int, cell: str) -> str:
        return self.cells[car][cell][1]

    def line(self, car: int, cell: str) -> str:
        """The line that sets a cell to what it already is (the server repeats itself)."""
        style, value = self.cells[car][cell]
        return f"{self.rows[car]}c{self._index[cell]}|{style}|{value}"

    def grid(self, order: Iterable[int]) -> str:
        body = [self._row(car, place) for place, car in enumerate(order, start=1)]
        return f"<tbody>{self._head()}{''.join(body)}</tbody>"

    def _head(self) -> str:
        labels = self.words.labels
        cells = "".join(
            f'<td data-id="c{index}" data-type="{column.type}" {column.attributes}>'
            f"{labels.get(column.label, column.label)}</td>"
            for index, column in enumerate(self.columns, start=1)
        )
        return f'<tr data-id="r0" class="head" data-pos="0">{cells}</tr>'

    def _row(self, car: int, place: int) -> str:
        row = self.rows[car]
        cells = "".join(
            _td(f"{row}c{index}", column, self.cells[car].get(column.cell, ("", "")))
            for index, column in enumerate(self.columns, start=1)
        )
        return f'<tr data-id="{row}" data-pos="{place}">{cells}</tr>'


def _td(name: str, column: Column, cell: Cell) -> str:
    style, value = cell
    if column.cell == "rk":
        inner = f'<div><p data-id="{name}" class="{style}">{value}</p></div>'
        return f'<td class="rk">{inner}</td>'
    if column.cell == "no":
        return f'<td class="no"><div data-id="{name}" class="{style}">{value}</div></td>'
    return f'<td data-id="{name}" class="{style}">{value}</td>'

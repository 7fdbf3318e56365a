"""The ``grid`` line of Apex Timing: an HTML table, read without trusting it.

The header row is the only place that says what a column holds, and columns move between tracks,
sessions and even within a race, so every grid gives a new column map.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from timing.protocols.apex_text import column_kind, names_teams

MAX_ROWS = 1_000
MAX_COLUMNS = 64
MAX_ROW_TEXT = 20_000  # characters of one row; the longest seen is 1,400
MAX_TAG = 500  # characters of one tag
MAX_INNER = 1_000  # characters of a cell in which the one that counts is looked for

TYPES = frozenset("grp sta rk rku no nat dr class s1 s2 s3 llp blp gap int tlp lc otr pit".split())
_ALIASES = {"lc": "tlp"}

# Strangers can send tables: patterns, and the texts they run on, are bounded, so that none of them
# takes more than linear time.
_ROW = re.compile(r"<tr\b([^<>]*)>(.*?)(?=<tr\b|</tbody>|\Z)", re.DOTALL)
_INNER = re.compile(r"<(\w+)\s+([^<>]*data-id=[^<>]*)>(.*?)</\1>", re.DOTALL)
_ATTRIBUTE = re.compile(r"([\w-]+)=(?:\"([^\"]*)\"|'([^']*)')")


@dataclass(frozen=True, slots=True)
class Cell:
    column: int
    css: str
    value: str


@dataclass(frozen=True, slots=True)
class GridRow:
    key: str
    position: int | None
    cells: tuple[Cell, ...]


@dataclass(frozen=True, slots=True)
class Grid:
    """`columns` maps the n-th column (from 1) to what it holds; `rows` in the order of the table.

    `dropped` counts rows beyond the bound or without a usable id.
    """

    columns: dict[int, str]
    teams: bool
    rows: tuple[GridRow, ...]
    dropped: int


def parse_grid(html: str) -> Grid:
    columns: dict[int, str] = {}
    teams = True
    rows: list[GridRow] = []
    dropped = 0
    for match in _ROW.finditer(html):
        if len(rows) >= MAX_ROWS:
            dropped = html.count("<tr") - len(rows) - 1
            break
        attributes = _attributes(match[1])
        body = match[2][:MAX_ROW_TEXT]
        key = attributes.get("data-id", "")
        if key == "r0":
            columns, teams = _header(body)
        elif not _is_row_id(key):
            dropped += 1
        else:
            position = attributes.get("data-pos", "")
            rows.append(GridRow(key, _small_int(position), tuple(_cells(body))))
    return Grid(columns, teams, tuple(rows), dropped)


def _header(html: str) -> tuple[dict[int, str], bool]:
    types: dict[int, tuple[str, str]] = {}
    for number, tag, body in _split(html):
        types[number] = (_attributes(tag).get("data-type", ""), body)
    columns = {
        number: _ALIASES.get(data_type, data_type)
        for number, (data_type, _) in types.items()
        if data_type in TYPES
    }
    taken = set(columns.values())
    for number, (data_type, label) in types.items():
        kind = column_kind(data_type, label)
        if kind is not None and kind not in taken:  # a label never overrules a data-type
            columns[number] = kind
            taken.add(kind)
    label = next((types[n][1] for n, kind in columns.items() if kind == "dr"), "")
    return columns, names_teams(label)


def _cells(html: str) -> Iterator[Cell]:
    for number, tag, body in _split(html):
        attributes = _attributes(tag)
        if "data-id" not in attributes:  # rank and number carry id and class on an inner element
            inner = _INNER.search(body[:MAX_INNER])
            if inner is None:
                continue
            attributes, body = _attributes(inner[2]), inner[3]
        yield Cell(number, attributes.get("class", "").strip(), body)


def _split(html: str) -> Iterator[tuple[int, str, str]]:
    """The cells of a row: number, what stands in its tag, what stands in it."""
    cells = (piece.partition("<td") for piece in html.split("</td>")[:-1])
    opened = (rest.partition(">") for _, found, rest in cells if found)
    for number, (tag, _, body) in enumerate(opened, start=1):
        if number > MAX_COLUMNS:
            return
        yield number, tag, body


def _attributes(text: str) -> dict[str, str]:
    found = _ATTRIBUTE.findall(text[:MAX_TAG])
    return {name: double or single for name, double, single in found}


def _is_row_id(key: str) -> bool:
    return key[:1] == "r" and key[1:].isascii() and key[1:].isdigit() and len(key) <= 16


def _small_int(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 5 else None

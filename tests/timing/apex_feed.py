"""A timing computer's words, written by hand: blocks, cells, and a pipeline that hears them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from timing.engine.board import make_board
from timing.engine.state import Car, RaceState
from timing.pipeline import Change, Pipeline
from timing.report import Collected

FEED = "5f0c9a52-8a0f-4d59-9d0a-0c6d8c6f4b11"
START_MS = 1_780_135_200_000  # 2026-05-30 10:00 UTC

Value = str | tuple[str, str]  # a value, or (class, value)

RACE = ("sta", "rk", "no", "dr:Team", "llp", "gap", "int", "otr", "pit")
BEST = ("sta", "rk", "no", "dr:Driver", "llp", "blp", "tlp")


class Table:
    """Column names: a data-type, ``type:Label``, or ``:Label`` for a column without a type."""

    def __init__(self, *columns: str) -> None:
        self.columns = columns

    def id(self, row: str, column: str) -> str:
        return f"{row}c{self.columns.index(column) + 1}"

    def cell(self, row: str, column: str, css: str = "", value: str = "") -> str:
        return f"{self.id(row, column)}|{css}|{value}"

    def grid(self, rows: Mapping[str, Mapping[str, Value]]) -> str:
        body = "".join(
            self._row(row, place, cells) for place, (row, cells) in enumerate(rows.items(), start=1)
        )
        return f"grid||<tbody>{self._head()}{body}</tbody>"

    def _head(self) -> str:
        cells = ""
        for number, column in enumerate(self.columns, start=1):
            kind, _, label = column.partition(":")
            cells += f'<td data-id="c{number}" data-type="{kind}" data-pr="1">{label}</td>'
        return f'<tr data-id="r0" class="head" data-pos="0">{cells}</tr>'

    def _row(self, row: str, place: int, cells: Mapping[str, Value]) -> str:
        out = ""
        for column in self.columns:
            value = cells.get(column, cells.get(column.partition(":")[0], ""))
            css, text = value if isinstance(value, tuple) else ("", value)
            ident = self.id(row, column)
            if column == "no":
                out += f'<td class="no"><div data-id="{ident}" class="{css}">{text}</div></td>'
            else:
                out += f'<td data-id="{ident}" class="{css}">{text}</td>'
        return f'<tr data-id="{row}" data-pos="{place}">{out}</tr>'


def block(
    table: Table,
    rows: Mapping[str, Mapping[str, Value]],
    *,
    kind: str = "r",
    event: str = "",
    name: str = "Final",
    light: str = "lr",
    log: str = "",
    clock: str = "text|20:00",
    extra: tuple[str, ...] = (),
) -> str:
    lines = [
        f"init|{kind}|",
        "best|hide|",
        *extra,
        "effects||Effects",
        "comments||Comments",
        f"title1||{event}",
        f"title2||{name}",
        f"dyn1|{clock}",
        f"light|{light}|",
        "track||MILL LANE (987m)",
        f"com||{log}",
        table.grid(rows),
        "msg||",
    ]
    return "\n".join(lines) + "\n"


def said(time: str, flag: str, text: str, number: str = "") -> str:
    who = f'<span class="com_no no1">{number}</span>' if number else ""
    return f'<p><b>{time}</b><span data-flag="{flag}"></span>{who}{text}</p>'


class Played:
    """A pipeline, and what it made of what it heard. Times in seconds."""

    def __init__(self, pipeline: Pipeline | None = None) -> None:
        self.pipeline = pipeline or Pipeline(feed=FEED, protocol="apex")
        self.races: dict[str, Collected] = {}

    def at(self, seconds: float, *lines: str) -> list[Change]:
        return self._take(self.pipeline.frame(self.ms(seconds), "\n".join(lines)))

    def connect(self, seconds: float) -> list[Change]:
        closed = self._take(self.pipeline.closed(self.ms(seconds)))
        return closed + self._take(self.pipeline.opened(self.ms(seconds)))

    def end(self, seconds: float) -> list[Change]:
        return self._take(self.pipeline.closed(self.ms(seconds)))

    def _take(self, changes: list[Change]) -> list[Change]:
        for change in changes:
            self.races.setdefault(change.race, Collected()).add(change)
        return changes

    @staticmethod
    def ms(seconds: float) -> int:
        return START_MS + round(seconds * 1000)

    # -- what came of it -------------------------------------------------------------------------

    @property
    def state(self) -> RaceState:
        found = self.pipeline.current
        assert found is not None
        return found

    @property
    def board(self) -> dict[str, Any]:
        return make_board(self.state)

    def car(self, row: str) -> Car:
        return self.state.cars[row]

    def facts(self, kind: type, row: str) -> list[Any]:
        return self.races[self.state.id].of(kind, row)

    def titles(self) -> list[str]:
        return [c.state.title for c in self.races.values() if c.state and c.state.was_run]

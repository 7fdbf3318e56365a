"""Which rows of a board a reader wants to see. `static/js/live/filter.js` decides the same while
the page lives; both run the cases of `tests/vectors/filter.json`.
"""

from __future__ import annotations

from collections.abc import Container, Mapping
from dataclasses import dataclass, replace

from displays.present import Strings

MOST_TEXT = 60


@dataclass(frozen=True, slots=True)
class Filter:
    """As in the address: `?show=watched&class=no1&q=7&ours=0`. Ours stay unless `ours=0`."""

    watched: bool = False
    group: str = ""
    text: str = ""
    ours: bool = True

    @property
    def active(self) -> bool:
        return self.watched or bool(self.group) or bool(self.text.strip())

    def within(self, groups: Container[str]) -> Filter:
        """A class that this race does not have asks for nothing."""
        return self if self.group in groups else replace(self, group="")

    def keeps(self, row: Strings) -> bool:
        """`row` as presented, with the `kind` it is watched as."""
        if row["kind"] == "ours" and self.ours:
            return True
        if self.watched and not row["kind"]:
            return False
        if self.group and row["class"] != self.group:
            return False
        text = _squashed(self.text)
        return not text or _named(row, text)


def _named(row: Strings, text: str) -> bool:
    """A number is looked for whole or from its beginning; a name anywhere."""
    if row["number"].lower().startswith(text):
        return True
    return any(text in _squashed(row[name]) for name in ("competitor", "driver"))


def _squashed(text: str) -> str:
    return " ".join(text.split()).lower()


def filter_of(query: Mapping[str, str]) -> Filter:
    """From the query of the page's address."""
    return Filter(
        watched=query.get("show") == "watched",
        group=query.get("class", "")[:MOST_TEXT],
        text=query.get("q", "")[:MOST_TEXT],
        ours=query.get("ours") != "0",
    )

"""What changed between two boards, and how to apply it.

Law: ``patch(old, diff(old, new)) == new`` for any two boards of the shape in ``board.py``. Boards
are immutable values: neither function changes its arguments, and a row that did not change is the
same object in both, which is what makes `diff` quick (identity is compared first).
"""

from __future__ import annotations

from typing import Any

Board = dict[str, Any]
Diff = dict[str, Any]

WHOLE = ("race", "classes", "order", "messages")  # replaced as one value when they differ


def diff(old: Board, new: Board) -> Diff:
    """The changes that lead from `old` to `new`; empty when there are none."""
    out: Diff = {key: new[key] for key in WHOLE if not _same(old[key], new[key])}
    session = _changed(old["session"], new["session"])
    if session:
        out["session"] = session
    rows, gone = _rows(old["rows"], new["rows"])
    if rows:
        out["rows"] = rows
    if gone:
        out["gone"] = gone
    return out


def patch(old: Board, change: Diff) -> Board:
    """The board that `old` becomes by `change`."""
    new = dict(old)
    for key in WHOLE:
        if key in change:
            new[key] = change[key]
    if "session" in change:
        new["session"] = {**old["session"], **change["session"]}
    if "rows" in change or "gone" in change:
        gone = set(change.get("gone", ()))
        rows = {key: row for key, row in old["rows"].items() if key not in gone}
        for key, fields in change.get("rows", {}).items():
            rows[key] = {**rows[key], **fields} if key in rows else fields
        new["rows"] = rows
    return new


def _same(old: object, new: object) -> bool:
    return old is new or old == new


def _changed(old: dict[str, Any], new: dict[str, Any]) -> dict[str, Any]:
    if old is new:
        return {}
    return {key: value for key, value in new.items() if key not in old or old[key] != value}


def _rows(old: dict[str, Any], new: dict[str, Any]) -> tuple[dict[str, Any], list[str]]:
    rows: dict[str, Any] = {}
    for key, row in new.items():
        before = old.get(key)
        if before is row:
            continue
        fields = row if before is None else _changed(before, row)
        if fields:
            rows[key] = fields
    return rows, [key for key in old if key not in new]

"""The patch law as cases: two boards, and the difference that the engine finds between them.

`patch.json` is made of these by `python -m tests.vectors`; a test says when it is not current. The
browser's patch.js and the client of docs/python-client.md run the same file.
"""

from __future__ import annotations

import copy
import itertools
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from timing.engine.diff import diff

PATH = Path(__file__).with_name("patch.json")
Board = dict[str, Any]

# Names that a JavaScript object has, or does something with, before anybody puts a value there.
HOSTILE = ("__proto__", "constructor", "prototype", "hasOwnProperty", "toString", "", "0", "ключ")


def row(key: str, pos: int, **fields: Any) -> dict[str, Any]:
    return {
        "key": key,
        "pos": pos,
        "number": "7",
        "laps": 3,
        "last_ms": 58_914,
        "gap": None if pos == 1 else [1, None],
        "sectors": [[20_100, "pb"], [None, ""]],
        "state": "run",
        "penalty": "",
    } | fields


def board(*keys: str) -> Board:
    order = list(keys or ("r1", "r2"))
    return {
        "race": "a",
        "session": {
            "event": "Coupe",
            "name": "Manche 1",
            "kind": "race",
            "flag": "green",
            "best_ms": 58_914,
            "best_key": "r1",
            "banner": None,
            "clock": {"mode": "countdown", "ms": 600_000, "at": 1_000, "text": ""},
        },
        "classes": {"no1": {"colour": "#FFFFFF", "ink": "#000000"}},
        "order": order,
        "rows": {key: row(key, pos) for pos, key in enumerate(order, 1)},
        "messages": [],
    }


def changed(change: Callable[[Board], object], *keys: str) -> tuple[Board, Board]:
    old = board(*keys)
    new = copy.deepcopy(old)
    change(new)
    return old, new


def _row(key: str, **fields: Any) -> Callable[[Board], None]:
    return lambda new: new["rows"][key].update(fields)


def _session(**fields: Any) -> Callable[[Board], None]:
    return lambda new: new["session"].update(fields)


def _order(*keys: str) -> Callable[[Board], None]:
    return lambda new: new.update(order=list(keys))


def _come(key: str) -> Callable[[Board], None]:
    def come(new: Board) -> None:
        new["order"].append(key)
        new["rows"][key] = row(key, len(new["order"]))

    return come


def _go(*keys: str) -> Callable[[Board], None]:
    def go(new: Board) -> None:
        for key in keys:
            new["order"].remove(key)
            del new["rows"][key]

    return go


def _both(*changes: Callable[[Board], object]) -> Callable[[Board], None]:
    def every(new: Board) -> None:
        for change in changes:
            change(new)

    return every


def _hostile_row(new: Board) -> None:
    new["rows"]["r1"].update({"__proto__": {"pos": 9}, "constructor": "x", "number": "__proto__"})


def _hostile_session(new: Board) -> None:
    new["session"].update({"__proto__": {"flag": "red"}, "toString": None})


def _hostile_classes(new: Board) -> None:
    new["classes"] = {name: {"colour": "#000000", "ink": ""} for name in HOSTILE}


def pairs() -> Iterator[tuple[str, tuple[Board, Board]]]:
    yield "nothing", changed(lambda new: None)
    yield "a field of a row", changed(_row("r1", laps=4))
    yield "a field set to null", changed(_row("r1", last_ms=None, gap=None))
    yield "null becomes a value", changed(_row("r1", gap=[0, 12]))
    values = _both(_row("r1", laps=0, number="", stopped=False), _session(best_ms=0, event=""))
    yield "a field set to zero, empty and false", changed(values)
    yield "a field that was absent comes as null", changed(_row("r2", driver=None))
    yield "lists are values: a sector", changed(_row("r1", sectors=[[20_100, "pb"], [19_000, ""]]))
    passed = _both(_order("r2", "r1"), _row("r1", pos=2, gap=[0, 5]), _row("r2", pos=1, gap=None))
    yield "a pass", changed(passed)
    yield "only the order", changed(_order("r2", "r1"))
    yield "the order turned round", changed(_order("r5", "r4", "r3", "r2", "r1"), *_keys(5))
    yield "the order holds a key without a row", changed(_order("r1", "r2", "r9"))
    yield "the order leaves a row out", changed(_order("r2"))
    yield "a new row is whole", changed(_come("r3"))
    yield "a row is gone", changed(_go("r1"))
    yield "all rows are gone", changed(_go("r1", "r2"))
    yield "one goes, another comes", changed(_both(_go("r2"), _come("r3")))
    yield "the session, field by field", changed(_session(flag="red", banner={"kind": "x"}))
    clock = {"mode": "count", "ms": 5, "at": None, "text": ""}
    yield "the session: a clock is one value", changed(_session(clock=clock, banner=None))
    yield "classes are replaced whole", changed(lambda new: new.update(classes={}))
    message = {"id": "m1", "at": None, "kind": "penalty", "number": "7", "text": "5 s"}
    yield "messages are replaced whole", changed(lambda new: new.update(messages=[message]))
    markup = "<img src=x onerror=alert(1)>\u2028\u0000\ud83c\udfc1"
    yield "markup is only text", changed(_row("r1", number=markup, penalty=markup))
    other = board("k1") | {"race": "b"}
    yield "another race", (board(), other)
    yield "another race with the same keys", (board(), board() | {"race": "b"})
    yield from hostile()


def hostile() -> Iterator[tuple[str, tuple[Board, Board]]]:
    for key in HOSTILE:
        yield f"the key {key!r} comes", changed(_come(key))
        yield f"the key {key!r} changes", changed(_row(key, laps=9), "r1", key)
        yield f"the key {key!r} goes", changed(_go(key), "r1", key)
    yield "fields of a row that every object has", changed(_hostile_row)
    yield "fields of the session that every object has", changed(_hostile_session)
    yield "classes that every object has", changed(_hostile_classes)


def _keys(count: int) -> list[str]:
    return [f"r{place}" for place in range(1, count + 1)]


def journey() -> list[Board]:
    """Boards of one race, one after the other: a row goes and comes again, which is a new row."""
    boards = [board("r1", "r2", "r3")]
    steps = [_go("r2"), _order("r3", "r1"), _come("r2"), _row("r2", laps=4), _go("r1"), _come("r1")]
    for step in steps:
        boards.append(copy.deepcopy(boards[-1]))
        step(boards[-1])
    return boards


def made() -> dict[str, Any]:
    boards = journey()
    steps = itertools.pairwise(boards)
    return {
        "cases": [
            {"name": name, "old": old, "diff": diff(old, new), "new": new}
            for name, (old, new) in pairs()
        ],
        "journey": {
            "first": boards[0],
            "diffs": [diff(old, new) for old, new in steps],
            "boards": boards[1:],
        },
    }


def text() -> str:
    """A case a line, so that a change of the law shows as what it is."""
    every = made()
    cases = ",\n".join(json.dumps(each, ensure_ascii=True) for each in every["cases"])
    return f'{{"cases": [\n{cases}\n],\n"journey": {json.dumps(every["journey"])}}}\n'

"""A board of the wire -> the strings that the page's first sight shows.

`static/js/live/fields.js` makes the same strings afterwards; both run the cases of
`tests/vectors/rows.json`. Pure: no query, no request; `now` in ms.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from displays import formats
from displays.words import Words, live_words

Board = Mapping[str, Any]
Row = Mapping[str, Any]
Strings = dict[str, str]

QUIET_STATES = ("run", "")
# A class key that may stand inside a style rule: a feed names its classes.
RULE_KEY = re.compile(r"[A-Za-z0-9_-]{1,40}")


@dataclass(frozen=True, slots=True)
class Presented:
    """What the templates read. `rows` in order; `classes`: key, letter, colour, ink, name."""

    session: Mapping[str, Any]
    rows: list[Strings] = field(default_factory=list)
    classes: list[Strings] = field(default_factory=list)
    messages: list[Strings] = field(default_factory=list)
    best: Strings = field(default_factory=dict)
    clock: tuple[str, str] = ("clock", "")
    letters: Mapping[str, str] = field(default_factory=dict)


def present(board: Board, *, now: int) -> Presented:
    words = live_words()
    session, rows = board["session"], board["rows"]
    letters = class_letters(board["classes"], rows.values())
    ended = bool(session["ended"])
    return Presented(
        session=session,
        rows=[
            {
                "key": key,
                **row_fields(rows[key], letters, words),
                **running_fields(rows[key], ended=ended, now=now),
            }
            for key in board["order"]
            if key in rows
        ],
        classes=class_list(board["classes"], letters, rows.values()),
        messages=[message_fields(each, rows.values(), letters) for each in board["messages"]],
        best=_best(session, rows, letters),
        clock=race_clock(session["clock"], now=now),
        letters=letters,
    )


def row_fields(row: Row, letters: Mapping[str, str], words: Words) -> Strings:
    gap_laps, gap_time = formats.gap(row["gap"], laps_letter=words["lap_letter"])
    int_laps, int_time = formats.gap(row["interval"], laps_letter=words["lap_letter"])
    leads = row["pos"] == 1 and not row["gap"]
    moved = row["moved"] or 0
    state = row["state"] or ""
    return {
        "state": state,
        "pos": "" if row["pos"] is None else str(row["pos"]),
        "way": "up" if moved > 0 else "down" if moved < 0 else "",
        "moved": str(abs(moved)) if moved else "",
        "moved_said": words["gained"] if moved > 0 else words["lost"] if moved < 0 else "",
        "number": row["number"],
        "long": "1" if len(row["number"]) > 3 else "",
        "class": row["class"],
        "letter": letters.get(row["class"], ""),
        "class_said": row["category"] or "",
        "competitor": row["competitor"] or row["driver"] or row["number"],
        "nation": row["nation"],
        "driver": "" if row["driver"] == row["competitor"] else row["driver"],
        "penalty": row["penalty"],
        "penalised": "penalty" if row["penalty"] else "hidden",
        "laps": str(row["laps"]),
        "last": formats.lap(row["last_ms"]),
        "last_mark": row["last_mark"],
        "last_said": words["marks"].get(row["last_mark"], ""),
        "delta": formats.delta(row["last_ms"], row["best_ms"]),
        "best": formats.lap(row["best_ms"]),
        "best_mark": row["best_mark"],
        "best_said": words["marks"].get(row["best_mark"], ""),
        **_sector_fields(row["sectors"] or [], words),
        "gap_laps": gap_laps,
        "gap": words["leader"] if leads else gap_time,
        "gap_word": "1" if leads else "",
        "int_laps": int_laps,
        "int": int_time,
        "int_short": " ".join(part for part in (int_laps, int_time) if part),
        "stint_no": words["stint"].replace("%s", str(row["stint"])) if row["stint"] else "",
        "stops": str(row["stops"]),
        "chip": "" if state in QUIET_STATES else words["states"].get(state, state),
    }


def _sector_fields(sectors: list[Any], words: Words) -> Strings:
    fields: Strings = {}
    for at in range(3):
        ms, mark = sectors[at] if at < len(sectors) else (None, "")
        fields[f"s{at + 1}"] = formats.lap(ms)
        fields[f"s{at + 1}_mark"] = mark
        fields[f"s{at + 1}_said"] = words["marks"].get(mark, "")
    return fields


def running_fields(row: Row, *, ended: bool, now: int) -> Strings:
    """What runs by itself, once a second in the browser."""
    if row["pit_at"] is not None:
        running = "" if ended else formats.stint(now - row["pit_at"])
        return {"stint": "—", "chip_time": running[1:] if running[:1] == "0" else running}
    still = ended or row["stint_at"] is None or row["state"] == "finished"
    return {"stint": "" if still else formats.stint(now - row["stint_at"]), "chip_time": ""}


def class_letters(classes: Mapping[str, Any], rows: Iterable[Row]) -> Strings:
    """The first letter of a category where no other class has it, else A, B, C."""
    names = _categories(rows)
    keys = sorted(classes)
    first = [names.get(key, "").strip()[:1].upper() for key in keys]
    own = all(first) and len(set(first)) == len(keys)
    return {key: first[at] if own else chr(65 + at % 26) for at, key in enumerate(keys)}


def class_list(
    classes: Mapping[str, Any], letters: Mapping[str, str], rows: Iterable[Row]
) -> list[Strings]:
    names = _categories(rows)
    found = []
    for key in sorted(classes):
        colour = formats.colour(classes[key].get("colour"))
        found.append(
            {
                "key": key,
                "rule_key": key if RULE_KEY.fullmatch(key) else "",
                "letter": letters[key],
                "colour": colour,
                "ink": formats.ink_on(colour),
                "name": names.get(key, ""),
            }
        )
    return found


def _categories(rows: Iterable[Row]) -> Strings:
    names: Strings = {}
    for row in rows:
        if row["category"] and row["class"]:
            names.setdefault(row["class"], row["category"])
    return names


def message_fields(message: Row, rows: Iterable[Row], letters: Mapping[str, str]) -> Strings:
    number = message.get("number") or ""
    key = next((row["class"] for row in rows if row["number"] == number), "") if number else ""
    return {
        "time": message.get("time") or "",
        "sign": sign_of(message.get("kind") or ""),
        "number": number,
        "class": key,
        "letter": letters.get(key, ""),
        "text": message.get("text") or "",
        "withdrawn": "1" if message.get("withdrawn") else "",
    }


# Kinds of race-control lines that have a sign of their own; every other one is text.
SIGNS = frozenset("penalty warning green yellow red chequered pit best".split())


def sign_of(kind: str) -> str:
    return kind if kind in SIGNS else "text"


def race_clock(clock: Mapping[str, Any], *, now: int) -> tuple[str, str]:
    """(caption key, text) of the race clock at `now`."""
    ms, at = clock["ms"], clock["at"]
    passed = 0 if at is None else now - at
    if clock["mode"] == "countdown" and ms is not None:
        return "remaining", formats.clock(ms - passed)
    if clock["mode"] == "count" and ms is not None:
        return "elapsed", formats.clock(ms + passed)
    return "clock", clock["text"] if clock["mode"] == "text" else ""


def _best(
    session: Mapping[str, Any], rows: Mapping[str, Row], letters: Mapping[str, str]
) -> Strings:
    row = rows.get(session["best_key"])
    return {
        "time": formats.lap(session["best_ms"]),
        "number": row["number"] if row else "",
        "class": row["class"] if row else "",
        "letter": letters.get(row["class"], "") if row else "",
    }

"""What a team's overlay says -> the strings of its cards, its wall and its phone.

`static/js/live/overlay.js` makes the same strings afterwards; both run the cases of
`tests/vectors/overlay.json`. Pure: no query, no request; `now` in ms.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from displays import formats
from displays.present import Board, Row, Strings, row_fields, running_fields
from displays.spark import spark
from displays.words import Words

Overlay = Mapping[str, Any]
Card = Mapping[str, Any]
Gap = list[int | None] | None

AVERAGE_OF, AVERAGE_FROM = 5, 3
STEADY_MS = 10  # a lap: below it nobody closes
LIMIT_AT, LATE_FROM = 86, 0.9  # where the bar has its limit, in percent; from when it warns


def cards(overlay: Overlay | None, board: Board) -> list[Card]:
    """Our kart first, then the watched ones in their order; only those of this board."""
    if overlay is None:
        return []
    own = overlay["own"]
    ours = [each | {"kind": "ours", "own": True} for each in overlay["ours"] if each["key"] == own]
    found = [*ours, *(each for each in overlay["watched"] if each["key"] != own)]
    return [each for each in found if each["key"] in board["rows"]]


def kinds(overlay: Overlay | None) -> dict[str, str]:
    """ "ours" or "rival" by the key of the row."""
    if overlay is None:
        return {}
    rivals = {each["key"]: str(each["kind"]) for each in overlay["watched"]}
    return rivals | {each["key"]: "ours" for each in overlay["ours"]}


def card_fields(
    card: Card,
    overlay: Overlay,
    board: Board,
    letters: Mapping[str, str],
    recent: Sequence[int],
    words: Words,
) -> Strings:
    row = board["rows"][card["key"]]
    said = words["watch"]
    place = "" if row["pos"] is None else said["place"].replace("%s", str(row["pos"]))
    fields = row_fields(row, letters, words) | {
        "key": card["key"],
        "kind": card["kind"],
        "own": "1" if card.get("own") else "",
        "place": place,
        "note": card["note"],
        "pace": "",
        "catch": "",
    }
    if card.get("own"):
        return fields | _own_fields(row, recent, words)
    if overlay["own"] is None:
        big_laps, big = formats.gap(row["gap"], laps_letter=words["lap_letter"])
        head = {"way": "", "cap": said["leader"], "big_laps": big_laps, "big": big or "–"}
        return fields | head | spark([])
    return fields | _gap_fields(card, words)


def _own_fields(row: Row, recent: Sequence[int], words: Words) -> Strings:
    average = average_of(recent)
    last = row["last_ms"]
    apart = "" if average is None or last is None else formats.signed(last - average)
    return {
        "way": "",
        "cap": words["watch"]["last_lap"],
        "big_laps": "",
        "big": formats.lap(last) or "–",
        "pace": words["watch"]["average"].replace("%s", apart) if apart else "",
        **spark(recent[-10:]),
    }


def _gap_fields(card: Card, words: Words) -> Strings:
    ahead, said = card["ahead"], words["watch"]
    big_laps, big = formats.gap(card["gap"], laps_letter=words["lap_letter"])
    side = "ahead" if ahead else "behind" if ahead is not None else "level"
    if card["gap"] is None and ahead is None:
        side = "unknown"
    # Drawn as the distance to where it is now, so that a line that falls is a gap that closes.
    sign = -1 if ahead else 1
    trend = [None if each is None else sign * each for each in card["trend"]]
    return {
        "way": "" if ahead is None else "up" if ahead else "down",
        "cap": said[side],
        "big_laps": big_laps,
        "big": big or "–",
        "pace": pace_words(card, words),
        "catch": catch_words(card, words),
        **spark(trend),
    }


def card_running(card: Card, row: Row, words: Words, *, ended: bool, now: int) -> Strings:
    """The clocks of a card, once a second: its stop, and the stint of our own kart."""
    fields = running_fields(row, ended=ended, now=now)
    running = card.get("own") and row["pit_at"] is None and fields["stint"]
    said = words["watch"]["stint"].replace("%s", fields["stint"]) if running else ""
    return {"chip_time": fields["chip_time"], "stint_said": said}


def pace_words(card: Card, words: Words) -> str:
    """we close 0.31 s/lap · they close … · gap grows … · gap holds"""
    closing, said = card["closing_ms"], words["watch"]
    if closing is None:
        return ""
    if abs(closing) < STEADY_MS:
        return said["holds"]
    who = "grows" if closing < 0 else "they" if card["chaser"] == "they" else "we"
    return said[who].replace("%s", formats.hundredths(abs(closing)))


def catch_words(card: Card, words: Words) -> str:
    laps = card["catch_laps"]
    if laps is None:
        return ""
    said = words["watch"]
    return said["catch_one"] if laps == 1 else said["catch"].replace("%s", str(laps))


def average_of(recent: Sequence[int]) -> int | None:
    """Of the last five clean laps; of fewer than three it would say little."""
    laps = recent[-AVERAGE_OF:]
    return sum(laps) // len(laps) if len(laps) >= AVERAGE_FROM else None


# -- our kart, and who is around it


def seen_from(overlay: Overlay, asked: str) -> Overlay:
    """As from the one of our karts that a viewer asked for: the mark that finds it and the row of
    the race, `12-r4`. The mark alone is good in the next race; without either it is the first.

    Rates are known from the first one only: from another, gaps are those of the board.
    """
    own = _asked_for(overlay["ours"], asked)
    if own is None or own == overlay["own"]:
        return overlay
    unknown = {"gap": None, "ahead": None, "closing_ms": None, "catch_laps": None, "chaser": None}
    watched = [each | unknown | {"trend": []} for each in overlay["watched"] if each["key"] != own]
    return {**overlay, "own": own, "watched": watched}


def _asked_for(ours: Sequence[Card], asked: str) -> str | None:
    of_mark = [each["key"] for each in ours if str(each["monitor"]) == asked.partition("-")[0]]
    exact = asked.partition("-")[2]
    return exact if exact in of_mark else of_mark[0] if of_mark else None


def our_karts(
    overlay: Overlay | None, board: Board, letters: Mapping[str, str], words: Words
) -> list[Strings]:
    """Those in this race, to choose from: none where there is no choice. `asked` goes into the
    address."""
    if overlay is None:
        return []
    ours = [each for each in overlay["ours"] if each["key"] in board["rows"]]
    return [_one_of_ours(each, overlay, board, letters, words) for each in ours if len(ours) > 1]


def _one_of_ours(
    card: Card, overlay: Overlay, board: Board, letters: Mapping[str, str], words: Words
) -> Strings:
    row = board["rows"][card["key"]]
    fields = row_fields(row, letters, words)
    shown = ("number", "class", "letter", "long", "class_said", "competitor")
    return {name: fields[name] for name in shown} | {
        "key": card["key"],
        "asked": f"{card['monitor']}-{card['key']}",
        "place": words["watch"]["place"].replace("%s", str(row["pos"])) if row["pos"] else "–",
        "chosen": "true" if card["key"] == overlay["own"] else "",
    }


def us_fields(
    overlay: Overlay | None,
    board: Board,
    letters: Mapping[str, str],
    recent: Sequence[int],
    words: Words,
    *,
    short: bool,
) -> Strings:
    """`short`: gaps in tenths, for the wall. Empty values where we are not in the race."""
    own = overlay["own"] if overlay else None
    if overlay is None or own not in board["rows"]:
        return {}
    row = board["rows"][own]
    mine = next(each for each in overlay["ours"] if each["key"] == own)
    limit = mine["stint_limit_ms"]
    return {
        **row_fields(row, letters, words),
        **_own_fields(row, recent, words),
        "place": words["watch"]["place"].replace("%s", str(row["pos"])) if row["pos"] else "–",
        "note": mine["note"],
        "plan": overlay["plan"],
        "limit": words["watch"]["limit"].replace("%s", formats.stint(limit)) if limit else "",
        **_neighbour("ahead", -1, overlay, board, letters, words, short=short),
        **_neighbour("behind", 1, overlay, board, letters, words, short=short),
    }


def _neighbour(
    name: str,
    step: int,
    overlay: Overlay,
    board: Board,
    letters: Mapping[str, str],
    words: Words,
    *,
    short: bool,
) -> Strings:
    at = board["order"].index(overlay["own"]) + step
    key = board["order"][at] if 0 <= at < len(board["order"]) else None
    row = board["rows"].get(key)
    names = ("number", "class", "letter", "long", "state", "chip")
    if row is None:
        empty = dict.fromkeys((*names, "gap", "gap_laps", "pace"), "") | {"here": "", "key": ""}
        return {f"{name}_{field}": text for field, text in empty.items()}
    fields = row_fields(row, letters, words)
    card = _card_of(overlay, row["key"])
    laps, time = _gap_text(_gap_to(overlay, board, row["key"])[1], words, short=short)
    found = {each: fields[each] for each in names} | {
        "here": "1",
        "key": row["key"],
        "gap_laps": laps,
        "gap": time or "–",
        "pace": pace_words(card, words) if card else "",
    }
    return {f"{name}_{field}": text for field, text in found.items()}


def us_running(overlay: Overlay | None, board: Board, words: Words, *, now: int) -> Strings:
    """The clocks of our kart and of its neighbours, once a second."""
    own = overlay["own"] if overlay else None
    if overlay is None or own not in board["rows"]:
        return {}
    ended = bool(board["session"]["ended"])
    mine = next(each for each in overlay["ours"] if each["key"] == own)
    fields = running_fields(board["rows"][own], ended=ended, now=now)
    fields |= _bar(board["rows"][own], mine["stint_limit_ms"], words, ended=ended, now=now)
    at = board["order"].index(own)
    for name, step in (("ahead", -1), ("behind", 1)):
        inside = 0 <= at + step < len(board["order"])
        row = board["rows"].get(board["order"][at + step]) if inside else None
        clock = running_fields(row, ended=ended, now=now)["chip_time"] if row else ""
        fields[f"{name}_chip_time"] = clock
    return fields


def _bar(row: Row, limit: int | None, words: Words, *, ended: bool, now: int) -> Strings:
    """How full the stint is: `fill` in percent of the bar, whose limit is at `LIMIT_AT`."""
    if not limit or ended or row["stint_at"] is None:
        return {"fill": "0", "zone": "", "left": ""}
    done = max(0, now - row["stint_at"])
    over = done - limit
    word = words["watch"]["over" if over > 0 else "left"]
    return {
        "fill": _percent(done, limit),
        "zone": "over" if over > 0 else "late" if done >= limit * LATE_FROM else "open",
        "left": word.replace("%s", formats.stint(abs(over))),
    }


def _percent(done: int, limit: int) -> str:
    tenth = min(1000, done * LIMIT_AT * 10 // limit)
    return f"{tenth // 10}.{tenth % 10}"


def around(board: Board, own: str | None, rows: int) -> list[str]:
    """The keys of as many rows around ours, or of the first ones; of all of them with 0."""
    order = [key for key in board["order"] if key in board["rows"]]
    if not rows or len(order) <= rows:
        return order
    at = order.index(own) if own in order else 0
    first = min(max(0, at - rows // 2), len(order) - rows)
    return order[first : first + rows]


def near_fields(
    key: str,
    overlay: Overlay | None,
    board: Board,
    letters: Mapping[str, str],
    words: Words,
    *,
    short: bool,
) -> Strings:
    """A row of the list around us: as on the board, with its gap to us, signed."""
    fields = row_fields(board["rows"][key], letters, words)
    fields |= {"kind": kinds(overlay).get(key, ""), "to_us": "", "to_us_laps": ""}
    own = overlay["own"] if overlay else None
    if overlay is None or own not in board["rows"]:
        laps, time = _gap_text(board["rows"][key]["gap"], words, short=short)
        return fields | {"to_us": time, "to_us_laps": laps}
    if key == own:
        return fields
    ahead, apart = _gap_to(overlay, board, key)
    laps, time = _gap_text(apart, words, short=short)
    sign = "" if not time or ahead is None else "−" if ahead else "+"
    return fields | {"to_us": sign + time, "to_us_laps": laps}


def _gap_text(value: Gap, words: Words, *, short: bool) -> tuple[str, str]:
    laps, time = formats.gap(value, laps_letter=words["lap_letter"])
    exact = value is not None and value[1] is not None
    return laps, formats.tenths(value[1]) if short and exact and value else time


def _card_of(overlay: Overlay, key: str) -> Card | None:
    return next((each for each in overlay["watched"] if each["key"] == key), None)


def _gap_to(overlay: Overlay, board: Board, key: str) -> tuple[bool | None, Gap]:
    """As the overlay says where the entry is watched, else by what the board says."""
    card = _card_of(overlay, key)
    if card is not None and card["gap"] is not None:
        return card["ahead"], card["gap"]
    return between(board, overlay["own"], key)


def between(board: Board, own: str, key: str) -> tuple[bool | None, Gap]:
    """(is `key` ahead, its distance to `own`): the intervals of the rows between them, added up."""
    order = board["order"]
    if own == key or own not in order or key not in order:
        return None, None
    mine, theirs = order.index(own), order.index(key)
    ahead = theirs < mine
    first, last = sorted((mine, theirs))
    rows = [board["rows"][each] for each in order[first + 1 : last + 1] if each in board["rows"]]
    steps = [row["interval"] for row in rows]
    if any(step is None for step in steps):
        laps = abs(board["rows"][own]["laps"] - board["rows"][key]["laps"])
        return ahead, [laps, None] if laps else None
    known = [step[1] for step in steps if step[1] is not None]
    return ahead, [sum(step[0] for step in steps), sum(known) if len(known) == len(steps) else None]

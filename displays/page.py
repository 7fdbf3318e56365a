"""What the board template needs, whoever is looking: a team on a feed or a race, or the public."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Any, Literal
from urllib.parse import quote

from displays import formats
from displays.filters import Filter
from displays.overlay import (
    around,
    card_fields,
    card_running,
    cards,
    kinds,
    near_fields,
    our_karts,
    us_fields,
    us_running,
)
from displays.present import Board, Presented, present, running_fields
from displays.watching import Watching
from displays.words import Words, live_words

Follows = Literal["feed", "race", "display"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """A board and how far it is: of the hub (epoch and seq known) or built from the database."""

    board: Board | None
    epoch: int | None = None
    seq: int | None = None
    at: int | None = None
    feed_state: str = ""


def now_ms() -> int:
    return time.time_ns() // 1_000_000


def board_page(
    *,
    seen: Seen,
    follows: Follows,
    channels: list[str],
    race: str,
    title: str,
    socket: str = "/ws/",
    home_url: str = "",
    home_label: str = "",
    race_href: str = "",
    waiting_for: str = "",
    watching: Watching | None = None,
    chosen: Filter | None = None,
    then: int | None = None,
    keep: dict[str, str] | None = None,
) -> dict[str, Any]:
    """`race_href` is a pattern with RACE in it; empty on public boards, which lead nowhere.

    `watching` is a team's own: None on public boards, which then say nothing of it. `then`: the
    instant that is shown, where it is not this one. `keep` is under what the browser keeps the
    board (static/js/kept/boards.js); without it, it does not.
    """
    now = now_ms() if then is None else then
    words = live_words()
    entry_href = f"{race_href}karts/KEY/" if race_href else ""
    shown = present(seen.board, now=now) if seen.board else None
    if shown:
        for row in shown.rows:
            row["quoted_key"] = quote(row["key"], safe="")
            row["href"] = entry_href.replace("RACE", race).replace("KEY", row["quoted_key"])
    live = {
        "board": seen.board,
        "race": race or None,
        "epoch": seen.epoch,
        "seq": seen.seq,
        "at": seen.at,
        "now": now_ms(),
        "feed_state": seen.feed_state,
        "follows": follows,
        "channels": channels,
        "socket": socket,
        "keep": keep,
        "race_href": race_href,
        "entry_href": entry_href,
        "words": {name: said for name, said in words.items() if watching or name != "watch"},
    }
    private: dict[str, Any] = {}
    if watching is not None:
        live["overlay"] = overlay_json(watching)
        private = _watch(watching, seen.board, shown, words, chosen or Filter(), now)
    return {
        "board": shown,
        "live": live,
        "now": now,
        **private,
        "blank": {"state": "", "sign": "text", "penalised": "hidden"},
        "blank_href": "#" if entry_href else "",
        "race_url": race_href.replace("RACE", race) if race else "",
        "home_url": home_url,
        "home_label": home_label,
        "waiting_for": waiting_for,
        "stale": "down" if seen.feed_state == "down" and shown is None else "",
        "age": formats.age(None if seen.at is None else now - seen.at) or "–",
        "title": title,
        **_strip(shown, words, title),
    }


def overlay_json(watching: Watching) -> dict[str, Any]:
    """What the page's script begins with; `channel` has RACE where the race's id stands."""
    return {
        "channel": watching.topic,
        "overlay": watching.overlay,
        "epoch": watching.cursor.epoch if watching.cursor else None,
        "seq": watching.cursor.seq if watching.cursor else None,
        "recent": watching.recent,
        "marked": watching.marked,
        "asked": watching.asked,
    }


def _watch(
    watching: Watching,
    board: Board | None,
    shown: Presented | None,
    words: Words,
    chosen: Filter,
    now: int,
) -> dict[str, Any]:
    """The strip of watched karts, and what the table says of them: who is ours, what is shown."""
    found: dict[str, Any] = {
        "watching": watching,
        "cards": [],
        "filter": chosen,
        "shown_rows": 0,
        "own_place": "",
        "own_number": "",
    }
    if board is None or shown is None:
        return found
    marks = kinds(watching.overlay)
    chosen = found["filter"] = chosen.within(board["classes"])
    for row in shown.rows:
        row["kind"] = marks.get(row["key"], "")
        row["kind_said"] = words["watch"].get(row["kind"], "")
        row["hidden"] = "" if chosen.keeps(row) else "1"
    found["shown_rows"] = sum(not row["hidden"] for row in shown.rows)
    if watching.overlay is not None:
        own = next((row for row in shown.rows if row["key"] == watching.overlay["own"]), None)
        found["own_place"] = words["watch"]["place"].replace("%s", own["pos"]) if own else ""
        found["own_number"] = own["number"] if own else ""
        found["cards"] = card_strings(watching, board, shown, words, now)
    return found


def card_strings(
    watching: Watching, board: Board, shown: Presented, words: Words, now: int
) -> list[dict[str, str]]:
    overlay, ended = watching.overlay, bool(board["session"]["ended"])
    assert overlay is not None
    hrefs = {row["key"]: row["href"] for row in shown.rows}
    return [
        {"href": hrefs[card["key"]]}
        | card_fields(card, overlay, board, shown.letters, watching.recent, words)
        | card_running(card, board["rows"][card["key"]], words, ended=ended, now=now)
        for card in cards(overlay, board)
    ]


def around_us(page: dict[str, Any], *, short: bool, rows: int) -> dict[str, Any]:
    """For the wall and the phone: `us` is empty where we are not in the race, `near` are the rows
    around us, `rows` of them (0: all), `mine` are our karts where there are several."""
    live, shown, watching = page["live"], page["board"], page["watching"]
    board, words = live["board"], live["words"]
    if board is None:
        return {"us": {}, "near": [], "mine": []}
    overlay, letters, now = watching.overlay, shown.letters, page["now"]
    us = us_fields(overlay, board, letters, watching.recent, words, short=short)
    own = overlay["own"] if overlay else None
    ended = bool(board["session"]["ended"])
    near = [
        near_fields(key, overlay, board, letters, words, short=short)
        | running_fields(board["rows"][key], ended=ended, now=now)
        | {"key": key}
        for key in around(board, own, rows)
    ]
    return {
        "us": us | us_running(overlay, board, words, now=now),
        "near": near,
        "mine": our_karts(overlay, board, letters, words),
    }


def _strip(shown: Presented | None, words: Words, title: str) -> dict[str, Any]:
    if shown is None:
        return {"flag": "none", "flag_word": words["flags"]["none"], "sectors": 0, "clock": "–"}
    session = shown.session
    caption, clock = shown.clock
    return {
        "flag": session["flag"],
        "flag_word": words["flags"].get(session["flag"], session["flag"]),
        "sectors": session["sectors"],
        "clock": clock or "–",
        "clock_cap": words["captions"][caption],
        "title": session["event"] or session["name"] or title,
        "subtitle": _subtitle(session, words),
        "leader_laps": session["leader_laps"] or "–",
        "entries": words["entries"].replace("%s", str(len(shown.rows))),
        "best": shown.best,
        "banner": session["banner"],
        "language": session["language"],
        "conn": "ended" if session["ended"] else "connecting",
        "conn_word": words["conn"]["ended" if session["ended"] else "connecting"],
    }


def _subtitle(session: Any, words: Words) -> str:
    length = f"{session['track_length_m']} m" if session["track_length_m"] else ""
    kind = words["kinds"].get(session["kind"], "")
    said = not session["event"] or session["name"].casefold() == kind.casefold()
    parts = [kind, "" if said else session["name"], session["track"], length]
    return " · ".join(part for part in parts if part)

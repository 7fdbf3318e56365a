"""What the board template needs, whoever is looking: a team on a feed or a race, or the public."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Any, Literal
from urllib.parse import quote

from displays import formats
from displays.present import Board, Presented, present
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
) -> dict[str, Any]:
    """`race_href` is a pattern with RACE in it; empty on public boards, which lead nowhere."""
    now = now_ms()
    words = live_words()
    entry_href = f"{race_href}karts/KEY/" if race_href else ""
    shown = present(seen.board, now=now) if seen.board else None
    if shown:
        for row in shown.rows:
            row["href"] = entry_href.replace("RACE", race).replace(
                "KEY", quote(row["key"], safe="")
            )
    live = {
        "board": seen.board,
        "race": race or None,
        "epoch": seen.epoch,
        "seq": seen.seq,
        "at": seen.at,
        "now": now,
        "feed_state": seen.feed_state,
        "follows": follows,
        "channels": channels,
        "socket": socket,
        "race_href": race_href,
        "entry_href": entry_href,
        "words": words,
    }
    return {
        "board": shown,
        "live": live,
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

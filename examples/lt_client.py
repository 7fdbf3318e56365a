"""A live board in a terminal. One file to copy; it needs Python 3.11 and `pip install websockets`.

    LT_TOKEN=lt_… python lt_client.py https://timing.example.org feed.<id>
    LT_USERNAME=ada LT_PASSWORD=… python lt_client.py https://timing.example.org race.<id>

LT_TEAM names one of several teams. Ids stand in the addresses of pages. The socket: docs/wire.md.
"""

from __future__ import annotations

import asyncio
import json
import os
import random
import sys
import time
import urllib.request

from websockets import ConnectionClosed, InvalidHandshake, connect

FIRST_WAIT_S, LONGEST_WAIT_S, HELD_S, EARLY_S = 1.0, 30.0, 10.0, 300


def patch(old: dict, change: dict) -> dict:
    """The board that `old` becomes by `change`: the law of docs/wire.md."""
    rows = {key: row for key, row in old["rows"].items() if key not in change.get("gone", ())}
    for key, fields in change.get("rows", {}).items():
        rows[key] = {**rows[key], **fields} if key in rows else fields
    session = {**old["session"], **change.get("session", {})}
    whole = {key: value for key, value in change.items() if key != "gone"}
    return {**old, **whole, "session": session, "rows": rows}


class Tokens:
    """An API token, which lasts; or a person's access token, renewed before it ends."""

    def __init__(self, base: str, token: str = "", **person: str) -> None:
        self._base, self._person, self._refresh = base, person, ""
        self._token, self.until = token, float("inf") if token else 0.0

    async def current(self) -> str:
        if time.time() > self.until - EARLY_S:
            await asyncio.to_thread(self._obtain)
        return self._token

    def _obtain(self) -> None:
        try:
            pair = self._post("/auth/token/refresh", {"refresh": self._refresh})
        except urllib.error.HTTPError:  # we have none yet, or it is too old
            pair = self._post("/auth/token", self._person)
        self._token, self._refresh = pair["access"], pair["refresh"]
        self.until = time.time() + max(pair["expires_in"], EARLY_S + 60)

    def _post(self, path: str, said: dict) -> dict:
        body, kind = json.dumps(said).encode(), {"Content-Type": "application/json"}
        request = urllib.request.Request(self._base + path, body, kind)
        with urllib.request.urlopen(request, timeout=10) as answer:
            return json.load(answer)


class Board:
    """The board of a race, or of whichever race a feed shows, and how far it has been read."""

    def __init__(self, channel: str) -> None:
        self.feed, self.topic = (channel, "") if channel.startswith("feed.") else ("", channel)
        self.board, self.place = None, None  # (epoch, seq)

    def channels(self) -> list[dict]:
        place = dict(zip(("epoch", "seq"), self.place or (), strict=False))
        both = {self.feed: {}, self.topic: place}
        return [{"channel": name, **at} for name, at in both.items() if name]

    def take(self, data: dict) -> str:
        """ "shown", "missed" where a frame is missing, "moved" to another race, "" for the rest."""
        if data["topic"] == self.feed and data.get("race"):
            before, self.topic = self.topic, f"race.{data['race']}"
            self.place = self.place if before == self.topic else None
            return "" if before == self.topic else "moved"
        if data["topic"] != self.topic or "seq" not in data:
            return ""
        place = (data["epoch"], data["seq"])
        if "board" in data:
            self.board = data["board"]
        elif self.place is None or place != (self.place[0], self.place[1] + 1):
            return "" if self.place and place <= self.place else "missed"
        elif "diff" in data:
            self.board = patch(self.board, data["diff"])
        self.place = place
        return "shown"


def table(board: dict) -> str:
    lines = [f"{board['session']['event'] or board['session']['name']} {board['session']['flag']}"]
    for row in (board["rows"][key] for key in board["order"] if key in board["rows"]):
        last, (laps, ms) = row["last_ms"], row["gap"] or (0, None)
        gap = f"{laps} L" if laps else "" if ms is None else f"{ms / 1000:.3f}"
        name = row["competitor"] or row["driver"]
        kart = f"{row['pos'] or '':>3} {row['number']:>4} {name:<24.24}"
        lines.append(f"{kart}{row['laps']:>5}{'' if last is None else last / 1000:>9}{gap:>9}")
    return "\n".join(lines)


async def talk(socket, tokens: Tokens, board: Board) -> None:
    async def sign_in() -> None:  # and again, on the open socket, before the token ends
        while True:
            await socket.send(json.dumps({"type": "auth", "token": await tokens.current()}))
            while time.time() < tokens.until - EARLY_S:
                await asyncio.sleep(30)

    signing_in = asyncio.create_task(sign_in())
    try:
        async for text in socket:  # the pings of the library find out when it is dead
            message = json.loads(text)
            found = board.take(message["data"]) if message["type"] == "dashboard_event" else ""
            if message["type"] == "auth_success" or found in ("missed", "moved"):
                for each in board.channels():
                    await socket.send(json.dumps({"type": "subscribe", **each}))
            elif found:
                print(f"\033[2J\033[H{table(board.board)}", flush=True)
            elif "error" in message:
                print(message["error"], message.get("channel", ""), file=sys.stderr)
    finally:
        signing_in.cancel()


async def follow(base: str, tokens: Tokens, board: Board) -> None:
    """For ever: it comes back by itself, in no step with others, and goes on where it was."""
    failures, url = 0, base.replace("http", "ws", 1) + "/ws/"
    while True:
        began = time.monotonic()
        try:
            await tokens.current()
            async with connect(url, max_size=None, ping_interval=10, ping_timeout=10) as socket:
                await talk(socket, tokens, board)
        except (OSError, ConnectionClosed, InvalidHandshake, TimeoutError) as error:
            if getattr(error, "code", 0) in (400, 401, 403):
                raise SystemExit(f"not let in: {error}") from None
        failures = 0 if time.monotonic() - began > HELD_S else failures + 1
        await asyncio.sleep(random.uniform(0, min(LONGEST_WAIT_S, FIRST_WAIT_S * 2**failures)))


if __name__ == "__main__":
    if len(sys.argv) < 3:
        sys.exit(__doc__)
    base, names = sys.argv[1].rstrip("/"), ("USERNAME", "PASSWORD", "TEAM")
    person = {
        each.lower(): os.environ[f"LT_{each}"] for each in names if f"LT_{each}" in os.environ
    }
    tokens = Tokens(base, os.environ.get("LT_TOKEN", ""), **person)
    asyncio.run(follow(base, tokens, Board(sys.argv[2])))

"""What a page and an answer cost, asked one after the other by one client on a kept connection.

The server is the product with a live race of 30 karts; it has one core, the client the other.
"""

from __future__ import annotations

import http.client
import time
from statistics import fmean, quantiles
from typing import Any

from bench.fanout import memory_mb, serving
from bench.machine import machine
from bench.page import write_section

WARM, TIMES = 20, 400
NAMES = {
    "health": "`/health`",
    "ready": "`/health/ready`",
    "snapshot": "`/d/<code>/board.json`, the cached snapshot",
    "unchanged": "the same, unchanged (304)",
    "api_races": "`/api/races/`",
    "api_entries": "`/api/entries/?race=`",
    "api_laps": "`/api/laps/?race=`, 100 rows",
    "board": "the board's page, 30 karts",
    "public": "the display's page",
    "home": "the team's home",
}


def main() -> None:
    with serving("product", "feed") as (server, told):
        client = http.client.HTTPConnection("127.0.0.1", told["port"], timeout=60)
        cookie = {"Cookie": told["headers"].partition(": ")[2].strip()}
        tag = _ask(client, told["pages"]["snapshot"], cookie)[1].get("ETag", "")
        told["pages"]["unchanged"] = told["pages"]["snapshot"]
        found = {}
        for name in NAMES:
            headers = {**cookie, "If-None-Match": tag} if name == "unchanged" else cookie
            found[name] = _measure(client, told["pages"][name], headers)
        idle, busy = told["idle_mb"], memory_mb(server.pid)
    lines = [
        "| one client | mean | p50 | p95 | bytes |",
        "|---|--:|--:|--:|--:|",
        *(f"| {NAMES[name]} | {_row(*each)} |" for name, each in found.items()),
        "",
        f"Memory, the race included: {idle:.0f} MB at the start, {busy:.0f} MB at the end.",
        "",
        f"`python -m bench http` · {machine()}",
    ]
    print("\n".join(lines))
    write_section("http", "\n".join(lines))


def _measure(
    client: http.client.HTTPConnection, path: str, headers: dict[str, str]
) -> tuple[list[float], int]:
    took, size = [], 0
    for number in range(WARM + TIMES):
        begun = time.perf_counter()
        size, _headers = _ask(client, path, headers)
        if number >= WARM:
            took.append((time.perf_counter() - begun) * 1000)
    return took, size


def _ask(client: http.client.HTTPConnection, path: str, headers: dict[str, str]) -> tuple[int, Any]:
    client.request("GET", path, headers={**headers, "Accept-Encoding": "gzip"})
    answer = client.getresponse()
    size = len(answer.read())
    if answer.status not in (200, 304):
        raise SystemExit(f"{path}: {answer.status}")
    return size, answer.headers


def _row(took: list[float], size: int) -> str:
    cuts = quantiles(took, n=20)
    return f"{fmean(took):.2f} ms | {cuts[9]:.2f} ms | {cuts[18]:.2f} ms | {size:,}"

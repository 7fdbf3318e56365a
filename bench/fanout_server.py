"""The product as it is served, with one race that everybody watches and a publisher beside it.

The publisher sends as an ingester does: a message of the channel layer a frame, which the hub of
this process takes, understands and fans out. Orders come on the input, as with the rivals.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
import time
import uuid
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent / "rivals"))
from pace import SIZE, Pace

from bench.fanout import memory_mb

KARTS = 30
LEAD_MS = 600_000


def main() -> None:
    import django

    django.setup()
    from lt_analyzer.server import run

    run(_serve())


async def _serve() -> None:
    from asgiref.sync import sync_to_async

    from lt_analyzer.server import listen, serve

    told = await sync_to_async(prepare)()
    sock, ready = listen(port=0), asyncio.Event()
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(serve(sock, stop=asyncio.Event(), ready=ready))
        await ready.wait()
        port = {"port": sock.getsockname()[1], "idle_mb": memory_mb(os.getpid())}
        if sys.argv[1:2] == ["feed"]:
            told = await begin_feed(tasks, told)
            print(json.dumps(told["greet"] | port), flush=True)
        else:
            print(json.dumps(told["greet"] | port), flush=True)
            await publish(told["race"])


def prepare() -> dict[str, Any]:
    """A team that follows a feed with a race, and how its owner connects."""
    from django.core.management import call_command
    from django.test import Client
    from django.utils import timezone

    from races.models import Feed, Race
    from races.services import follow_feed
    from teams.models import User
    from teams.scoping import every_team, scope
    from teams.services import create_team

    call_command("migrate", verbosity=0)
    with every_team("benchmark"):
        feed = Feed.objects.create(protocol="apex", name="Simulated", address="builtin:bench")
        now = timezone.now()
        race = Race.objects.create(
            pk=uuid.uuid4(), feed=feed, name="Race", first_seen_at=now, last_seen_at=now
        )
    user = User.objects.create(username="viewer", email="viewer@example.com")
    team = create_team(name="Team", owner=user)
    with scope(team):
        follow_feed(team=team, feed=feed)
    client = Client()
    client.force_login(user)
    session = client.cookies["sessionid"].value
    greet = {"path": "/ws/", "headers": f"Cookie: sessionid={session}\r\n"}
    greet["greetings"] = [_subscription(race.pk)]
    return {"race": str(race.pk), "feed": feed.pk, "team": team.pk, "greet": greet}


def _subscription(race: Any) -> str:
    return json.dumps({"type": "subscribe", "channel": f"race.{race}"})


async def begin_feed(tasks: asyncio.TaskGroup, told: dict[str, Any]) -> dict[str, Any]:
    """A simulated race in the middle of it, through the whole pipeline, at its own pace."""
    from asgiref.sync import sync_to_async

    from timing.assembly import make_ingester
    from timing.writer import Writer

    ingester = make_ingester(Writer(), builtin={told["feed"]: frames})
    tasks.create_task(ingester.run(asyncio.Event()))
    while not (runner := ingester.runners.get(told["feed"])) or not runner[0].pipeline.current:
        await asyncio.sleep(0.1)
    await asyncio.sleep(3)  # the lead-in is written and shown
    race = runner[0].pipeline.routing.current
    pages = await sync_to_async(_pages)(told, race)
    greet = told["greet"] | {"greetings": [_subscription(race)], "pages": pages}
    return told | {"greet": greet}


async def frames(report: Callable[[Any], None], first: int) -> AsyncIterator[Any]:
    """`feed [PACE [HOURS]]` on the command line: how fast, and how long a race."""
    from timing.simulators.build import build_feed
    from timing.transports.base import LinkReport, LinkState, RawFrame

    pace, hours = (*map(int, sys.argv[2:4]), 1, 1)[:2]
    zero, begun = time.time_ns() // 1_000_000 - LEAD_MS, time.monotonic()
    report(LinkReport(LinkState.LIVE, zero))
    for t_ms, text in build_feed(karts=KARTS, minutes=60 * hours, mishaps="all").frames():
        if t_ms > LEAD_MS:
            due = begun + (t_ms - LEAD_MS) / 1000 / pace
            await asyncio.sleep(max(0.0, due - time.monotonic()))
        yield RawFrame(zero + t_ms, text, first)
    await asyncio.Event().wait()


def _pages(told: dict[str, Any], race: str) -> dict[str, str]:
    from displays.services import create_display
    from races.models import Feed
    from teams.models import Team
    from teams.scoping import every_team, scope

    with every_team("benchmark"):
        team, feed = Team.objects.get(pk=told["team"]), Feed.objects.get(pk=told["feed"])
    with scope(team):
        code = create_display(team=team, name="TV", feed=feed).code
    return {
        "health": "/health",
        "ready": "/health/ready",
        "snapshot": f"/d/{code}/board.json",
        "api_races": "/api/races/",
        "api_entries": f"/api/entries/?race={race}",
        "api_laps": f"/api/laps/?race={race}&page_size=100",
        "board": f"/t/{team.slug}/feeds/{feed.pk}/",
        "public": f"/d/{code}/",
        "home": f"/t/{team.slug}/",
    }


async def publish(race: str) -> None:
    from channels.layers import get_channel_layer

    from teams.news import HUB_GROUP
    from timing.frames import hub_frame
    from timing.topics import race_topic

    layer, pace, topic, seq = get_channel_layer(), Pace(), race_topic(race), 1
    board = _board(race)
    whole = hub_frame(topic, epoch=1, seq=1, event="race_data_update", at=0, board=board)
    await layer.group_send(HUB_GROUP, whole)
    empty = hub_frame(
        topic, epoch=1, seq=2, event="teams_update", at=0, diff=_diff(0), n=0, at_ns=0
    )
    change = _diff(SIZE - len(empty["frame"]) - 20)
    while True:
        await asyncio.sleep(pace.wait_s())
        for n, at_ns in pace.due():
            seq += 1
            await layer.group_send(
                HUB_GROUP,
                hub_frame(
                    topic,
                    epoch=1,
                    seq=seq,
                    event="teams_update",
                    at=0,
                    diff=change,
                    n=n,
                    at_ns=at_ns,
                ),
            )


def _board(race: str) -> dict[str, Any]:
    rows = {f"r{number}": _row(number) for number in range(KARTS)}
    return {
        "race": race,
        "session": {},
        "rows": rows,
        "order": list(rows),
        "classes": {},
        "messages": [],
    }


def _row(number: int) -> dict[str, Any]:
    return {"key": f"r{number}", "number": str(number), "laps": 0, "gap": [0, 6118], "text": ""}


def _diff(filling: int) -> dict[str, Any]:
    return {"rows": {"r1": {"laps": 1, "text": "x" * max(0, filling)}}}


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "lt_analyzer.settings")
    main()

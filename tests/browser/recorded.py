"""A server with a race that was recorded: `python -m` this with a port, for how many seconds the
recording goes on, and 1 if the race is live. It says where things are as one line of JSON."""

from __future__ import annotations

import json
import os
import sys

import django

from tests.browser.server import PASSWORD, serve


def main(port: str, goes_on: str, live: str) -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "lt_analyzer.settings")
    django.setup()
    from django.core.management import call_command

    from displays.models import Display
    from lt_analyzer import server
    from teams.enums import Role
    from teams.scoping import every_team
    from tests import factories as make
    from tests.factories import alerts
    from tests.pages.recorded import record
    from timing.models import FeedState

    call_command("migrate", verbosity=0)
    team = make.team("Phoenix")
    make.member(team, "owner", Role.OWNER, password=PASSWORD)
    feed = make.followed_feed(team, name="Long Straight")
    made = record(feed, live=live == "1", goes_on_ms=int(goes_on) * 1000, karts=24, minutes=20)
    board = made.board_at(made.last)
    for kind, place in (("ours", 4), ("rival", 2), ("rival", 6)):
        row = board["rows"][board["order"][place]]
        alerts.monitor(team, feed, kind=kind, by="number", value=row["number"])
    with every_team("test"):
        FeedState.objects.create(feed=feed, state="live", current_race=made.race)
        display = Display.objects.create(team=team, name="Grandstand", feed=feed)
    told = {
        "feed": f"/t/phoenix/feeds/{feed.pk}/",
        "race": f"/t/phoenix/races/{made.race.pk}/board/",
        "display": f"/d/{display.code}/",
        "first": round(made.race.first_seen_at.timestamp() * 1000),
        "last": made.last,
    }
    print(json.dumps(told), flush=True)
    server.run(serve(int(port)))


if __name__ == "__main__":
    main(*sys.argv[1:])

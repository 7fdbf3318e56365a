"""Two teams at one track, for tests of sockets."""

from __future__ import annotations

import json
from typing import Any

from displays.models import Display
from teams.scoping import every_team
from tests import factories as make
from tests.displays.frames import Ingester, a_board, frame


class Paddock:
    """Two teams, each with a feed and a race of its own, and one feed that both follow."""

    def __init__(self) -> None:
        self.red, self.blue = make.team("Red"), make.team("Blue")
        self.ada, self.bob = make.member(self.red, "ada"), make.member(self.blue, "bob")
        self.stranger = make.user("eve")
        self.red_feed = make.followed_feed(self.red, owner=self.red)
        self.blue_feed = make.followed_feed(self.blue, owner=self.blue)
        self.both_feed = make.followed_feed(self.red, self.blue)
        self.lonely_feed = make.feed()
        self.red_race, self.blue_race = make.race(self.red_feed), make.race(self.blue_feed)
        self.both_race = make.race(self.both_feed)
        self.lonely_race = make.race(self.lonely_feed)

    def display(self, **bound: Any) -> Display:
        with every_team("test"):
            return Display.objects.create(team=self.red, name="TV", **bound)


def ingesting(race: Any) -> Ingester:
    return Ingester(topic=f"race.{race.pk}", board=a_board(race=str(race.pk)))


def feed_status(feed: Any, race: Any, seq: int) -> dict[str, Any]:
    data = {"feed": str(feed.pk), "race": str(race.pk), "state": "live"}
    return frame("system.status", f"feed.{feed.pk}", 1, seq, **data)


def said(message: dict[str, Any]) -> Any:
    return json.loads(message["frame"])


def ok(channel: str) -> dict[str, Any]:
    return {"type": "subscription_result", "channel": channel, "success": True}


def no(channel: Any, error: str = "Not available.") -> dict[str, Any]:
    return {"type": "subscription_result", "channel": channel, "success": False, "error": error}

"""A display shows what its team may see, at the time of asking."""

from __future__ import annotations

import pytest
from django.test import Client

from displays.models import Display
from lt_analyzer.isolation.world import THEIRS as MARK
from races.models import Follow
from tests import factories as make
from tests.factories.system import system
from timing.models import FeedState


@pytest.mark.parametrize("bound_to", ["race", "feed", "feed with a live race"])
def test_a_display_shows_nothing_of_a_feed_that_its_team_no_longer_follows(bound_to, db):
    team = make.team()
    feed = make.followed_feed(team)
    race = make.full_race(feed, name=MARK, is_live="live" in bound_to)
    shown = {"race": race} if bound_to == "race" else {"feed": feed}
    with system():
        FeedState.objects.create(feed=feed, state="live", current_race=race)
        display = Display.objects.create(team=team, name="Wall", **shown)
    assert MARK in Client().get(f"/d/{display.code}/").content.decode(), "it has power"
    with system():
        Follow.objects.all().delete()

    answer = Client().get(f"/d/{display.code}/")
    assert answer.status_code in (200, 404)
    assert MARK not in answer.content.decode()

from __future__ import annotations

import pytest
from django.db import IntegrityError, transaction

from displays.models import CODE_ALPHABET, Display
from teams.scoping import ScopeError, every_team, scope
from tests import factories as make

pytestmark = pytest.mark.django_db


def test_codes_are_eight_letters_and_digits_and_differ() -> None:
    team = make.team()
    feed = make.followed_feed(team)
    with scope(team):
        codes = {Display.objects.create(team=team, name="TV", feed=feed).code for _ in range(20)}
    assert len(codes) == 20
    assert {len(code) for code in codes} == {8}
    assert set("".join(codes)) <= set(CODE_ALPHABET)


@pytest.mark.parametrize("bound", ["neither", "both"])
def test_a_display_shows_a_feed_or_a_race(bound: str) -> None:
    team = make.team()
    feed = make.followed_feed(team)
    fields = {} if bound == "neither" else {"feed": feed, "race": make.race(feed)}
    with scope(team), transaction.atomic(), pytest.raises(IntegrityError):
        Display.objects.create(team=team, name="TV", **fields)


def test_a_team_sees_its_own_displays_and_shows_its_own_feeds() -> None:
    red, blue = make.team("Red"), make.team("Blue")
    red_feed, blue_feed = make.followed_feed(red), make.followed_feed(blue)
    with every_team("test"):
        ours = Display.objects.create(team=red, name="TV", feed=red_feed)
        Display.objects.create(team=blue, name="TV", feed=blue_feed)
    with scope(red):
        assert list(Display.objects.all()) == [ours]
        with pytest.raises(ScopeError):
            Display.objects.create(team=red, name="TV", feed=blue_feed)
        with pytest.raises(ScopeError):
            Display.objects.create(team=blue, name="TV", feed=red_feed)

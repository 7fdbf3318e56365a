"""Builders that do what they say: each makes one row, and the rows it cannot be without.

They write as the system does, so that a test can set up two teams side by side and
open the scope that it is about.
"""

from tests.factories.facts import (
    after,
    driver,
    entry,
    flag_period,
    full_race,
    lap,
    laps,
    message,
    penalty,
    pit_stop,
    race,
    stint,
)
from tests.factories.feeds import feed, followed_feed, track
from tests.factories.teams import member, team, user

__all__ = [
    "after",
    "driver",
    "entry",
    "feed",
    "flag_period",
    "followed_feed",
    "full_race",
    "lap",
    "laps",
    "member",
    "message",
    "penalty",
    "pit_stop",
    "race",
    "stint",
    "team",
    "track",
    "user",
]

from races.models.entry import Driver, Entry, Penalty
from races.models.feed import Feed, FeedRequest, Follow
from races.models.lap import Lap, LapGap
from races.models.pit import PitStop, Stint
from races.models.race import FlagPeriod, Race, RaceMessage
from races.models.track import Track

__all__ = [
    "Driver",
    "Entry",
    "Feed",
    "FeedRequest",
    "FlagPeriod",
    "Follow",
    "Lap",
    "LapGap",
    "Penalty",
    "PitStop",
    "Race",
    "RaceMessage",
    "Stint",
    "Track",
]

"""Pages about feeds and races. The live board is the displays' business."""

from races.views.entries import entry, entry_by_key
from races.views.feeds import add_feed, unfollow
from races.views.races import messages, pit_stops, races, results

__all__ = [
    "add_feed",
    "entry",
    "entry_by_key",
    "messages",
    "pit_stops",
    "races",
    "results",
    "unfollow",
]

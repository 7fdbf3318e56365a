"""Pages that show what is happening: a team's home, live boards, and displays for the public."""

from displays.views.boards import feed_board, public_board, race_board
from displays.views.displays import delete, displays, new_display, switch
from displays.views.home import home

__all__ = [
    "delete",
    "displays",
    "feed_board",
    "home",
    "new_display",
    "public_board",
    "race_board",
    "switch",
]

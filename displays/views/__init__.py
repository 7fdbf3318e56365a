"""Pages that show what is happening: a team's home, live boards, and displays for the public."""

from displays.views.alerts import alerts, alerts_open, alerts_seen
from displays.views.boards import feed_board, public_board, public_board_json, race_board
from displays.views.displays import delete, displays, new_display, switch
from displays.views.home import home
from displays.views.offline import offline
from displays.views.phone import phone
from displays.views.rewind import display_chunk, feed_chunk, race_chunk, race_rewind
from displays.views.rules import (
    edit_rule,
    new_rule,
    remove_rule,
    restore_rule,
    rules,
    switch_rule,
    usual_rules,
)
from displays.views.wall import wall
from displays.views.watch import (
    watch,
    watch_add,
    watch_mark,
    watch_move,
    watch_note,
    watch_plan,
)

__all__ = [
    "alerts",
    "alerts_open",
    "alerts_seen",
    "delete",
    "display_chunk",
    "displays",
    "edit_rule",
    "feed_board",
    "feed_chunk",
    "home",
    "new_display",
    "new_rule",
    "offline",
    "phone",
    "public_board",
    "public_board_json",
    "race_board",
    "race_chunk",
    "race_rewind",
    "remove_rule",
    "restore_rule",
    "rules",
    "switch",
    "switch_rule",
    "usual_rules",
    "wall",
    "watch",
    "watch_add",
    "watch_mark",
    "watch_move",
    "watch_note",
    "watch_plan",
]

"""The words a live board needs while it runs, in the reader's language."""

from __future__ import annotations

from typing import TypedDict

from django.utils.translation import gettext as _
from django.utils.translation import pgettext

Words = TypedDict(
    "Words",
    {
        "lap_letter": str,
        "leader": str,
        "stint": str,
        "gained": str,
        "lost": str,
        "marks": dict[str, str],
        "states": dict[str, str],
        "flags": dict[str, str],
        "kinds": dict[str, str],
        "captions": dict[str, str],
        "conn": dict[str, str],
        "feed_states": dict[str, str],
        "notices": dict[str, str],
        "since": str,
        "elapsed_sub": str,
        "entries": str,
        "watch": dict[str, str],
    },
)


def live_words() -> Words:
    return {
        "lap_letter": pgettext("short for laps, after a number", "L"),
        "leader": _("leader"),
        "stint": pgettext("number of the stint", "stint %s"),
        "gained": _("places gained"),
        "lost": _("places lost"),
        "marks": {"best": _("best of session"), "pb": _("personal best")},
        "states": {
            "grid": pgettext("state of a kart", "GRID"),
            "pit": pgettext("state of a kart", "PIT"),
            "out": pgettext("state of a kart", "OUT"),
            "stopped": pgettext("state of a kart", "STOP"),
            "slow": pgettext("state of a kart", "SLOW"),
            "finished": pgettext("state of a kart", "FIN"),
        },
        "flags": {
            "green": pgettext("flag", "Green"),
            "yellow": pgettext("flag", "Yellow"),
            "red": pgettext("flag", "Red"),
            "chequered": pgettext("flag", "Finish"),
            "code60": pgettext("flag", "Code 60"),
            "none": pgettext("flag", "No flag"),
        },
        "kinds": {
            "practice": _("Practice"),
            "qualifying": _("Qualifying"),
            "race": _("Race"),
        },
        "captions": {
            "remaining": _("Remaining"),
            "elapsed": _("Elapsed"),
            "clock": _("Clock"),
        },
        "conn": {
            "live": _("Connected"),
            "connecting": _("Connecting"),
            "quiet": _("Feed is quiet"),
            "down": _("Feed does not answer"),
            "idle": _("Waiting for a race"),
            "ended": _("Race is over"),
            "offline": _("Connection lost"),
            "past": _("Not the present"),
        },
        "feed_states": {
            "live": _("LIVE"),
            "stale": _("quiet"),
            "down": _("no answer"),
            "connecting": _("connecting"),
            "idle": _("idle"),
        },
        "notices": {
            "quiet": _("The feed has been quiet for %s. These are its last values."),
            "down": _("The timing feed does not answer. Last values, %s old."),
            "offline": _("No connection to the server. Last values, %s old."),
        },
        "since": pgettext("flag since a time of day", "since %s"),
        "elapsed_sub": _("%s since the start"),
        "entries": _("%s karts"),
        "watch": watch_words(),
    }


def watch_words() -> dict[str, str]:
    """What the strip of watched karts, the wall and the phone say about a gap."""
    return {
        "place": pgettext("before a position, as in P4", "P%s"),
        "ours": pgettext("a kart is", "ours"),
        "rival": pgettext("a kart is", "rival"),
        "us": pgettext("in place of our own gap to us", "us"),
        "last_lap": _("Last lap"),
        "average": _("%s to avg 5"),
        "stint": _("stint %s"),
        "ahead": _("ahead of us"),
        "behind": _("behind us"),
        "leader": _("to the leader"),
        "level": _("level with us"),
        "unknown": _("gap to us"),
        "we": _("we close %s s/lap"),
        "they": _("they close %s s/lap"),
        "grows": _("gap grows %s s/lap"),
        "holds": _("gap holds"),
        "catch": _("catch in %s laps"),
        "catch_one": _("catch in 1 lap"),
        "limit": pgettext("the most a stint may last", "max %s"),
        "left": pgettext("time left of a stint", "%s left"),
        "failed": _("Not saved: the server did not answer. Try again."),
        "over": pgettext("a stint is longer than allowed by", "%s over"),
    }


def rewind_words() -> dict[str, str]:
    """What the bar says by which one looks back."""
    return {
        "live": _("LIVE"),
        "past": pgettext("a page shows a moment that is over", "PAST"),
        "ago": pgettext("how long ago", "%s ago"),
        "play": _("Play"),
        "pause": _("Pause"),
        "building": _("Preparing the recording: %s %%"),
        "busy": _("Many look back at the moment. One moment, please."),
        "none": _("Nothing was recorded of this race."),
        "lost": _("No connection to the server."),
        "end": _("The end of the recording."),
        "stop": pgettext("a mark on the line of time", "Pit stop of %s"),
        "before": _("The race was not there yet."),
    }

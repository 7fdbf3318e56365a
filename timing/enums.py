from __future__ import annotations

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class LinkState(TextChoices):
    """How the link to a feed stands. Live means that data comes, not that a socket is open."""

    IDLE = "idle", _("Not connected")
    CONNECTING = "connecting", _("Connecting")
    LIVE = "live", _("Live")
    STALE = "stale", _("No news")
    DOWN = "down", _("No answer")


class MonitorKind(TextChoices):
    OURS = "ours", _("Ours")
    RIVAL = "rival", _("Rival")


class MonitorBy(TextChoices):
    ENTRY = "entry", _("this entry, in this race")
    NUMBER = "number", _("the same number, in the next races too")
    NAME = "name", _("the same name, in the next races too")


class Severity(TextChoices):
    INFO = "info", _("Notice")
    WARNING = "warning", _("Warning")
    DANGER = "danger", _("Urgent")


class AlertSubject(TextChoices):
    OURS = "ours", _("our entries")
    RIVALS = "rivals", _("our rivals")
    WATCHED = "watched", _("ours and rivals")
    ANY = "any", _("any entry")


class AlertKind(TextChoices):
    PIT_IN = "pit_in", _("goes into the pits")
    PIT_OUT = "pit_out", _("leaves the pits")
    DRIVER = "driver", _("changes driver")
    TROUBLE = "trouble", _("stops on track or is slow")
    BEST = "best", _("sets a best lap")
    GAP = "gap", _("the gap to us crosses a value")
    CATCH = "catch", _("a catch comes near")
    STINT = "stint", _("a stint reaches a length")
    SHORT_STOP = "short_stop", _("a pit stop was too short")
    MESSAGE = "message", _("race control writes")
    FLAG = "flag", _("the flag changes")
    PACE = "pace", _("the whole field gets slower")
    STALE = "stale", _("the feed sends nothing")


# What `AlertRule.threshold` is for a kind: (unit, required). Kinds that are not here have none.
# ms of a gap, of a stint, of a stop, of silence; laps to the catch; percent of the field's pace.
THRESHOLDS: dict[str, tuple[str, bool]] = {
    AlertKind.GAP: ("ms", True),
    AlertKind.CATCH: ("laps", True),
    AlertKind.STINT: ("ms", True),
    AlertKind.SHORT_STOP: ("ms", True),
    AlertKind.PACE: ("percent", True),
    AlertKind.STALE: ("ms", True),
}
# Kinds that are about the race or the feed, not about entries: their subject means nothing.
# (A MESSAGE rule has one: messages about ours, or with ANY every message.)
OF_THE_RACE = frozenset({AlertKind.FLAG, AlertKind.PACE, AlertKind.STALE})

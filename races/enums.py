from __future__ import annotations

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class Protocol(TextChoices):
    APEX = "apex", "Apex Timing"


class RaceKind(TextChoices):
    PRACTICE = "practice", _("Practice")
    QUALIFYING = "qualifying", _("Qualifying")
    RACE = "race", _("Race")


class Ranking(TextChoices):
    LAPS = "laps", _("Laps")
    BEST = "best", _("Best lap")


class FlagColour(TextChoices):
    GREEN = "green", _("Green")
    YELLOW = "yellow", _("Yellow")
    RED = "red", _("Red")
    CODE60 = "code60", _("Code 60")
    CHEQUERED = "chequered", _("Chequered")
    NONE = "none", _("No flag")


class LapSource(TextChoices):
    ASSERTED = "asserted", _("Said by the feed")
    DERIVED = "derived", _("Worked out")


class RequestKind(TextChoices):
    FOLLOW = "follow", _("Follow")
    RESTART = "restart", _("Restart")
    RESET = "reset", _("Reset")
    REPLAY = "replay", _("Replay")

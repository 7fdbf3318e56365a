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

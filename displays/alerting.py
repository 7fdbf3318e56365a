"""The alert panel of live pages: what the server renders, and what its script is told."""

from __future__ import annotations

from typing import Any

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from teams.doors import TeamRequest
from teams.permissions import ALERTS_READ, may
from timing.enums import Severity

STRIPS = 3
URGENCY = {Severity.INFO: 0, Severity.WARNING: 1, Severity.DANGER: 2}


def alert_context(request: TeamRequest) -> dict[str, Any]:
    """For `alerts` of a template that includes `displays/alerts/panel.html`, and fit for JSON.

    Empty for whoever may not see alerts: the panel is then not there. `channel` is what the page
    subscribes to; the rest the panel reads by itself.
    """
    if not may(request, ALERTS_READ):
        return {}
    team = request.team
    found = sorted_alerts([])
    return {
        "channel": f"team.{team.pk}.alerts",
        "open_url": reverse("team-home", args=[team.slug]),
        "seen_url": reverse("team-home", args=[team.slug]),
        "list_url": reverse("team-home", args=[team.slug]),
        "sound_key": f"lt_sound_{team.pk}",
        "words": alert_words(),
        "open": found,
        "strips": [shown(each) for each in found[:STRIPS]],
        "more": max(0, len(found) - STRIPS),
    }


def sorted_alerts(alerts: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The most severe first, and of those the newest, as static/js/live/alert-store.js does."""
    return sorted(alerts, key=lambda each: (-URGENCY.get(each["severity"], 0), -each["at"]))


def shown(alert: dict[str, Any]) -> dict[str, Any]:
    """With what a template cannot work out: the word for the severity, and a time of day."""
    at = timezone.datetime.fromtimestamp(alert["at"] / 1000, tz=timezone.get_current_timezone())
    return alert | {"word": Severity(alert["severity"]).label, "time": f"{at:%H:%M}"}


def alert_words() -> dict[str, Any]:
    return {
        "severities": {value: str(label) for value, label in Severity.choices},
        "more": _("and %s more"),
        "all": _("All alerts"),
        "missed": _("%s new alerts"),
        "failed": _("Not marked: the server did not answer. Try again."),
        "sound_on": _("Sound on"),
        "sound_off": _("Sound off"),
        "sound_blocked": _(
            "The browser keeps this page quiet until you click anywhere on it once."
        ),
        "sound_none": _("This browser has no sound."),
    }

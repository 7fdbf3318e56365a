"""The alert panel of live pages: what the server renders, and what its script is told."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from teams.doors import TeamRequest
from teams.models import Team
from teams.permissions import ALERTS_READ, may
from timing.enums import Severity
from timing.models import Alert
from timing.queries import alert_json, alerts_of_team, open_alerts
from timing.services import MAX_SEEN
from timing.topics import alerts_topic

STRIPS = 3
URGENCY: dict[str, int] = {Severity.INFO: 0, Severity.WARNING: 1, Severity.DANGER: 2}
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def alert_context(request: TeamRequest, *, until: int | None = None) -> dict[str, Any]:
    """For `alerts` of a template that includes `displays/alerts/panel.html`, and fit for JSON.

    Empty for whoever may not see alerts: the panel is then not there. `channel` is what the page
    subscribes to; the rest the panel reads by itself. `until`: of a page that is late, the instant
    (ms) after which nothing is told.
    """
    if not may(request, ALERTS_READ):
        return {}
    team = request.team
    told = (alert_json(each) for each in open_alerts(team))
    found = sorted_alerts([each for each in told if until is None or each["at"] <= until])
    return {
        "channel": alerts_topic(team.pk),
        "open_url": reverse("alerts-open", args=[team.slug]),
        "seen_url": reverse("alerts-seen", args=[team.slug]),
        "list_url": reverse("alerts", args=[team.slug]),
        "sound_key": sound_key(team),
        "words": alert_words(),
        "open": found,
        "strips": [shown(each) for each in found[:STRIPS]],
        "more": max(0, len(found) - STRIPS),
        "until": max((each["at"] for each in found), default=0),
    }


def sound_key(team: Team) -> str:
    """Where a browser remembers that its person wants to hear this team's alerts."""
    return f"lt_sound_{team.pk}"


def sorted_alerts(alerts: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The most severe first, and of those the newest, as static/js/live/alert-store.js does."""
    return sorted(alerts, key=lambda each: (-URGENCY.get(each["severity"], 0), -each["at"]))


def shown(alert: dict[str, Any]) -> dict[str, Any]:
    """With what a template cannot work out: the word for the severity, and a time of day."""
    at = timezone.localtime(instant(alert["at"]))
    return alert | {"word": str(Severity(alert["severity"]).label), "time": f"{at:%H:%M}"}


def open_until(team: Team, at: datetime) -> list[UUID]:
    """What "all" means on a screen: not what came after it was drawn."""
    found = alerts_of_team(team).filter(seen_at__isnull=True, at__lte=at)
    return list(found.values_list("pk", flat=True)[:MAX_SEEN])


def instant(ms: int) -> datetime:
    """Exact, which a float of seconds is not. Raises OverflowError beyond the calendar."""
    return _EPOCH + timedelta(milliseconds=ms)


def newest(alerts: list[Alert]) -> int:
    """The instant, in ms, up to which a list of alerts reaches."""
    return max((alert_json(each)["at"] for each in alerts), default=0)


def alert_words() -> dict[str, Any]:
    return {
        "severities": {value: str(label) for value, label in Severity.choices},
        "more": _("and %s more"),
        "all": _("All alerts"),
        "failed": _("Not marked: the server did not answer. Try again."),
        **sound_words(),
    }


def list_words() -> dict[str, str]:
    return {
        "new_one": _("There is a new alert."),
        "new_many": _("There are %s new alerts."),
        "by_token": _("by a token"),
        **sound_words(),
    }


def sound_words() -> dict[str, str]:
    """The hints say what a person can do; a state without one needs none."""
    return {
        "sound_on": _("Sound on"),
        "sound_off": _("Sound off"),
        "sound_blocked_hint": _(
            "Your browser keeps this page quiet until you click on it once, anywhere."
        ),
        "sound_none_hint": _("This browser cannot make a sound."),
    }

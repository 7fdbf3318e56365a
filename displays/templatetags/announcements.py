from __future__ import annotations

from typing import Any

from django import template

from displays.announcements import DASHBOARD, current, display_topic
from timing.enums import Severity

register = template.Library()

_BLANK = {"id": "", "text": "", "severity": "info", "until": 0, "at": 0}


@register.inclusion_tag("displays/announcements.html", takes_context=True)
def announcements(context: template.Context) -> dict[str, Any]:
    """What is said at the moment to the dashboards, or on the display that `display_code` names;
    nothing on other pages."""
    request = context.get("request")
    code = context.get("display_code")
    team = getattr(request, "team", None)
    topic = display_topic(str(code)) if code else DASHBOARD if team else ""
    said = current.of(topic) if topic else []
    return {"topic": topic, "said": said, "blank": _BLANK, "severities": Severity.choices}

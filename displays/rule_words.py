"""An alert rule in the words of people: what its value means, how it is written and read."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from timing.enums import OF_THE_RACE, THRESHOLDS, AlertKind
from timing.models import AlertRule

DURATION = re.compile(r"(?:(?:(\d{1,2}):)?(\d{1,3}):)?(\d{1,5})(?:[.,](\d{1,3}))?", re.ASCII)
MINUTE, HOUR = 60_000, 3_600_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Limit:
    """The value of a kind of rule: its name, what it may be, how to write it, when it tells."""

    label: Any
    least: int
    most: int
    example: str
    hint: Any


LIMITS: dict[str, Limit] = {
    AlertKind.GAP: Limit(
        label=gettext_lazy("Gap"),
        least=100,
        most=10 * MINUTE,
        example="5",
        hint=gettext_lazy(
            "Seconds, or m:ss. Told each time the gap to us passes this value, either way."
        ),
    ),
    AlertKind.CATCH: Limit(
        label=gettext_lazy("Laps to the catch"),
        least=1,
        most=999,
        example="5",
        hint=gettext_lazy(
            "Told when, at today's pace, one of us two reaches the other in so many laps."
        ),
    ),
    AlertKind.STINT: Limit(
        label=gettext_lazy("Length of the stint"),
        least=MINUTE,
        most=24 * HOUR,
        example="45:00",
        hint=gettext_lazy("m:ss or h:mm:ss, so 45 minutes are 45:00."),
    ),
    AlertKind.SHORT_STOP: Limit(
        label=gettext_lazy("Shortest stop allowed"),
        least=1_000,
        most=HOUR,
        example="3:00",
        hint=gettext_lazy("Seconds, or m:ss. Told when a stop took less."),
    ),
    AlertKind.PACE: Limit(
        label=gettext_lazy("Slower by (%)"),
        least=1,
        most=50,
        example="4",
        hint=gettext_lazy("The whole field against a quarter of an hour ago: most often, rain."),
    ),
    AlertKind.STALE: Limit(
        label=gettext_lazy("Silence"),
        least=5_000,
        most=HOUR,
        example="60",
        hint=gettext_lazy("Seconds, or m:ss, for which the feed says nothing while a race is on."),
    ),
}

# What else there is to know of a kind, where its name does not say it.
HINTS: dict[str, Any] = {
    AlertKind.BEST: gettext_lazy(
        "For any entry the best of the session; for watched entries also their own best."
    ),
    AlertKind.MESSAGE: gettext_lazy(
        "Penalties and messages that name these entries; with “any entry”, every message."
    ),
    AlertKind.TROUBLE: gettext_lazy(
        "Stopped, slow, or not seen at the line for two and a half laps."
    ),
}


def is_time(kind: str) -> bool:
    return kind in THRESHOLDS and THRESHOLDS[kind][0] == "ms"


def read_limit(kind: str, text: str) -> int | None:
    """What a person wrote, as the number that a rule keeps; None if it cannot be read."""
    text = text.strip().removesuffix("%").strip()
    if is_time(kind):
        return read_duration(text)
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else None


def read_duration(text: str) -> int | None:
    """90, 1:30, 1:30.5 or 1:02:03, in ms."""
    found = DURATION.fullmatch(text.strip())
    if found is None:
        return None
    hours, minutes, seconds, rest = found.groups()
    if (minutes and int(seconds) > 59) or (hours and int(minutes) > 59):
        return None
    whole = (int(hours or 0) * 60 + int(minutes or 0)) * 60 + int(seconds)
    return whole * 1000 + int((rest or "").ljust(3, "0"))


def write_limit(kind: str, value: int | None) -> str:
    """As `read_limit` reads it."""
    if value is None:
        return ""
    return write_duration(value) if is_time(kind) else str(value)


def write_duration(ms: int) -> str:
    seconds, rest = divmod(ms, 1000)
    tail = f".{rest:03}".rstrip("0") if rest else ""
    minutes, seconds = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    if hours:
        return f"{hours}:{minutes:02}:{seconds:02}{tail}"
    return f"{minutes}:{seconds:02}{tail}" if minutes else f"{seconds}{tail}"


def duration_words(ms: int) -> str:
    """5.5 s · 45 min · 2:30 min · 1:30:00 h"""
    if ms < MINUTE:
        return _("%(time)s s") % {"time": write_duration(ms)}
    if ms < 100 * MINUTE and ms % MINUTE == 0:
        return _("%(time)s min") % {"time": ms // MINUTE}
    unit = _("%(time)s h") if ms >= HOUR else _("%(time)s min")
    return unit % {"time": write_duration(ms)}


def sentence(kind: str, value: int | None = None) -> str:
    """ "A stint reaches 45 min": the kind of a rule with its value in it."""
    if kind not in LIMITS or value is None:
        return capfirst(str(AlertKind(kind).label))
    if kind == AlertKind.CATCH:
        text = ngettext("A catch is %(n)d lap away", "A catch is %(n)d laps away", value)
        return text % {"n": value}
    if kind == AlertKind.PACE:
        return _("The whole field gets %(n)d %% slower") % {"n": value}
    text = {
        AlertKind.GAP: _("The gap to us crosses %(time)s"),
        AlertKind.STINT: _("A stint reaches %(time)s"),
        AlertKind.SHORT_STOP: _("A pit stop takes less than %(time)s"),
        AlertKind.STALE: _("The feed sends nothing for %(time)s"),
    }[AlertKind(kind)]
    return text % {"time": duration_words(value)}


def title(rule: AlertRule) -> str:
    return rule.name or sentence(rule.kind, rule.threshold)


def about_words(rule: AlertRule) -> str:
    """Whom it is about; empty for what is about the race itself."""
    if rule.kind in OF_THE_RACE:
        return ""
    return rule.monitor.value if rule.monitor else str(rule.get_subject_display())


def ways(rule: AlertRule) -> list[tuple[str, str]]:
    """How it reaches people; on the page in any case."""
    known = {
        "sound": _("Sound"),
        "push": _("Push"),
        "email": _("E-mail"),
        "webhook": _("Webhook"),
    }
    return [("page", _("Page")), *((k, word) for k, word in known.items() if getattr(rule, k))]


def kind_facts() -> dict[str, dict[str, Any]]:
    """What the form's script shows for each kind."""
    return {kind: _facts(kind) for kind in AlertKind.values}


def _facts(kind: str) -> dict[str, Any]:
    limit = LIMITS.get(kind)
    return {
        "about": kind not in OF_THE_RACE,
        "limit": str(limit.label) if limit else "",
        "hint": str(limit.hint) if limit else "",
        "example": limit.example if limit else "",
        "more": str(HINTS.get(kind, "")),
    }

"""What an alert rule may hold: checked here for pages, the API and ready-made sets alike."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import time
from typing import Any, TypedDict

from django.utils.translation import gettext as _

from races.models import Feed, Follow
from teams.text import one_line
from timing.enums import OF_THE_RACE, THRESHOLDS, AlertKind, AlertSubject, Severity
from timing.errors import WatchError
from timing.models import AlertRule, Monitor

MAX_RULES = 100  # of a team
DAY_MS = 86_400_000
MOST = {"ms": DAY_MS, "laps": 999, "percent": 100}


class RuleFields(TypedDict, total=False):
    """What `create_rule` and `update_rule` take; what is absent stays as it is."""

    name: str
    kind: str
    feed: Feed | None
    subject: str
    monitor: Monitor | None
    threshold: int | None
    severity: str
    cooldown_s: int
    quiet_from: time | None
    quiet_to: time | None
    sound: bool
    push: bool
    email: bool
    webhook: bool
    is_enabled: bool


FIELDS = frozenset(RuleFields.__annotations__)


def cleaned(rule: AlertRule, fields: Mapping[str, Any]) -> AlertRule:
    """The rule with these fields, which it may hold. Raises WatchError, and TypeError for a field
    that there is none of."""
    if unknown := fields.keys() - FIELDS:
        raise TypeError(f"an alert rule has no {', '.join(sorted(unknown))}")
    for name, value in fields.items():
        setattr(rule, name, value)
    rule.name = one_line(rule.name)[:100]
    _check_choices(rule)
    _check_about(rule)
    rule.threshold = _threshold(rule)
    if not 0 <= rule.cooldown_s <= DAY_MS // 1000:
        raise WatchError(_("The pause between alerts is at most a day."))
    if (rule.quiet_from is None) != (rule.quiet_to is None):
        raise WatchError(_("Quiet hours need a beginning and an end."))
    return rule


def _check_choices(rule: AlertRule) -> None:
    if rule.kind not in AlertKind.values:
        raise WatchError(_("Choose what to be told about."))
    if rule.subject not in AlertSubject.values or rule.severity not in Severity.values:
        raise WatchError(_("Choose one of those on offer."))


def _check_about(rule: AlertRule) -> None:
    """Which feed and which entries: those of the race itself concern no entry."""
    if rule.kind in OF_THE_RACE:
        rule.monitor, rule.subject = None, AlertSubject.WATCHED
    if rule.monitor is not None:
        if rule.monitor.team_id != rule.team_id:
            raise WatchError(_("There is no such watched entry."))
        if rule.feed is not None and rule.feed.pk != rule.monitor.feed_id:
            raise WatchError(_("This entry is watched on another feed."))
        rule.feed = rule.monitor.feed
    follows = Follow.objects.filter(team=rule.team_id, feed=rule.feed)
    if rule.feed is not None and not follows.exists():
        raise WatchError(_("There is no such feed."))


def _threshold(rule: AlertRule) -> int | None:
    if rule.kind not in THRESHOLDS:
        return None
    unit, required = THRESHOLDS[rule.kind]
    if rule.threshold is None:
        if required:
            raise WatchError(_("This rule needs a value."))
        return None
    if not 0 < rule.threshold <= MOST[unit]:
        raise WatchError(_("The value must be between 1 and %(most)d.") % {"most": MOST[unit]})
    return rule.threshold

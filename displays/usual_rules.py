"""The rules that most endurance teams set first, ready to be taken in one click.

Few of them sound: who hears a tone for everything soon hears none.
"""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.translation import gettext_lazy as _

from teams.models import Team
from timing.enums import AlertKind, AlertSubject, Severity
from timing.models import AlertRule
from timing.queries import rules_of
from timing.services import RuleFields, create_rule

MINUTE = 60_000

USUAL: dict[str, RuleFields] = {
    "penalty": {
        "kind": AlertKind.MESSAGE,
        "subject": AlertSubject.OURS,
        "severity": Severity.DANGER,
        "sound": True,
        "push": True,
        "cooldown_s": 0,
    },
    "trouble": {
        "kind": AlertKind.TROUBLE,
        "subject": AlertSubject.OURS,
        "severity": Severity.DANGER,
        "sound": True,
        "push": True,
        "cooldown_s": 60,
    },
    "stint": {
        "kind": AlertKind.STINT,
        "subject": AlertSubject.OURS,
        "threshold": 45 * MINUTE,
        "severity": Severity.WARNING,
        "sound": True,
        "push": True,
    },
    "rival-in": {
        "kind": AlertKind.PIT_IN,
        "subject": AlertSubject.RIVALS,
        "severity": Severity.WARNING,
        "sound": True,
    },
    "rival-out": {
        "kind": AlertKind.PIT_OUT,
        "subject": AlertSubject.RIVALS,
        "severity": Severity.INFO,
    },
    "catch": {
        "kind": AlertKind.CATCH,
        "subject": AlertSubject.RIVALS,
        "threshold": 5,
        "severity": Severity.WARNING,
        "cooldown_s": 120,
    },
    "flag": {
        "kind": AlertKind.FLAG,
        "severity": Severity.WARNING,
        "sound": True,
        "cooldown_s": 0,
    },
    "rain": {
        "kind": AlertKind.PACE,
        "threshold": 4,
        "severity": Severity.INFO,
        "cooldown_s": 600,
    },
    "stale": {
        "kind": AlertKind.STALE,
        "threshold": MINUTE,
        "severity": Severity.WARNING,
        "cooldown_s": 300,
    },
}

WHY = {
    "penalty": _("A penalty or a message that names one of ours."),
    "trouble": _("One of ours stands, crawls, or does not come round."),
    "stint": _("Time to make the next driver ready. Change it to what your race allows."),
    "rival-in": _("A rival begins a stop: answer it, or stay out."),
    "rival-out": _("A rival is back: now the gap counts again."),
    "catch": _("We reach a rival soon, or a rival reaches us."),
    "flag": _("Green, yellow, red, finish."),
    "rain": _("The whole field is slower than a quarter of an hour ago."),
    "stale": _("The board is older than it looks: ask race control, or the wall."),
}


@dataclass(frozen=True, slots=True)
class Suggestion:
    """`rule` is not saved: it is there to be shown as rules are."""

    key: str
    why: str
    rule: AlertRule
    is_there: bool


def suggestions(team: Team) -> list[Suggestion]:
    known = {_same(rule) for rule in rules_of(team)}
    made = {key: AlertRule(team=team, **fields) for key, fields in USUAL.items()}
    return [
        Suggestion(key, str(WHY[key]), rule, _same(rule) in known) for key, rule in made.items()
    ]


def _same(rule: AlertRule) -> tuple[object, ...]:
    """What makes a second one superfluous: another value is a change that the team has made."""
    return (rule.kind, rule.subject, rule.monitor_id, rule.feed_id)


def take_usual(*, team: Team, keys: list[str]) -> list[AlertRule]:
    """Those that are wanted and not there yet, as many as the limit lets in: raises WatchError."""
    wanted = [each for each in suggestions(team) if each.key in keys and not each.is_there]
    return [create_rule(team=team, **USUAL[each.key]) for each in wanted]

from __future__ import annotations

from itertools import count
from typing import Any

from races.models import Feed
from teams.models import Team
from tests.factories.facts import after
from tests.factories.system import system
from timing.models import Alert, AlertRule, Monitor

_number = count(1)


def monitor(team: Team, feed: Feed, **fields: Any) -> Monitor:
    """A rival by its number, unless told otherwise."""
    fields = {"kind": "rival", "by": "number", "value": str(next(_number))} | fields
    with system():
        return Monitor.objects.create(team=team, feed=feed, **fields)


def rule(team: Team, **fields: Any) -> AlertRule:
    with system():
        return AlertRule.objects.create(team=team, **{"kind": "pit_in"} | fields)


def alert(team: Team, feed: Feed, **fields: Any) -> Alert:
    """Open; each a second after the one before."""
    number = next(_number)
    fields = {
        "kind": "pit_in",
        "severity": "warning",
        "number": str(number),
        "title": f"Kart {number} is in the pits",
        "at": after(number),
    } | fields
    with system():
        return Alert.objects.create(team=team, feed=feed, **fields)

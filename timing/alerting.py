"""From a hit of the kernel to an alert: its id, its words, how loud it is and where it goes."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime, tzinfo
from zoneinfo import ZoneInfo

from timing.engine.alerts import Hit
from timing.engine.state import RaceState
from timing.models import Alert
from timing.sinks.alerts import Raised
from timing.watchlist import Watching, Ways
from timing.wording import words

ALERTS_NAMESPACE = uuid.UUID("6f1d3d0e-2c0b-4a55-9a3f-6a8d0f5f7c21")


def alert_id(watching: Watching, hit: Hit, race: RaceState) -> uuid.UUID:
    """The same for the same fact, in whatever process and however often it is evaluated.

    A race that was reset counts its stops and laps from one again; when it was first seen tells
    those from the ones before.
    """
    parts = (watching.team, hit.rule, race.id, race.first_seen_at, hit.natural)
    return uuid.uuid5(ALERTS_NAMESPACE, "|".join(str(part) for part in parts))


def raised(hit: Hit, watching: Watching, *, feed: uuid.UUID, race: RaceState, shift: int) -> Raised:
    """`shift`: from the feed's clock to ours, as for boards."""
    ways = watching.ways[hit.rule]
    at = datetime.fromtimestamp((hit.at + shift) / 1000, UTC)
    loud = not is_quiet(ways, at, watching.zone)
    title, detail = words(hit)
    # A rented kart is swapped at a stop: its number alone does not tell whose it is.
    detail = " · ".join(filter(None, [_name(hit, race), detail]))
    alert = Alert(
        id=alert_id(watching, hit, race),
        team_id=watching.team,
        feed_id=feed,
        race=uuid.UUID(race.id),
        rule_id=hit.rule,
        kind=hit.kind,
        severity=ways.severity,
        key=hit.key[:64],
        number=hit.number[:40],
        title=title[:200],
        detail=detail[:300],
        sound=ways.sound and loud,
        at=at,
    )
    return Raised(
        alert,
        watching.slug,
        push=ways.push and loud,
        email=ways.email and loud,
        webhook=ways.webhook and loud,
    )


def _name(hit: Hit, race: RaceState) -> str:
    car = race.cars.get(hit.key)
    return car.competitor if car else ""


def is_quiet(ways: Ways, at: datetime, zone: str) -> bool:
    """Within the rule's quiet hours, which are those of the team's clock and may pass midnight."""
    if ways.quiet is None:
        return False
    begin, end = ways.quiet
    now = at.astimezone(_zone(zone)).time()
    return begin <= now < end if begin <= end else now >= begin or now < end


def _zone(name: str) -> tzinfo:
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError):  # of a zone that this machine does not know
        return UTC

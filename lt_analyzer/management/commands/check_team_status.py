"""``manage.py check_team_status --team <slug or id>``: what a team has, uses and is doing."""

from __future__ import annotations

import uuid
from argparse import ArgumentParser
from collections.abc import Iterator
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db.models import Count, Max, Q, QuerySet
from django.utils import timezone
from django.utils.timesince import timesince

from displays.models import Display
from races.models import Feed, Lap, Race
from teams.models import ApiToken, AuditEntry, Delivery, Membership, Session, Team
from teams.scoping import every_team, scope
from timing.models import Alert, AlertRule, FeedState, Monitor, Tape

Line = tuple[str, str]


class Command(BaseCommand):
    help = "Follows, watched entries, connections, storage and last activity of one team."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--team", required=True, help="its address (slug) or id")

    def handle(self, *args: Any, **options: Any) -> None:
        with every_team("check_team_status"):
            team = _team(options["team"])
        if team is None:
            raise CommandError(f"There is no team {options['team']}.{_others()}")
        with scope(team):
            for name, said in _lines(team):
                self.stdout.write(f"{name:<14}{said}")


def _team(wanted: str) -> Team | None:
    found = Q(slug=wanted)
    with suppress(ValueError):
        found |= Q(pk=uuid.UUID(wanted))
    return Team.objects.filter(found).first()


def _others() -> str:
    with every_team("check_team_status"):
        names = [team.slug for team in Team.objects.order_by("slug")[:20]]
    return f" There are: {', '.join(names)}" if names else ""


def _lines(team: Team) -> Iterator[Line]:
    yield "team", f"{team.name} ({team.slug}, {team.pk}), since {team.created_at:%Y-%m-%d}"
    yield "members", _counted(Membership.objects.values_list("role").annotate(n=Count("pk")))
    yield from _feeds()
    yield "watched", _counted(Monitor.objects.values_list("kind").annotate(n=Count("pk")))
    enabled = AlertRule.objects.filter(is_enabled=True).count()
    yield "rules", f"{AlertRule.objects.count()}, {enabled} enabled"
    unseen = Alert.objects.filter(seen_at=None).count()
    yield "alerts", f"{Alert.objects.count()}, {unseen} not seen"
    yield "deliveries", _counted(Delivery.objects.values_list("state").annotate(n=Count("pk")))
    yield "displays", f"{Display.objects.count()}, {_enabled(Display.objects.all())} enabled"
    yield "API tokens", _tokens()
    yield from _storage()
    yield from _activity(team)


def _counted(rows: QuerySet[Any, Any]) -> str:
    found = [f"{n} {name}" for name, n in rows.order_by()]
    return ", ".join(found) or "none"


def _enabled(rows: QuerySet[Any]) -> int:
    return rows.filter(is_enabled=True).count()


def _feeds() -> Iterator[Line]:
    followed = Feed.objects.filter(follows__isnull=False).distinct().order_by("name")
    states = {state.feed_id: state for state in FeedState.objects.all()}
    yield "follows", str(followed.count())
    for feed in followed:
        state = states.get(feed.pk)
        link = state.state if state else "never connected"
        whose = "private" if feed.owner_id else "shared"
        yield "", f"{feed.name} ({whose}): {link}, data {_ago(state.data_at if state else None)}"


def _tokens() -> str:
    valid = Q(expires_at=None) | Q(expires_at__gt=timezone.now())
    tokens = ApiToken.objects.filter(valid, revoked_at=None)
    last = tokens.aggregate(last=Max("last_used_at"))["last"]
    return f"{tokens.count()} valid, used {_ago(last)}"


def _storage() -> Iterator[Line]:
    """Of its own feeds: those it shares with others are nobody's alone."""
    own = Feed.objects.filter(owner__isnull=False)
    folder = Path(settings.LT_DATA_DIR) / "tapes"
    sizes = [_size(folder / path) for path in _tapes(own)]
    races = Race.objects.filter(feed__in=own).count()
    laps = Lap.objects.filter(race__feed__in=own).count()
    yield "own storage", f"{races} races, {laps} laps, {len(sizes)} tapes of {_megabytes(sizes)}"
    yield "sees", f"{Race.objects.count()} races, {Race.objects.filter(is_live=True).count()} live"


def _tapes(own: QuerySet[Feed]) -> list[str]:
    return list(Tape.objects.filter(feed__in=own).values_list("path", flat=True))


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:  # on another machine, or moved away
        return 0


def _megabytes(sizes: list[int]) -> str:
    return f"{sum(sizes) / 1_000_000:.1f} MB"


def _activity(team: Team) -> Iterator[Line]:
    people = Membership.objects.filter(team=team).values("user")
    sessions = Session.objects.filter(user__in=people, expire_date__gt=timezone.now())
    seen = sessions.aggregate(last=Max("seen_at"))["last"]
    yield "signed in", f"{sessions.count()} browsers, last seen {_ago(seen)}"
    last = AuditEntry.objects.order_by("-at").first()
    yield "last change", f"{last} by {last.actor_name}, {_ago(last.at)}" if last else "none"


def _ago(at: datetime | None) -> str:
    return "never" if at is None else f"{timesince(at)} ago".replace("\xa0", " ")

"""Who watches what on the feeds that this process runs, from rows to what the kernel takes.

Four queries, however many feeds and teams. A team is here only for feeds that it follows, and only
if it has something to look for there. Runs in the writer's thread.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime, time
from typing import TypeVar
from uuid import UUID

from django.db.models import Exists, F, OuterRef, Q, QuerySet

from races.models import Follow
from timing.engine.watch import Rule, TeamWatch, Watched
from timing.models import AlertRule, Monitor, Plan


@dataclass(frozen=True, slots=True)
class Ways:
    """How loud an alert of a rule is, by which ways it leaves the house, and when it does not."""

    severity: str
    sound: bool
    push: bool
    email: bool
    webhook: bool
    quiet: tuple[time, time] | None


@dataclass(frozen=True, slots=True)
class Watching:
    """What one team looks for on one feed.

    `ways` is by rule. `since` is when the newest of its rules and monitors was made: of what was
    before, this watch says nothing.
    """

    team: UUID
    slug: str
    zone: str
    watch: TeamWatch
    ways: dict[int, Ways]
    since: datetime


Teams = dict[str, Watching]  # of one feed, by team
Pair = tuple[UUID, UUID]  # feed and team
Row = TypeVar("Row", Monitor, Plan, AlertRule)


def teams_watching(feeds: Collection[UUID]) -> dict[UUID, Teams]:
    """By feed; feeds that nobody watches are absent."""
    monitors = _by_pair(Monitor.objects.filter(feed__in=feeds).select_related("entry"))
    plans = _by_pair(Plan.objects.filter(feed__in=feeds))
    general: dict[UUID, list[AlertRule]] = defaultdict(list)
    rules = AlertRule.objects.filter(Q(feed__in=feeds) | Q(feed=None), is_enabled=True)
    bound = _by_pair(rule for rule in rules if rule.feed_id is not None)
    for rule in rules:
        if rule.feed_id is None:
            general[rule.team_id].append(rule)
    found: dict[UUID, Teams] = defaultdict(dict)
    for follow in _follows(feeds):
        pair = follow.feed_id, follow.team_id
        theirs = [*general[follow.team_id], *bound[pair]]
        if not (monitors[pair] or theirs):
            continue  # what there was when the rows were asked for went, or came, meanwhile
        plan = plans[pair][0].name if plans[pair] else ""
        found[follow.feed_id][str(follow.team_id)] = _watching(follow, plan, monitors[pair], theirs)
    return dict(found)


def _follows(feeds: Collection[UUID]) -> QuerySet[Follow]:
    """Of teams that watch something there; a private feed is followed by its owner alone."""
    team = OuterRef("team")
    monitors = Monitor.objects.filter(team=team, feed=OuterRef("feed"))
    rules = AlertRule.objects.filter(
        Q(feed=OuterRef("feed")) | Q(feed=None), team=team, is_enabled=True
    )
    return (
        Follow.objects.filter(Q(feed__owner=None) | Q(feed__owner=F("team")), feed__in=feeds)
        .filter(Exists(monitors) | Exists(rules))
        .select_related("team")
        .order_by("team_id")
    )


def _by_pair(rows: Iterable[Row]) -> dict[Pair, list[Row]]:
    found: dict[Pair, list[Row]] = defaultdict(list)
    for row in rows:
        assert row.feed_id is not None
        found[row.feed_id, row.team_id].append(row)
    return found


def _watching(
    follow: Follow, plan: str, monitors: list[Monitor], rules: list[AlertRule]
) -> Watching:
    watch = TeamWatch(
        team=str(follow.team_id),
        plan=plan,
        watched=tuple(_watched(row) for row in monitors),
        rules=tuple(_rule(row) for row in rules),
    )
    return Watching(
        team=follow.team_id,
        slug=follow.team.slug,
        zone=follow.team.zone,
        watch=watch,
        ways={row.pk: _ways(row) for row in rules},
        since=max([row.created_at for row in monitors] + [row.created_at for row in rules]),
    )


def _watched(row: Monitor) -> Watched:
    entry = row.entry
    return Watched(
        monitor=row.pk,
        kind=row.kind,
        by=row.by,
        value=row.value,
        entry_key=entry.key if entry else "",
        race=str(entry.race_id) if entry else "",
        note=row.note,
    )


def _rule(row: AlertRule) -> Rule:
    return Rule(
        id=row.pk,
        kind=row.kind,
        subject=row.subject,
        monitor=row.monitor_id,
        threshold=row.threshold,
        cooldown_ms=row.cooldown_s * 1000,
    )


def _ways(row: AlertRule) -> Ways:
    quiet = None
    if row.quiet_from is not None and row.quiet_to is not None:
        quiet = row.quiet_from, row.quiet_to
    return Ways(row.severity, row.sound, row.push, row.email, row.webhook, quiet)

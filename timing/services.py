"""What a team does about watching and alerts. Everything runs in the team's scope.

What the running pipeline must know of is told to it after the commit; it looks by itself every ten
seconds too, so that news which is lost is late and no more.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import UTC, datetime
from functools import partial
from uuid import UUID

from django.db import transaction
from django.db.models import Max
from django.utils.translation import gettext as _

from races.models import Entry, Feed, Follow
from teams import audit, news
from teams.models import Team, User
from teams.scoping import require
from teams.text import lines, one_line
from timing.enums import MonitorBy, MonitorKind
from timing.errors import WatchError
from timing.frames import hub_news
from timing.models import Alert, AlertRule, Monitor, Plan
from timing.queries import name_of
from timing.rules import MAX_RULES, RuleFields, cleaned
from timing.seen import Seen
from timing.topics import alerts_topic

__all__ = ["RuleFields", "WatchError"]

MAX_MONITORS = 100  # of a team on one feed
MAX_PLACE = 30_000  # what the column holds
MAX_SEEN = 500  # alerts acknowledged at once


# -- watching


@transaction.atomic
def mark(
    *,
    team: Team,
    feed: Feed,
    kind: str,
    by: str = MonitorBy.NUMBER,
    entry: Entry | None = None,
    value: str = "",
    note: str | None = None,
    place: int | None = None,
) -> Monitor:
    """Watch an entry, or whoever has this number or name. Marking again changes what is given.

    With `entry` and no `value`, the number or the name is that entry's. Without a `place` it
    comes last.
    """
    _check_followed(team, feed)
    if kind not in MonitorKind.values or by not in MonitorBy.values:
        raise WatchError(_("An entry is watched as ours or as a rival."))
    value = _value(feed, by, entry, value)
    given: dict[str, object] = {"kind": kind}
    if place is not None:
        given["place"] = min(max(place, 0), MAX_PLACE)
    if note is not None:
        given["note"] = one_line(note)[:300]
    begin = {"value": value, "place": partial(_next_place, team, feed)} | given
    whom = {"entry": entry} if by == MonitorBy.ENTRY else {"entry": None, "value": value}
    # Two of a team may mark the same one at once.
    monitor, _created = Monitor.objects.update_or_create(
        team=team, feed=feed, by=by, **whom, defaults=given, create_defaults=begin
    )
    _watch_changed(team)
    return monitor


def unmark(*, monitor: Monitor) -> None:
    """Its own alert rules go with it."""
    _delete(monitor)
    _watch_changed(monitor.team)


def set_note(*, monitor: Monitor, note: str) -> Monitor:
    monitor.note = one_line(note)[:300]
    monitor.save(update_fields=["note"])
    _watch_changed(monitor.team)
    return monitor


@transaction.atomic
def set_order(*, team: Team, feed: Feed, monitors: Sequence[int]) -> None:
    """Those named come first, in this order; ids that are not the team's are passed over."""
    rows = {row.pk: row for row in Monitor.objects.filter(team=team, feed=feed)}
    named = [rows.pop(pk) for pk in dict.fromkeys(monitors) if pk in rows]
    for place, row in enumerate([*named, *rows.values()]):
        if row.place != place:
            row.place = place
            row.save(update_fields=["place"])
    _watch_changed(team)


def set_plan(*, team: Team, feed: Feed, name: str, notes: str | None = None) -> Plan:
    _check_followed(team, feed)
    values = {"name": one_line(name)[:60]}
    if notes is not None:
        values["notes"] = lines(notes)[:10_000]
    plan, _created = Plan.objects.update_or_create(team=team, feed=feed, defaults=values)
    _watch_changed(team)
    return plan


def _check_followed(team: Team, feed: Feed) -> None:
    if not Follow.objects.filter(team=team, feed=feed).exists():
        raise WatchError(_("There is no such feed."))


def _value(feed: Feed, by: str, entry: Entry | None, value: str) -> str:
    if entry is not None and entry.race.feed_id != feed.pk:
        raise WatchError(_("There is no such entry."))
    if by == MonitorBy.ENTRY:
        if entry is None:
            raise WatchError(_("Say which entry to watch."))
        return entry.number[:200]
    if entry is not None and not value:
        value = entry.number if by == MonitorBy.NUMBER else entry.competitor
    value = " ".join(value.split())[:200]
    if not value:
        raise WatchError(_("Say which number or name to watch."))
    return value


def _next_place(team: Team, feed: Feed) -> int:
    rows = Monitor.objects.filter(team=team, feed=feed)
    if rows.count() >= MAX_MONITORS:
        raise WatchError(_("No more than %(most)d can be watched.") % {"most": MAX_MONITORS})
    last = rows.aggregate(last=Max("place"))["last"]
    return 0 if last is None else min(last + 1, MAX_PLACE)


# -- alert rules


def create_rule(*, team: Team, **fields: object) -> AlertRule:
    """`fields` are those of `RuleFields`."""
    if AlertRule.objects.filter(team=team).count() >= MAX_RULES:
        raise WatchError(_("A team has at most %(most)d rules.") % {"most": MAX_RULES})
    rule = cleaned(AlertRule(team=team), fields)
    rule.save()
    _watch_changed(team)
    return rule


def update_rule(*, rule: AlertRule, **fields: object) -> AlertRule:
    """It can be switched off whatever became of its feed, and changed while that is followed."""
    if fields == {"is_enabled": False}:
        return _switch_off(rule)
    rule = cleaned(rule, fields)
    rule.save()
    _watch_changed(rule.team)
    return rule


def delete_rule(*, rule: AlertRule) -> None:
    """Alerts that came of it stay."""
    _delete(rule)
    _watch_changed(rule.team)


def _switch_off(rule: AlertRule) -> AlertRule:
    require(rule.team)
    AlertRule.objects.filter(pk=rule.pk).update(is_enabled=False)
    rule.is_enabled = False
    _watch_changed(rule.team)
    return rule


def _delete(row: Monitor | AlertRule) -> None:
    """By a query: the row itself would ask first whether all that it points at may be seen, and its
    feed may be followed no more."""
    require(row.team)
    type(row).objects.filter(pk=row.pk).delete()


def _watch_changed(team: Team) -> None:
    transaction.on_commit(partial(news.watch_changed, team=team.pk))


# -- alerts


@transaction.atomic
def acknowledge(
    *,
    team: Team,
    alerts: Collection[UUID],
    user: User | None,
    until: datetime | None = None,
) -> list[UUID]:
    """Seen, for the whole team. The ids that were open until now; `user` is None for a token.

    A page shows an alert before it has a row. Those that have none, and with `until` all that are
    no newer, are left to who writes them.
    """
    now, asked = datetime.now(UTC), list(alerts)[:MAX_SEEN]
    rows = Alert.objects.filter(team=team, pk__in=asked).select_for_update()
    known = dict(rows.values_list("pk", "seen_at"))
    found = [pk for pk, seen_at in known.items() if seen_at is None]
    late = [pk for pk in dict.fromkeys(asked) if pk not in known]
    if found:
        Alert.objects.filter(pk__in=found).update(seen_at=now, seen_by=user)
    if found or late:
        audit.record("acknowledged", team=team, after={"alerts": len(found) + len(late)})
        transaction.on_commit(partial(_tell_seen, team, [*found, *late], now, user))
    if late or until is not None:
        seen = Seen(team.pk, tuple(late), until, now, user.pk if user else None)
        transaction.on_commit(partial(news.tell, news.INGEST_GROUP, seen.message()))
    return found


def _tell_seen(team: Team, alerts: list[UUID], at: datetime, user: User | None) -> None:
    topic = alerts_topic(team.pk)
    ids = [str(alert) for alert in alerts]
    seen_at = round(at.timestamp() * 1000)
    told = hub_news(topic, "alert_seen", ids=ids, seen_at=seen_at, seen_by=name_of(user))
    news.tell(news.HUB_GROUP, told)

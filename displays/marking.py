"""Marking an entry from a page: one request says who and as what, and how it is taken back.

A mark is named by a row of a race (`race` and `key`), by the mark itself (`monitor`), or by a
number or name that need not be there yet (`value`).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from displays.hub import hub
from displays.present import Row
from displays.watching import finds
from races.models import Entry, Feed
from teams.models import Team
from timing.enums import MonitorBy, MonitorKind
from timing.errors import WatchError
from timing.models import AlertRule, Monitor
from timing.queries import monitors_of
from timing.services import mark, set_order, unmark
from timing.topics import race_topic


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """`kind` empty: stop watching. `by` empty: as it was, or what holds best. `note` None: as it
    was. `place`: where in the order, for undo. `sure`: also if alert rules of its own go with it.
    """

    kind: str = ""
    by: str = ""
    race: UUID | None = None
    key: str = ""
    monitor: int | None = None
    value: str = ""
    note: str | None = None
    place: int | None = None
    sure: bool = False


@dataclass(frozen=True, slots=True)
class Done:
    """What to tell the reader, and the wish that takes it back."""

    said: str
    undo: dict[str, Any] = field(default_factory=dict)


class RulesGoError(WatchError):
    """Alert rules of its own would go with a mark: the reader must want that."""


@transaction.atomic
def fulfil(*, team: Team, feed: Feed, wish: Wish) -> Done:
    """Raises WatchError with what to do about it."""
    row = row_of(feed, wish.race, wish.key) if wish.race and wish.key else None
    had = marked_as(team, feed, wish, row)
    if not wish.kind:
        return _stop(had, sure=wish.sure)
    before = _as_wish(had) if had else None
    made = _mark(team, feed, wish, row, had)
    place = wish.place if before is None else before["place"]
    if place is not None:
        _put_back(team, feed, made, place)
    ours = made.kind == MonitorKind.OURS
    said = _("%(who)s is watched as ours.") if ours else _("%(who)s is watched as a rival.")
    undo = {"kind": "", "monitor": made.pk} if before is None else before | {"monitor": made.pk}
    return Done(said % {"who": who(made)}, undo)


def who(monitor: Monitor) -> str:
    """As people call it: a name by itself, a number as a kart's."""
    if monitor.by == MonitorBy.NAME:
        return monitor.value
    return _("Kart %(number)s") % {"number": monitor.value}


def row_of(feed: Feed, race: UUID, key: str) -> Row | None:
    """The row as the hub shows it, else as the facts know the entry; None if neither does."""
    snapshot = hub.snapshot(race_topic(race))
    entry = Entry.objects.filter(race=race, race__feed=feed, key=key).first()
    if entry is not None:
        return {"key": key, "number": entry.number, "competitor": entry.competitor, "entry": entry}
    row = snapshot.board["rows"].get(key) if snapshot else None
    return row | {"entry": None} if row else None


def marked_as(team: Team, feed: Feed, wish: Wish, row: Row | None) -> Monitor | None:
    monitors = monitors_of(team, feed)
    if wish.monitor is not None:
        return monitors.filter(pk=wish.monitor).first()
    if row is None:
        return None
    return next((each for each in monitors if finds(each, row, str(wish.race))), None)


def _mark(team: Team, feed: Feed, wish: Wish, row: Row | None, had: Monitor | None) -> Monitor:
    entry = row["entry"] if row else had.entry if had else None
    by = wish.by or (had.by if had else best_by(row))
    if by == MonitorBy.ENTRY and entry is None:
        raise WatchError(
            _("This entry is not stored yet. Try again in a moment, or watch its number.")
        )
    note = wish.note if wish.note is not None or had is None else had.note
    value = wish.value or _value(row, by) or (had.value if had and had.by == by else "")
    made = mark(team=team, feed=feed, kind=wish.kind, by=by, entry=entry, value=value, note=note)
    if had is not None and had.pk != made.pk:
        AlertRule.objects.filter(monitor=had).update(monitor=made)
        unmark(monitor=had)
    return made


def best_by(row: Row | None) -> str:
    """A name, where there is one: a rented kart is swapped at the stop, and its number with it."""
    named = bool(row and row["competitor"])
    return MonitorBy.NAME.value if named else MonitorBy.NUMBER.value


def _value(row: Row | None, by: str) -> str:
    if row is None or by == MonitorBy.ENTRY:
        return ""
    return str(row["number"] if by == MonitorBy.NUMBER else row["competitor"])


def _stop(had: Monitor | None, *, sure: bool) -> Done:
    if had is None:
        return Done(_("It was not watched."))
    rules = AlertRule.objects.filter(monitor=had).count()
    if rules and not sure:
        raise RulesGoError(
            ngettext(
                "%(who)s has %(rules)d alert rule of its own, which goes with it.",
                "%(who)s has %(rules)d alert rules of its own, which go with it.",
                rules,
            )
            % {"who": who(had), "rules": rules}
        )
    undo = _as_wish(had)
    unmark(monitor=had)
    return Done(_("%(who)s is no longer watched.") % {"who": who(had)}, undo)


def _as_wish(monitor: Monitor) -> dict[str, Any]:
    """The fields that make this mark again."""
    wish = {"kind": monitor.kind, "by": monitor.by, "note": monitor.note, "place": monitor.place}
    if monitor.entry is not None:
        return wish | {"race": str(monitor.entry.race_id), "key": monitor.entry.key}
    return wish | {"value": monitor.value}


def _put_back(team: Team, feed: Feed, monitor: Monitor, place: int) -> None:
    others = monitors_of(team, feed).exclude(pk=monitor.pk).order_by("place", "created_at")
    first = [each.pk for each in others if each.place < place]
    then = [each.pk for each in others if each.place >= place]
    set_order(team=team, feed=feed, monitors=[*first, monitor.pk, *then])

"""What can be done to displays, inside the scope of their team."""

from __future__ import annotations

from functools import partial

from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from displays.models import Display
from races.models import Feed, Race
from teams import news
from teams.models import Team
from teams.scoping import require
from teams.text import one_line

MAX_DISPLAYS = 100  # of a team


class DisplayError(Exception):
    """What was asked cannot be done; the text is for the user."""


def create_display(
    *, team: Team, name: str, feed: Feed | None = None, race: Race | None = None
) -> Display:
    """Of a feed or of a race: the database refuses both and neither. Open to the public at once.
    Raises DisplayError."""
    name = _named(name)
    if Display.objects.filter(team=team).count() >= MAX_DISPLAYS:
        raise DisplayError(
            _("A team has at most %(most)d displays: delete one first.") % {"most": MAX_DISPLAYS}
        )
    return Display.objects.create(team=team, name=name, feed=feed, race=race)


def _named(name: str) -> str:
    name = one_line(name)
    if not name:
        raise DisplayError(_("Give it a name, so that you know it again."))
    return name


def change_display(*, display: Display, **fields: object) -> Display:
    """`name`, `feed`, `race`, `is_enabled`. The code stays: screens in a hall turn at once to what
    it shows now. Raises DisplayError."""
    if unknown := fields.keys() - {"name", "feed", "race", "is_enabled"}:
        raise TypeError(f"a display has no {', '.join(sorted(unknown))}")
    if "name" in fields:
        fields["name"] = _named(str(fields["name"]))
    _rows(display).update(**fields)
    for name, value in fields.items():
        setattr(display, name, value)
    tell_viewers(display)
    return display


def switch_display(*, display: Display, enabled: bool) -> Display:
    """A display that is off keeps its code: the link works again when it is back on."""
    return change_display(display=display, is_enabled=enabled)


def delete_display(*, display: Display) -> None:
    """For good: the code is never given out again, so an old link can show nothing new."""
    _rows(display).delete()
    tell_viewers(display)


def tell_viewers(display: Display) -> None:
    """To look again: it shows something else now, or nothing."""
    transaction.on_commit(partial(news.access_changed, displays=[display.code]))


def _rows(display: Display) -> QuerySet[Display]:
    """By a query: the row itself would ask first whether all that it points at may be seen, and its
    feed may be followed no more."""
    require(display.team)
    return Display.objects.filter(pk=display.pk)

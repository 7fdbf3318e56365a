from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.db.models import Model, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from races.models import Entry, Lap, Race
from teams.admin import TeamAdmin
from teams.scoping import owns


class RacesGoToo(TeamAdmin):
    """Deletion of feeds and races: counts instead of Django's list, which would name every lap.

    A live race protects itself and its feed: the pipeline would write it again.
    """

    def get_deleted_objects(  # type: ignore[override]
        self, objs: QuerySet[Any] | list[Any], request: HttpRequest
    ) -> tuple[list[Any], dict[Any, int], set[str], list[str]]:
        rows = list(objs)
        races = _races(rows)
        counts = {
            gettext_lazy("races"): races.count(),
            gettext_lazy("entries"): Entry.objects.filter(race__in=races).count(),
            gettext_lazy("laps"): Lap.objects.filter(race__in=races).count(),
        }
        live = [_("%(race)s is live") % {"race": race} for race in races.filter(is_live=True)]
        foreign = {str(row) for row in rows if not self.has_delete_permission(request, row)}
        return [str(row) for row in rows], counts, foreign, live

    def own(self, request: HttpRequest, queryset: QuerySet[Any]) -> list[Any]:
        """The chosen rows that may be changed; says so about the others."""
        rows = list(queryset)
        kept = [row for row in rows if owns(row)]
        if len(kept) < len(rows):
            self.message_user(
                request, _("Shared rows are for operators: left alone."), messages.WARNING
            )
        return kept


def _races(rows: list[Model]) -> QuerySet[Race]:
    pks = [row.pk for row in rows]
    if rows and isinstance(rows[0], Race):
        return Race.objects.filter(pk__in=pks)
    return Race.objects.filter(feed__in=pks)

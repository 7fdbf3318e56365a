from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.db.models import Model, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext as _

from races.models import Race
from teams.admin import TeamAdmin
from teams.scoping import owns


class RacesGoToo(TeamAdmin):
    """A live race protects itself and its feed: the pipeline would write it again."""

    def protected(self, rows: list[Any]) -> list[str]:
        live = _races(rows).filter(is_live=True)
        return [_("%(race)s is live") % {"race": race} for race in live]

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

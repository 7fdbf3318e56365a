from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.db.models import Count, OuterRef, QuerySet, Subquery
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from races import services
from races.admin.deleting import RacesGoToo
from races.merging import can_merge, merge_races
from races.models import Entry, FlagPeriod, Race


class ReadOnlyInline(admin.TabularInline):
    extra = 0
    can_delete = False
    show_change_link = True

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class EntryInline(ReadOnlyInline):
    model = Entry
    fields = ["position", "number", "competitor", "class_name", "laps", "best_ms", "stops"]


class FlagInline(ReadOnlyInline):
    model = FlagPeriod
    fields = ["number", "flag", "started_at", "ended_at"]


@admin.register(Race)
class RaceAdmin(RacesGoToo):
    list_display = ["title", "feed", "kind", "first_seen_at", "ended_at", "is_live", "entry_count"]
    list_filter = ["is_live", "kind", "ranking", ("feed", admin.RelatedOnlyFieldListFilter)]
    list_select_related = ["feed"]
    search_fields = ["event", "name", "track_name", "feed__name", "=id"]
    date_hierarchy = "first_seen_at"
    inlines = [EntryInline, FlagInline]
    actions = ["reset", "merge"]
    # What the feed says again with its next frame is not offered for change.
    fields = [
        "id",
        "feed",
        ("event", "name", "kind"),
        ("ranking", "language", "planned_ms"),
        ("track_name", "track_length_m"),
        ("first_seen_at", "last_seen_at"),
        ("started_at", "ended_at", "is_live"),
        ("leader_laps", "best_ms"),
    ]
    editable = {"event", "name", "kind"}

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return super().has_delete_permission(request, obj) and not (obj and obj.is_live)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        names = [field.name for field in Race._meta.concrete_fields]  # noqa: SLF001
        return [name for name in names if name not in self.editable or (obj and obj.is_live)]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        entries = Entry.objects.filter(race=OuterRef("pk")).order_by().values("race")
        counted = Subquery(entries.annotate(n=Count("pk")).values("n"))
        return super().get_queryset(request).annotate(_entries=counted)

    @admin.display(description=gettext_lazy("title"), ordering="name")
    def title(self, race: Race) -> str:
        return str(race)

    @admin.display(description=gettext_lazy("entries"), ordering="_entries")
    def entry_count(self, race: Any) -> int:
        return race._entries or 0  # noqa: SLF001

    @admin.action(description=gettext_lazy("Reset the data of races"), permissions=["change"])
    def reset(self, request: HttpRequest, queryset: QuerySet[Race]) -> HttpResponse | None:
        races = self.own(request, queryset)
        if not races:
            return None
        if "confirmed" not in request.POST:
            return self._confirm(
                request,
                races,
                action="reset",
                title=_("Reset the data of races"),
                text=_(
                    "Every entry, lap, stint, pit stop, penalty, flag and message of these races "
                    "is deleted. A live race begins again with what its feed says next."
                ),
            )
        for race in races:
            services.reset_race(race=race)
        text = ngettext("%(n)d race was reset.", "%(n)d races were reset.", len(races))
        self.message_user(request, text % {"n": len(races)}, messages.SUCCESS)
        return None

    @admin.action(description=gettext_lazy("Merge two races wrongly split"), permissions=["change"])
    def merge(self, request: HttpRequest, queryset: QuerySet[Race]) -> HttpResponse | None:
        races = sorted(self.own(request, queryset), key=lambda race: race.first_seen_at)
        reason = _("Choose exactly two races.") if len(races) != 2 else can_merge(*races)
        if reason:
            self.message_user(request, reason, messages.ERROR)
            return None
        if "confirmed" not in request.POST:
            return self._confirm(
                request,
                races,
                action="merge",
                title=_("Merge two races wrongly split"),
                text=_(
                    "The first of these races stays and takes every entry and fact of the second, "
                    "which is deleted. This cannot be undone."
                ),
            )
        kept = merge_races(races=(races[0], races[1]))
        self.message_user(request, _("Merged into %(race)s.") % {"race": kept}, messages.SUCCESS)
        return None

    def _confirm(
        self, request: HttpRequest, races: list[Race], *, action: str, title: str, text: str
    ) -> TemplateResponse:
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": title,
            "text": text,
            "races": races,
            "action": action,
            "action_checkbox_name": ACTION_CHECKBOX_NAME,
        }
        return TemplateResponse(request, "admin/races/confirm.html", context)

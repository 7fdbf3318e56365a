from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from displays.models import Display
from displays.services import delete_display, switch_display, tell_viewers
from teams.admin import TeamAdmin


@admin.register(Display)
class DisplayAdmin(TeamAdmin):
    list_display = ["name", "link", "team", "feed", "race", "is_enabled", "created_at"]
    list_filter = ["is_enabled", "team"]
    list_select_related = ["team", "feed", "race"]
    search_fields = ["name", "code", "team__name", "feed__name", "race__name", "race__event"]
    autocomplete_fields = ["team", "feed", "race"]
    readonly_fields = ["code", "link", "created_at"]
    date_hierarchy = "created_at"
    actions = ["enable", "disable"]

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """One that is yet to be made has no code: the form's would be another than its own."""
        fields = super().get_fields(request, obj)
        return fields if obj else [name for name in fields if name not in self.readonly_fields]

    @admin.display(description=_("link"))
    def link(self, display: Display) -> str:
        url = reverse("display", args=[display.code])
        return format_html('<a href="{}">{}</a>', url, display.code)

    @admin.action(description=_("Enable"), permissions=["change"])
    def enable(self, request: HttpRequest, displays: QuerySet[Any]) -> None:
        _switch(displays, enabled=True)

    @admin.action(description=_("Disable: viewers are cut off at once"), permissions=["change"])
    def disable(self, request: HttpRequest, displays: QuerySet[Any]) -> None:
        _switch(displays, enabled=False)

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        super().save_model(request, obj, form, change)
        tell_viewers(obj)

    def delete_model(self, request: HttpRequest, obj: Any) -> None:
        delete_display(display=obj)

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        for display in queryset:
            delete_display(display=display)


def _switch(displays: QuerySet[Any], *, enabled: bool) -> None:
    for display in displays:
        switch_display(display=display, enabled=enabled)

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from teams.admin import FactAdmin
from timing.models import FeedState, ResumePoint, Tape


class _ReadOnly(FactAdmin):
    """The pipeline writes these; people look."""

    def has_add_permission(self, request: HttpRequest, *args: Any) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, *args: Any) -> bool:
        return False


@admin.register(FeedState)
class FeedStateAdmin(_ReadOnly):
    list_display = ["feed", "state", "data_at", "retry_at", "error", "current_race", "epoch"]
    list_filter = ["state"]
    search_fields = ["feed__name", "feed__address", "error"]
    list_select_related = ["feed", "current_race"]


@admin.register(Tape)
class TapeAdmin(_ReadOnly):
    list_display = ["path", "feed", "started_at", "closed_at", "frames"]
    list_filter = ["closed_at"]
    search_fields = ["path", "feed__name"]
    date_hierarchy = "started_at"
    list_select_related = ["feed"]


@admin.register(ResumePoint)
class ResumePointAdmin(_ReadOnly):
    list_display = ["feed", "tape", "offset", "at"]
    search_fields = ["feed__name"]
    exclude = ["state"]
    list_select_related = ["feed", "tape"]

"""What the pipeline writes about itself: people look, as at facts."""

from __future__ import annotations

from django.contrib import admin

from teams.admin import FactAdmin
from timing.models import FeedState, ResumePoint, Tape


@admin.register(FeedState)
class FeedStateAdmin(FactAdmin):
    list_display = ["feed", "state", "data_at", "retry_at", "error", "current_race", "epoch"]
    list_filter = ["state"]
    search_fields = ["feed__name", "feed__address", "error"]
    list_select_related = ["feed", "current_race"]


@admin.register(Tape)
class TapeAdmin(FactAdmin):
    list_display = ["path", "feed", "started_at", "closed_at", "frames"]
    list_filter = ["closed_at"]
    search_fields = ["path", "feed__name"]
    date_hierarchy = "started_at"
    list_select_related = ["feed"]


@admin.register(ResumePoint)
class ResumePointAdmin(FactAdmin):
    list_display = ["feed", "tape", "offset", "at"]
    search_fields = ["feed__name"]
    exclude = ["state"]
    list_select_related = ["feed", "tape"]

"""What teams watch, which staff may change; what the pipeline writes, which people only read."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import ValidationError

from teams.admin import FactAdmin, TeamAdmin
from timing.errors import WatchError
from timing.models import Alert, AlertRule, FeedState, Monitor, Plan, ResumePoint, Tape
from timing.rules import FIELDS, cleaned

OF_TEAM = ("team", admin.RelatedOnlyFieldListFilter)
OF_FEED = ("feed", admin.RelatedOnlyFieldListFilter)


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


@admin.register(Plan)
class PlanAdmin(TeamAdmin):
    list_display = ["team", "feed", "name"]
    list_filter = [OF_TEAM, OF_FEED]
    list_select_related = ["team", "feed"]
    search_fields = ["name", "notes", "team__name", "team__slug", "feed__name"]
    autocomplete_fields = ["team", "feed"]


@admin.register(Monitor)
class MonitorAdmin(TeamAdmin):
    list_display = ["value", "kind", "by", "team", "feed", "note", "place", "created_at"]
    list_filter = ["kind", "by", OF_TEAM, OF_FEED]
    list_select_related = ["team", "feed"]
    search_fields = ["=value", "note", "team__name", "team__slug", "feed__name"]
    autocomplete_fields = ["team", "feed", "entry"]
    date_hierarchy = "created_at"


class RuleForm(forms.ModelForm):
    """Held to what pages and the API are held to."""

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if not self.errors:
            try:
                cleaned(AlertRule(team=data["team"]), {n: data[n] for n in FIELDS & data.keys()})
            except WatchError as refused:
                raise ValidationError(str(refused)) from refused
        return data


@admin.register(AlertRule)
class AlertRuleAdmin(TeamAdmin):
    form = RuleForm
    list_display = ["__str__", "kind", "subject", "threshold", "severity", "team", "feed"]
    list_display += ["sound", "push", "email", "webhook", "is_enabled"]
    list_filter = ["kind", "severity", "is_enabled", "push", "email", "webhook", OF_TEAM, OF_FEED]
    list_select_related = ["team", "feed"]
    search_fields = ["name", "team__name", "team__slug", "feed__name", "monitor__value"]
    autocomplete_fields = ["team", "feed", "monitor"]
    date_hierarchy = "created_at"


@admin.register(Alert)
class AlertAdmin(FactAdmin):
    list_display = ["at", "title", "kind", "severity", "team", "feed", "seen_at", "seen_by"]
    list_filter = ["kind", "severity", ("seen_at", admin.EmptyFieldListFilter), OF_TEAM, OF_FEED]
    list_select_related = ["team", "feed", "seen_by"]
    search_fields = ["title", "detail", "=number", "=race", "team__name", "team__slug"]
    date_hierarchy = "at"

from __future__ import annotations

from django.contrib import admin

from teams.admin.shared import FactAdmin
from teams.models import AuditEntry


@admin.register(AuditEntry)
class AuditEntryAdmin(FactAdmin):
    """Read by operators with the entries of no team, by limited staff with those of their teams."""

    list_display = ["at", "actor_name", "token_name", "action", "model", "object_name", "team"]
    list_filter = ["action", "model", ("team", admin.RelatedOnlyFieldListFilter)]
    list_select_related = ["team"]
    search_fields = ["actor_name", "token_name", "object_name", "=object_id", "=address"]
    date_hierarchy = "at"

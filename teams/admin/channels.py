"""Keys to the API and ways out of the house. What is secret of them is on no page.

They are made on the pages of a team: a key is shown there once, a browser subscribes itself.
"""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest

from teams import news
from teams.admin.shared import FactAdmin, TeamAdmin
from teams.models import ApiToken, Delivery, PushSubscription, Webhook

OF_TEAM = ("team", admin.RelatedOnlyFieldListFilter)


class _Switched(TeamAdmin):
    """May be looked at, switched off and deleted."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        shown = [field.name for field in self.model._meta.concrete_fields]  # noqa: SLF001
        return [name for name in shown if name not in {*(self.exclude or ()), "is_enabled"}]


@admin.register(ApiToken)
class ApiTokenAdmin(_Switched):
    list_display = ["name", "team", "access", "prefix", "created_by", "last_used_at", "expires_at"]
    list_filter = ["access", OF_TEAM, "revoked_at"]
    list_select_related = ["team", "created_by"]
    search_fields = ["name", "prefix", "team__name", "team__slug"]
    exclude = ["digest"]
    date_hierarchy = "created_at"

    def delete_model(self, request: HttpRequest, obj: Any) -> None:
        self._end([obj.pk])
        super().delete_model(request, obj)

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        self._end(list(queryset.values_list("pk", flat=True)))
        super().delete_queryset(request, queryset)

    def _end(self, tokens: list[int]) -> None:
        """Sockets that a key holds open end with it."""
        transaction.on_commit(lambda: news.access_changed(tokens=tokens))


@admin.register(Webhook)
class WebhookAdmin(_Switched):
    list_display = ["name", "team", "is_enabled", "created_at"]
    list_filter = ["is_enabled", OF_TEAM]
    list_select_related = ["team"]
    search_fields = ["name", "team__name", "team__slug"]
    exclude = ["url", "secret"]


@admin.register(PushSubscription)
class PushSubscriptionAdmin(_Switched):
    list_display = ["user", "team", "agent", "created_at", "last_ok_at"]
    list_filter = [OF_TEAM, "last_ok_at"]
    list_select_related = ["user", "team"]
    search_fields = ["user__username", "team__name", "team__slug", "agent"]
    exclude = ["digest", "endpoint", "p256dh", "auth", "browser"]


@admin.register(Delivery)
class DeliveryAdmin(FactAdmin):
    list_display = ["subject", "channel", "state", "team", "attempts", "next_at", "error"]
    list_filter = ["state", "channel", OF_TEAM]
    list_select_related = ["team"]
    search_fields = ["subject", "key", "email", "team__name", "error"]
    date_hierarchy = "created_at"

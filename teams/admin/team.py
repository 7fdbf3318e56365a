"""Teams, their members and who is asked to join."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db import transaction
from django.db.models import Count, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from teams import news
from teams.admin.owners import KeepsAnOwner, KeepsAnOwnerHere, of_memberships, words
from teams.admin.shared import OwnUsers, TeamAdmin, is_limited
from teams.models import Invitation, Membership, Team


class MembershipInline(OwnUsers, admin.TabularInline):
    model = Membership
    extra = 0
    formset = KeepsAnOwnerHere
    autocomplete_fields = ["user", "team"]


@admin.register(Team)
class TeamsAdmin(TeamAdmin):
    list_display = ["name", "slug", "members", "feeds_followed", "created_at"]
    search_fields = ["name", "slug"]
    ordering = ["name", "slug"]
    date_hierarchy = "created_at"
    prepopulated_fields = {"slug": ["name"]}
    inlines = [MembershipInline]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return super().has_add_permission(request) and not is_limited(request)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        members = Count("memberships", distinct=True)
        follows = Count("follows", distinct=True)
        return super().get_queryset(request).annotate(_members=members, _follows=follows)

    @admin.display(description=_("members"), ordering="_members")
    def members(self, team: Any) -> int:
        return int(team._members)  # noqa: SLF001

    @admin.display(description=_("feeds"), ordering="_follows")
    def feeds_followed(self, team: Any) -> int:
        return int(team._follows)  # noqa: SLF001


@admin.register(Membership)
class MembershipAdmin(OwnUsers, TeamAdmin):
    list_display = ["user", "team", "role", "created_at"]
    list_filter = ["role"]
    list_select_related = ["user", "team"]
    search_fields = ["user__username", "user__email", "team__name", "team__slug"]
    autocomplete_fields = ["user", "team"]
    date_hierarchy = "created_at"
    form = KeepsAnOwner

    def protected(self, rows: list[Any]) -> list[str]:
        return words(of_memberships(rows))

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        super().save_model(request, obj, form, change)
        _announce(obj.user_id)

    def delete_model(self, request: HttpRequest, obj: Any) -> None:
        user = obj.user_id
        super().delete_model(request, obj)
        _announce(user)

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        users = list(queryset.values_list("user", flat=True))
        super().delete_queryset(request, queryset)
        _announce(*users)


def _announce(*users: int) -> None:
    """Open sockets look again at once, as after the pages of a team."""
    transaction.on_commit(lambda: news.access_changed(users=users))


@admin.register(Invitation)
class InvitationAdmin(TeamAdmin):
    """Made by owners, on their page: the link is shown there, once."""

    list_display = ["email", "team", "role", "invited_by", "expires_at", "accepted_at"]
    list_filter = ["role", "accepted_at", "revoked_at"]
    list_select_related = ["team", "invited_by"]
    search_fields = ["email", "team__name", "team__slug", "invited_by__username"]
    exclude = ["digest"]
    date_hierarchy = "created_at"

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

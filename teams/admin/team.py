"""Teams, their members and who is asked to join."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.contrib import admin
from django.db import transaction
from django.db.models import Count, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from teams import news
from teams.admin.owners import KeepsAnOwner, KeepsAnOwnerHere, of_memberships, words
from teams.admin.shared import OwnUsers, TeamAdmin, is_limited
from teams.enums import Role
from teams.models import Invitation, Membership, Team
from teams.services import end_invitations, sight_changed
from teams.text import one_line


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

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        obj.name = one_line(obj.name)
        super().save_model(request, obj, form, change)

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        """The members are on this page, too."""
        with _in_force(form.instance.memberships.all()):
            super().save_related(request, form, formsets, change)

    def delete_model(self, request: HttpRequest, obj: Any) -> None:
        sight_changed(team=obj)
        super().delete_model(request, obj)

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        for team in queryset:
            sight_changed(team=team)
        super().delete_queryset(request, queryset)

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
        with _in_force(Membership.objects.filter(pk=obj.pk)):
            super().save_model(request, obj, form, change)

    def delete_model(self, request: HttpRequest, obj: Any) -> None:
        with _in_force(Membership.objects.filter(pk=obj.pk)):
            super().delete_model(request, obj)

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        with _in_force(queryset):
            super().delete_queryset(request, queryset)


@contextmanager
def _in_force(rows: QuerySet[Membership]) -> Iterator[None]:
    """As after the pages of a team: who is no owner any more keeps no invitation open, and the
    sockets of everybody whom a change of these rows concerns look again at once."""
    before = list(rows.all())
    kept = [row.pk for row in before]  # by key, for a row may leave what was asked for
    yield
    now = Membership.objects.filter(pk__in=[*kept, *rows.all().values_list("pk", flat=True)])
    owners = set(now.filter(role=Role.OWNER).values_list("user", "team"))
    for row in before:
        if (row.user_id, row.team_id) not in owners:
            end_invitations(by=row.user_id, team=row.team_id)
    users = {row.user_id for row in before} | set(now.values_list("user", flat=True))
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

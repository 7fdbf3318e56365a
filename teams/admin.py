"""The admin of accounts, and what every admin of a team's rows shares.

The scope is opened by the door in the middleware: every team for superusers, their own teams for
other staff, so the querysets here are filtered already.
"""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.contrib.admin.options import BaseModelAdmin
from django.contrib.auth.admin import GroupAdmin, UserAdmin
from django.contrib.auth.models import Group
from django.db.models import CASCADE, Count, Field, Model, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from teams.doors import belongs_elsewhere
from teams.models import Membership, Team, User
from teams.scoping import TeamModel, current_scope, owns


def is_limited(request: HttpRequest) -> bool:
    """Staff of some teams, not of the installation."""
    return not request.user.is_superuser


class TeamAdmin(admin.ModelAdmin):
    """Limited staff may look at what their teams see and change what their teams own."""

    show_full_result_count = False  # a second count, of all rows, on tables of millions

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return super().has_change_permission(request, obj) and _may_write(obj)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return super().has_delete_permission(request, obj) and _may_write(obj)

    def get_deleted_objects(
        self, objs: Any, request: HttpRequest
    ) -> tuple[list[str], dict[Any, int], set[str], list[str]]:
        """Counts instead of Django's list, which would name every lap, and would ask whether each
        may be deleted by itself: facts may not, but they go with what they belong to."""
        rows = list(objs)
        refused = {str(row) for row in rows if not self.has_delete_permission(request, row)}
        counts = _cascaded(self.model, [row.pk for row in rows])
        protected = self.protected(rows)
        # Either forbids it, and only one is shown: the reason tells more than a missing right.
        return [str(row) for row in rows], counts, set() if protected else refused, protected

    def protected(self, rows: list[Any]) -> list[str]:
        """What forbids the deletion, in words."""
        return []


def _cascaded(model: type[Model], pks: list[Any]) -> dict[Any, int]:
    """How many rows of each model would go along; a query a model."""
    paths: dict[Any, str] = {model: ""}
    queue: list[Any] = [model]
    for parent in queue:
        for relation in parent._meta.related_objects:  # noqa: SLF001
            child = relation.related_model
            if relation.on_delete is CASCADE and child not in paths:
                paths[child] = "__".join(filter(None, [relation.field.name, paths[parent]]))
                queue.append(child)
    counts = {
        child._meta.verbose_name_plural: child.objects.filter(  # noqa: SLF001
            **{f"{path or 'pk'}__in": pks}
        ).count()
        for child, path in paths.items()
    }
    return {name: count for name, count in counts.items() if count}


def _may_write(obj: Model | None) -> bool:
    return not isinstance(obj, TeamModel) or owns(obj)


class FactAdmin(TeamAdmin):
    """What happened is read, not edited. It goes when its race goes."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


def visible_users(request: HttpRequest) -> QuerySet[User]:
    """Users are of no team; limited staff see those who share one with them."""
    if not is_limited(request):
        return User.objects.all()
    return User.objects.filter(pk__in=Membership.objects.values("user"))


class _OwnUsers(BaseModelAdmin):
    """Limited staff choose among the people of their teams."""

    def formfield_for_foreignkey(
        self, db_field: Field[Any, Any], request: HttpRequest, **kwargs: Any
    ) -> Any:
        if db_field.name == "user":
            kwargs["queryset"] = visible_users(request)
        return super().formfield_for_foreignkey(db_field, request, **kwargs)  # type: ignore[arg-type]


class MembershipInline(_OwnUsers, admin.TabularInline):
    model = Membership
    extra = 0
    autocomplete_fields = ["user", "team"]


@admin.register(User)
class PersonAdmin(UserAdmin):
    list_display = ["username", "email", "is_active", "is_staff", "is_superuser", "last_login"]
    list_filter = ["is_active", "is_staff", "is_superuser"]
    search_fields = ["username", "email", "first_name", "last_name"]
    date_hierarchy = "date_joined"
    add_fieldsets = (
        (None, {"classes": ("wide",), "fields": ("username", "email", "password1", "password2")}),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[User]:
        return visible_users(request)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """Who could set these could make themselves a superuser."""
        rights = ("is_staff", "is_superuser", "groups", "user_permissions")
        return rights if is_limited(request) else ()

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return super().has_change_permission(request, obj) and _is_below(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return super().has_delete_permission(request, obj) and _is_below(request, obj)


def _is_below(request: HttpRequest, person: User | None) -> bool:
    """A new password for a superuser, or for a member of another team too, would be a way in."""
    if person is None or not is_limited(request):
        return True
    raised = person.is_staff or person.is_superuser
    return not (raised or belongs_elsewhere(person, current_scope()))


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
class MembershipAdmin(_OwnUsers, TeamAdmin):
    list_display = ["user", "team", "role", "created_at"]
    list_filter = ["role"]
    list_select_related = ["user", "team"]
    search_fields = ["user__username", "user__email", "team__name", "team__slug"]
    autocomplete_fields = ["user", "team"]
    date_hierarchy = "created_at"


class OperatorsOnly(admin.ModelAdmin):
    """What is common to all teams is for operators to change."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        return super().has_add_permission(request) and not is_limited(request)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return super().has_change_permission(request, obj) and not is_limited(request)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return super().has_delete_permission(request, obj) and not is_limited(request)


admin.site.unregister(Group)


@admin.register(Group)
class OperatorsGroupAdmin(OperatorsOnly, GroupAdmin):
    """Rights for limited staff, hence not theirs to change."""

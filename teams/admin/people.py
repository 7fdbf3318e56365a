"""Accounts, and the browsers that are signed in."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.contrib.auth.admin import GroupAdmin, UserAdmin
from django.contrib.auth.models import Group
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from rest_framework_simplejwt.token_blacklist import admin as registers  # noqa: F401
from rest_framework_simplejwt.token_blacklist.models import BlacklistedToken, OutstandingToken

from teams import audit, news
from teams.admin.owners import of_people, words
from teams.admin.shared import (
    CountsWhatGoes,
    OperatorsOnly,
    OwnHistory,
    is_limited,
    visible_users,
)
from teams.delivery.devices import end_pushes
from teams.doors import belongs_elsewhere
from teams.models import Session, User
from teams.personal import delete_account
from teams.scoping import current_scope
from teams.services import end_invitations


class RecordsRights(admin.ModelAdmin):
    """Groups and rights are no columns of a row, so its manager does not see them change."""

    rights: tuple[str, ...] = ()

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        before = self._rights(form.instance)
        super().save_related(request, form, formsets, change)
        after = self._rights(form.instance)
        if before != after:
            audit.record("changed", subject=form.instance, before=before, after=after)

    def _rights(self, row: Any) -> dict[str, list[str]]:
        return {name: sorted(map(str, getattr(row, name).all())) for name in self.rights}


@admin.register(User)
class PersonAdmin(RecordsRights, OwnHistory, CountsWhatGoes, UserAdmin):
    rights = ("groups", "user_permissions")
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

    def may_read_history(self, request: HttpRequest, row: Any) -> bool:
        return _is_below(request, row)

    def protected(self, rows: list[Any]) -> list[str]:
        return words(of_people(rows))

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """Open sockets look again at once: who is switched off is cut off, with every way back.
        Who owns another address is not known yet."""
        if change and "email" in form.changed_data:
            obj.email_verified_at = None
        super().save_model(request, obj, form, change)
        if not obj.is_active:
            end_invitations(by=obj.pk)
        transaction.on_commit(lambda: news.access_changed(users=[obj.pk]))

    def user_change_password(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """The person's sessions end with the old password, their sockets and pushes with them."""
        answer = super().user_change_password(request, *args, **kwargs)
        if answer.status_code == 302:
            person = User.objects.get(pk=int(args[0] if args else kwargs["id"]))
            end_pushes(user=person)
            audit.record("changed the password", subject=person)
            news.access_changed(users=[person.pk])
        return answer

    def delete_model(self, request: HttpRequest, obj: Any) -> None:
        delete_account(user=obj)

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        for person in queryset:
            delete_account(user=person)


def _is_below(request: HttpRequest, person: User | None) -> bool:
    """A new password for a superuser, or for a member of another team too, would be a way in."""
    if person is None or not is_limited(request):
        return True
    raised = person.is_staff or person.is_superuser
    return not (raised or belongs_elsewhere(person, current_scope()))


# Which tokens were refused, of people of all teams: nothing for anybody to look at or to change.
for model in (OutstandingToken, BlacklistedToken):
    admin.site.unregister(model)
admin.site.unregister(Group)


@admin.register(Group)
class OperatorsGroupAdmin(OperatorsOnly, GroupAdmin):
    """Rights for limited staff, hence not theirs to change. Django's own rows tell the log nothing
    themselves."""

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        form.was = _told(Group.objects.get(pk=obj.pk)) if change else {}
        super().save_model(request, obj, form, change)

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        super().save_related(request, form, formsets, change)
        was, now = form.was, _told(form.instance)
        after = {name: value for name, value in now.items() if value != was.get(name)}
        before = {name: was[name] for name in after if name in was}
        if after:
            done = "changed" if change else "created"
            audit.record(done, subject=form.instance, before=before, after=after)

    def delete_model(self, request: HttpRequest, obj: Any) -> None:
        audit.record("deleted", subject=obj, before=_told(obj))
        super().delete_model(request, obj)

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        for group in queryset:
            self.delete_model(request, group)


def _told(group: Any) -> dict[str, Any]:
    return {"name": group.name, "permissions": sorted(map(str, group.permissions.all()))}


@admin.register(Session)
class SessionAdmin(admin.ModelAdmin):
    """To look at. Its key signs in, so no page of the list links to one or names it."""

    list_display = ["user", "address", "agent", "created_at", "seen_at", "expire_date"]
    list_display_links = None
    list_select_related = ["user"]
    list_filter = ["created_at", "seen_at"]
    search_fields = ["user__username", "user__email", "address", "agent"]
    exclude = ["session_key", "session_data", "browser"]
    actions = None

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return super().has_view_permission(request, obj) and not is_limited(request)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

"""What every admin of a team's rows shares.

The scope is opened by the door in the middleware: every team for superusers, their own teams for
other staff, so the querysets here are filtered already.
"""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.contrib.admin.options import BaseModelAdmin
from django.contrib.admin.utils import unquote
from django.core.exceptions import PermissionDenied
from django.db.models import CASCADE, Field, Model, QuerySet
from django.http import HttpRequest, HttpResponse

from teams.models import Membership, User
from teams.scoping import TeamModel, owns


def is_limited(request: HttpRequest) -> bool:
    """Staff of some teams, not of the installation."""
    return not request.user.is_superuser


class CountsWhatGoes(admin.ModelAdmin):
    """Deletion, which asks before with what else goes."""

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


class OwnHistory(admin.ModelAdmin):
    """Who did what to a row, for those whose row it is: of what is shared it would name others."""

    def history_view(
        self, request: HttpRequest, object_id: str, extra_context: Any = None
    ) -> HttpResponse:
        row = self.get_object(request, unquote(object_id))
        if row is not None and not self.may_read_history(request, row):
            raise PermissionDenied
        return super().history_view(request, object_id, extra_context)

    def may_read_history(self, request: HttpRequest, row: Any) -> bool:
        return _may_write(row)


class TeamAdmin(OwnHistory, CountsWhatGoes):
    """Limited staff may look at what their teams see and change what their teams own."""

    show_full_result_count = False  # a second count, of all rows, on tables of millions

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return super().has_change_permission(request, obj) and _may_write(obj)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return super().has_delete_permission(request, obj) and _may_write(obj)


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


class OwnUsers(BaseModelAdmin):
    """Limited staff choose among the people of their teams."""

    def formfield_for_foreignkey(
        self, db_field: Field[Any, Any], request: HttpRequest, **kwargs: Any
    ) -> Any:
        if db_field.name == "user":
            kwargs["queryset"] = visible_users(request)
        return super().formfield_for_foreignkey(db_field, request, **kwargs)  # type: ignore[arg-type]


class OperatorsOnly(admin.ModelAdmin):
    """What is common to all teams is for operators to change."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        return super().has_add_permission(request) and not is_limited(request)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return super().has_change_permission(request, obj) and not is_limited(request)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return super().has_delete_permission(request, obj) and not is_limited(request)

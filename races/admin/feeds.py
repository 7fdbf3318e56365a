from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.contrib import admin, messages
from django.db.models import Count, Exists, OuterRef, Q, QuerySet, URLField
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from races import services
from races.admin.deleting import RacesGoToo
from races.models import Feed, FeedRequest, Follow, Race, Track
from teams.admin import FactAdmin, OperatorsOnly, TeamAdmin, is_limited
from teams.services import sight_changed


@admin.register(Track)
class TrackAdmin(OperatorsOnly):
    list_display = ["name", "slug", "country", "length_m", "protocol", "config_port", "is_active"]
    list_filter = ["protocol", "is_active", "country"]
    search_fields = ["name", "slug", "page_url"]
    formfield_overrides = {URLField: {"assume_scheme": "https"}}


class FollowInline(admin.TabularInline):
    model = Follow
    extra = 0
    autocomplete_fields = ["team"]


class OwnerFilter(admin.SimpleListFilter):
    title = gettext_lazy("ownership")
    parameter_name = "owned"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("no", _("Shared")), ("yes", _("Of one team"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        if self.value() is None:
            return queryset
        return queryset.filter(owner__isnull=self.value() == "no")


@admin.register(Feed)
class FeedAdmin(RacesGoToo):
    list_display = ["name", "protocol", "track", "owner", "followers", "live", "pinned", "enabled"]
    list_filter = ["protocol", "enabled", "pinned", OwnerFilter]
    list_select_related = ["track", "owner"]
    search_fields = ["name", "address", "track__name"]
    ordering = ["name", "pk"]
    autocomplete_fields = ["track", "owner"]
    date_hierarchy = "created_at"
    inlines = [FollowInline]
    actions = ["restart", "pin", "unpin", "enable", "disable"]

    def has_add_permission(self, request: HttpRequest) -> bool:
        """A shared feed is nobody's to add but an operator's; teams add theirs on their pages."""
        return super().has_add_permission(request) and not is_limited(request)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """What it reads is chosen on a team's own pages, which refuse recordings of others."""
        return ("owner", "pinned", "protocol", "address") if is_limited(request) else ()

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        live = Exists(Race.objects.filter(feed=OuterRef("pk"), is_live=True))
        follows = Count("follows", filter=Q(follows__in=Follow.objects.all()))
        return super().get_queryset(request).annotate(_live=live, _follows=follows)

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        """Who follows is on this page, too."""
        with _in_force(Follow.objects.filter(feed=form.instance)):
            super().save_related(request, form, formsets, change)

    def delete_model(self, request: HttpRequest, obj: Any) -> None:
        with _in_force(Follow.objects.filter(feed=obj)):
            super().delete_model(request, obj)

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        with _in_force(Follow.objects.filter(feed__in=list(queryset))):
            super().delete_queryset(request, queryset)

    @admin.display(description=gettext_lazy("followers"), ordering="_follows")
    def followers(self, feed: Any) -> int:
        return int(feed._follows)  # noqa: SLF001

    @admin.display(description=gettext_lazy("live"), ordering="_live", boolean=True)
    def live(self, feed: Any) -> bool:
        return bool(feed._live)  # noqa: SLF001

    @admin.action(description=gettext_lazy("Restart the connection"), permissions=["change"])
    def restart(self, request: HttpRequest, queryset: QuerySet[Feed]) -> None:
        feeds = self.own(request, queryset)
        for feed in feeds:
            services.restart_feed(feed=feed)
        self._tell(request, len(feeds))

    @admin.action(description=gettext_lazy("Pin: stay connected"), permissions=["change"])
    def pin(self, request: HttpRequest, queryset: QuerySet[Feed]) -> None:
        self._set(request, queryset, pinned=True)

    @admin.action(description=gettext_lazy("Unpin"), permissions=["change"])
    def unpin(self, request: HttpRequest, queryset: QuerySet[Feed]) -> None:
        self._set(request, queryset, pinned=False)

    @admin.action(description=gettext_lazy("Enable"), permissions=["change"])
    def enable(self, request: HttpRequest, queryset: QuerySet[Feed]) -> None:
        self._set(request, queryset, enabled=True)

    @admin.action(description=gettext_lazy("Disable"), permissions=["change"])
    def disable(self, request: HttpRequest, queryset: QuerySet[Feed]) -> None:
        self._set(request, queryset, enabled=False)

    def _set(self, request: HttpRequest, queryset: QuerySet[Feed], **fields: bool) -> None:
        if "pinned" in fields and is_limited(request):
            self.message_user(request, _("Only operators pin feeds."), messages.ERROR)
            return
        feeds = self.own(request, queryset)
        Feed.objects.filter(pk__in=[feed.pk for feed in feeds]).update(**fields)
        self._tell(request, len(feeds))

    def _tell(self, request: HttpRequest, count: int) -> None:
        if count:
            text = ngettext("Done for %(n)d feed.", "Done for %(n)d feeds.", count)
            self.message_user(request, text % {"n": count}, messages.SUCCESS)


@admin.register(Follow)
class FollowAdmin(TeamAdmin):
    list_display = ["team", "feed", "created_at"]
    list_select_related = ["team", "feed"]
    search_fields = ["team__name", "team__slug", "feed__name", "feed__address"]
    autocomplete_fields = ["team", "feed"]
    date_hierarchy = "created_at"

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        with _in_force(Follow.objects.filter(pk=obj.pk)):
            super().save_model(request, obj, form, change)

    def delete_model(self, request: HttpRequest, obj: Any) -> None:
        with _in_force(Follow.objects.filter(pk=obj.pk)):
            super().delete_model(request, obj)

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        with _in_force(queryset):
            super().delete_queryset(request, queryset)


@contextmanager
def _in_force(follows: QuerySet[Follow]) -> Iterator[None]:
    """What a team follows no more it sees no more, at once, as after its own pages."""
    before = {row.team for row in follows.all().select_related("team")}
    yield
    for team in before | {row.team for row in follows.all().select_related("team")}:
        sight_changed(team=team)


@admin.register(FeedRequest)
class FeedRequestAdmin(FactAdmin):
    list_display = ["created_at", "kind", "feed", "arguments", "done_at", "error"]
    list_filter = ["kind", ("done_at", admin.EmptyFieldListFilter)]
    list_select_related = ["feed"]
    search_fields = ["feed__name", "error"]
    date_hierarchy = "created_at"

"""`/system/`: how the installation does, for platform staff; 404 for everybody else.

Superusers see all feeds, other staff those of their teams. What they announce is shown to them
before anybody else reads it.
"""

from __future__ import annotations

from contextlib import AbstractContextManager
from typing import Any, cast
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from displays import announcements
from displays.announcements import MOST_CHARS, AnnouncementError
from displays.models import Announcement, Display
from lt_analyzer.overview import overview
from teams.doors import admin_door
from teams.models import User
from teams.permissions import BROADCAST, SYSTEM_READ, platform_permissions
from teams.scoping import every_team
from timing.enums import Severity

LASTS = [
    (15, gettext_lazy("15 minutes")),
    (60, gettext_lazy("an hour")),
    (240, gettext_lazy("four hours")),
    (1_440, gettext_lazy("a day")),
    (10_080, gettext_lazy("a week")),
]


class AnnouncementForm(forms.Form):
    text = forms.CharField(
        label=gettext_lazy("What you say"),
        max_length=MOST_CHARS,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=gettext_lazy("Plain text, at most 300 characters."),
    )
    severity = forms.ChoiceField(label=gettext_lazy("How it looks"), choices=Severity.choices)
    minutes = forms.TypedChoiceField(
        label=gettext_lazy("For how long"), choices=LASTS, coerce=int, initial=60
    )
    display = forms.ModelChoiceField(
        label=gettext_lazy("Where"),
        queryset=Display.objects.none(),
        required=False,
        empty_label=gettext_lazy("The pages of all teams"),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        shown = Display.objects.filter(is_enabled=True).select_related("team")
        field = cast(forms.ModelChoiceField, self.fields["display"])
        field.queryset = shown.order_by("team__name", "name")
        field.label_from_instance = _named  # type: ignore[method-assign, assignment]

    def clean_text(self) -> str:
        try:
            return announcements.checked_text(self.cleaned_data["text"])
        except AnnouncementError as refused:
            raise forms.ValidationError(str(refused)) from refused


def _named(display: Any) -> str:
    return _("Display %(name)s of %(team)s") % {"name": display.name, "team": display.team.name}


@never_cache
@require_safe
def system(request: HttpRequest) -> HttpResponse:
    """`?part=now` is what the page fetches every few seconds."""
    with _door(request, SYSTEM_READ):
        part = "system/now.html" if request.GET.get("part") else "system/page.html"
        return render(request, part, overview())


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def say(request: HttpRequest) -> HttpResponse:
    """A form, then what it will look like, then it is said."""
    with _door(request, BROADCAST):
        form = AnnouncementForm(request.POST or None)
        if request.method != "POST" or not form.is_valid():
            return render(request, "system/say.html", {"form": form})
        if "say" not in request.POST:
            shown = form.cleaned_data
            back = "back" in request.POST
            template = "system/say.html" if back else "system/preview.html"
            return render(request, template, {"form": form, "shown": shown})
        try:
            announcements.announce(**form.cleaned_data, by=cast(User, request.user))
        except AnnouncementError as refused:
            form.add_error(None, str(refused))
            return render(request, "system/say.html", {"form": form})
    messages.success(request, _("It is said."))
    return redirect("system")


@require_POST
def end(request: HttpRequest, pk: UUID) -> HttpResponse:
    with _door(request, BROADCAST):
        found = get_object_or_404(Announcement.objects.select_related("display"), pk=pk)
        if found.display_id is not None:
            get_object_or_404(Display, pk=found.display_id)  # of the reader's teams
        announcements.take_back(announcement=found)
    messages.success(request, _("It is taken back."))
    return redirect("system")


def _door(request: HttpRequest, permission: str) -> AbstractContextManager[Any]:
    if permission not in platform_permissions(request.user):
        raise Http404
    if request.user.is_superuser and permission == SYSTEM_READ:
        return every_team("system page")  # every few seconds, which is no news for the log
    return admin_door(request.user)

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from displays.forms import DisplayForm
from displays.models import Display
from displays.queries import displays_with_subject
from displays.services import delete_display, switch_display
from teams.doors import TeamRequest
from teams.permissions import may_write, needs_write


@require_safe
def displays(request: TeamRequest, team_slug: str) -> HttpResponse:
    found = displays_with_subject().order_by("name", "pk")
    context = {
        "displays": [(display, link_of(request, display.code)) for display in found],
        "base": link_of(request, "-").removesuffix("-/"),
        "may_write": may_write(request),
    }
    return render(request, "displays/displays.html", context)


def link_of(request: HttpRequest, code: str) -> str:
    return request.build_absolute_uri(reverse("display", args=[code]))


@require_http_methods(["GET", "HEAD", "POST"])
@needs_write
def new_display(request: TeamRequest, team_slug: str) -> HttpResponse:
    data = request.POST if request.method == "POST" else None
    form = DisplayForm(data, team=request.team, initial=request.GET.dict())
    if request.method == "POST" and form.is_valid() and (display := form.save()):
        messages.success(
            request, _("%(name)s is open to whoever has its link.") % {"name": display.name}
        )
        return redirect("displays", team_slug=team_slug)
    status = 422 if form.errors else 200
    return render(request, "displays/new_display.html", {"form": form}, status=status)


@require_POST
@needs_write
def switch(request: TeamRequest, team_slug: str, pk: int) -> HttpResponse:
    display = get_object_or_404(Display, pk=pk)
    switch_display(display=display, enabled=request.POST.get("enabled") == "1")
    text = _("%(name)s is on.") if display.is_enabled else _("%(name)s is off: its link is closed.")
    messages.success(request, text % {"name": display.name})
    return redirect("displays", team_slug=team_slug)


@require_http_methods(["GET", "HEAD", "POST"])
@needs_write
def delete(request: TeamRequest, team_slug: str, pk: int) -> HttpResponse:
    """Asks first: screens may stand in a hall with this link."""
    display = get_object_or_404(Display, pk=pk)
    if request.method == "POST":
        delete_display(display=display)
        messages.success(request, _("%(name)s is deleted.") % {"name": display.name})
        return redirect("displays", team_slug=team_slug)
    return render(request, "displays/delete_display.html", {"display": display})

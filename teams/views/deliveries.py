"""The log of what left the house, and another try for what did not arrive."""

from __future__ import annotations

import uuid
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from teams import audit
from teams.delivery.queries import deliveries_of
from teams.delivery.services import retry
from teams.delivery.worker import KEEP
from teams.doors import TeamRequest
from teams.enums import Channel, DeliveryState
from teams.models import Delivery
from teams.permissions import DASHBOARD_WRITE, needs, needs_write

A_PAGE = 50


@require_safe
@needs(DASHBOARD_WRITE)
def deliveries(request: TeamRequest, team_slug: str) -> HttpResponse:
    chosen = _chosen(request.GET)
    found = deliveries_of(request.team, **chosen)
    context = {
        "page": Paginator(found, A_PAGE).get_page(request.GET.get("page")),
        "chosen": chosen,
        "states": DeliveryState.choices,
        "channels": Channel.choices,
        "dead": deliveries_of(request.team, **chosen | {"state": DeliveryState.DEAD}).count(),
        "kept_days": KEEP.days,
    }
    return render(request, "teams/deliveries.html", context)


def _chosen(given: Any) -> dict[str, str]:
    return {"state": given.get("state", ""), "channel": given.get("channel", "")}


@require_POST
@needs_write
def retry_one(request: TeamRequest, team_slug: str, pk: uuid.UUID) -> HttpResponse:
    get_object_or_404(Delivery, pk=pk)
    return _retried(request, deliveries_of(request.team).filter(pk=pk))


@require_POST
@needs_write
def retry_all(request: TeamRequest, team_slug: str) -> HttpResponse:
    return _retried(request, deliveries_of(request.team, **_chosen(request.POST)))


def _retried(request: TeamRequest, found: QuerySet[Delivery]) -> HttpResponse:
    count = retry(deliveries=found, now=timezone.now())
    if count:
        audit.record("deliveries tried again", team=request.team, after={"rows": count})
    said = ngettext("%(n)s delivery is tried again.", "%(n)s deliveries are tried again.", count)
    messages.success(request, said % {"n": count})
    return redirect("team-deliveries", team_slug=request.team.slug)

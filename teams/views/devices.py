"""Push on a person's own browsers. Another member's are not there."""

from __future__ import annotations

import json
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from teams import marks, sessions
from teams.delivery.devices import SubscriptionRefused, renew, subscribe
from teams.delivery.services import send_test_to_device
from teams.doors import TeamRequest
from teams.models import PushSubscription
from teams.permissions import ALERTS_READ, needs

MAX_BODY = 8_000


@require_POST
@needs(ALERTS_READ)
def push_subscribe(request: TeamRequest, team_slug: str) -> HttpResponse:
    """Takes what `PushSubscription.toJSON()` gives."""
    try:
        row = subscribe(
            team=request.team,
            user=request.user,
            agent=request.headers.get("User-Agent", ""),
            browser=marks.marked(request),
            **_subscription(_json(request)),
        )
    except SubscriptionRefused as refused:
        return JsonResponse({"error": str(refused)}, status=422)
    sessions.mark(str(request.session.session_key), row.browser)
    answer = JsonResponse({"device": row.pk}, status=201)
    marks.keep(request, answer)
    return answer


@csrf_exempt  # asked by the service worker, which has no token; it shows the old address instead
@require_POST
def push_renew(request: HttpRequest) -> HttpResponse:
    data = _json(request)
    try:
        changed = renew(old_endpoint=_text(data.get("old", "")), **_subscription(data.get("new")))
    except SubscriptionRefused as refused:
        return JsonResponse({"error": str(refused)}, status=422)
    return JsonResponse({"changed": changed}, status=200 if changed else 404)


def _json(request: HttpRequest) -> dict[str, Any]:
    try:
        data = json.loads(request.body) if len(request.body) <= MAX_BODY else None
    except (ValueError, RecursionError):
        data = None
    return data if isinstance(data, dict) else {}


def _subscription(data: Any) -> dict[str, str]:
    """Whatever is missing is empty, and refused as such."""
    data = data if isinstance(data, dict) else {}
    keys = data.get("keys")
    keys = keys if isinstance(keys, dict) else {}
    return {
        "endpoint": _text(data.get("endpoint", "")),
        "p256dh": _text(keys.get("p256dh", "")),
        "auth": _text(keys.get("auth", "")),
    }


def _text(value: Any) -> str:
    """JSON can say halves of characters, which no bytes can."""
    return str(value).encode(errors="replace").decode()


def _own(request: TeamRequest, pk: int) -> PushSubscription:
    rows = PushSubscription.objects.filter(team=request.team, user=request.user)
    return get_object_or_404(rows, pk=pk)


@require_POST
@needs(ALERTS_READ)
def push_unsubscribe(request: TeamRequest, team_slug: str, pk: int) -> HttpResponse:
    device = _own(request, pk)
    device.delete()
    messages.success(request, _("%(device)s gets no more pushes.") % {"device": device.agent})
    return redirect("team-channels", team_slug=team_slug)


@require_POST
@needs(ALERTS_READ)
def push_test(request: TeamRequest, team_slug: str, pk: int) -> HttpResponse:
    device = _own(request, pk)
    send_test_to_device(device=device, now=timezone.now())
    messages.success(request, _("A test is on its way to %(to)s.") % {"to": device.agent})
    return redirect("team-channels", team_slug=team_slug)

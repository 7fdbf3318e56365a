"""`GET /metrics` of a web process: with METRICS_TOKEN as a bearer token, or a superuser's session.

Not by address: behind a proxy that is not told of, everybody comes from loopback.
"""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from displays.metrics import socket_families
from timing.metrics import CONTENT_TYPE, ingester_families, process_families, rendered
from timing.metrics_port import may_read


def of_this_process() -> str:
    return rendered([*process_families(), *socket_families(), *ingester_families()])


@never_cache
@require_safe
def metrics(request: HttpRequest) -> HttpResponse:
    by_token = may_read(request.headers.get("Authorization", "").encode())
    if not (by_token or (request.user.is_active and request.user.is_superuser)):
        raise Http404
    return HttpResponse(of_this_process(), content_type=CONTENT_TYPE)

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe


@require_safe
@cache_control(no_cache=True)
def service_worker(request: HttpRequest) -> HttpResponse:
    """At the root, so that it may focus any page of ours; a template, because it speaks."""
    return render(request, "teams/sw.js", content_type="text/javascript; charset=utf-8")

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.utils.translation import gettext as _
from django.views.defaults import page_not_found


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """To programs in their own language; to people the page."""
    if request.path.startswith(("/api/", "/auth/")):
        return JsonResponse({"detail": _("Not found.")}, status=404)
    return page_not_found(request, exception)


def nowhere(request: HttpRequest, rest: str) -> HttpResponse:
    """For Django's way from any row to its page: ours have none, and it looks past the scope."""
    raise Http404

"""Operators sign in, sign out and change their password where everybody does: the admin's own pages
count no attempts by address, tell the audit log nothing and end no sockets."""

from __future__ import annotations

from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import require_safe


@require_safe
def operator_sign_in(request: HttpRequest) -> HttpResponse:
    """Where the admin sends whom it does not let in: to sign in, or nowhere."""
    if not request.user.is_authenticated:
        return redirect_to_login(request.GET.get("next") or reverse("admin:index"))
    if not request.user.is_staff:
        raise PermissionDenied
    return redirect("admin:index")

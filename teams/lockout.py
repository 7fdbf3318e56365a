"""Sign-in after repeated failures: django-axes, in our words.

Five failures for one user name from one address close both together for a quarter of an hour;
others, and the same person elsewhere, are not held up by an attacker. Resetting the password opens
it again.
"""

from __future__ import annotations

import math
from typing import Any

from axes.backends import AxesStandaloneBackend
from axes.conf import settings
from axes.models import AccessAttempt
from axes.utils import reset
from django.contrib.auth.models import AbstractBaseUser
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils import timezone

from teams import audit
from teams.doors import client_address
from teams.throttles import neighbourhood


class LockoutBackend(AxesStandaloneBackend):
    """First of the backends: refuses before a password is looked at."""

    def authenticate(
        self,
        request: HttpRequest | None,
        username: str | None = None,
        password: str | None = None,
        **kwargs: Any,
    ) -> AbstractBaseUser | None:
        """Without a request nobody knocks from outside: code of ours asks, or a test's client."""
        if request is not None:
            super().authenticate(request, username, password, **kwargs)
        return None


def where(request: HttpRequest) -> str | None:
    """What counts as one address."""
    return neighbourhood(client_address(request))


def lift(username: str) -> None:
    reset(username=username)


def minutes_left(request: HttpRequest, username: str) -> int:
    tried = AccessAttempt.objects.filter(
        username=username,
        ip_address=getattr(request, "axes_ip_address", None),
    )
    last = tried.values_list("attempt_time", flat=True).first() or timezone.now()
    left = last + settings.AXES_COOLOFF_TIME - timezone.now()
    return max(1, math.ceil(left.total_seconds() / 60))


def answer(
    request: HttpRequest, response: HttpResponse | None, credentials: dict[str, Any] | None
) -> HttpResponse:
    """What is said instead of a page, wherever a password was asked for."""
    if getattr(request, "axes_failures_since_start", None) is not None:  # this one closed it
        audit.record("sign-in locked", after={"address": request.axes_ip_address})  # type: ignore[attr-defined]
    minutes = minutes_left(request, (credentials or {}).get("username") or "")
    if request.path.startswith(("/api/", "/auth/")):
        said: HttpResponse = JsonResponse({"detail": f"Locked for {minutes} min."}, status=429)
    else:
        said = render(request, "teams/locked.html", {"minutes": minutes}, status=429)
    said["Retry-After"] = str(minutes * 60)
    return said

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from teams.doors import TeamRequest


@require_safe
def team_settings(request: TeamRequest, team_slug: str) -> HttpResponse:
    return render(request, "teams/settings.html")

"""What was changed in a team, by whom: for its owners."""

from __future__ import annotations

from typing import Any

from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from teams import audit
from teams.audit_log import HEAD, AuditFilter, cells, find_entries, kinds, line, people
from teams.csv_files import Row, csv_answer
from teams.doors import TeamRequest
from teams.models import AuditEntry, Team
from teams.permissions import needs_owner
from teams.scoping import scope

ENTRIES_A_PAGE = 50
ENTRIES_A_CHUNK = 500


@require_safe
@needs_owner
def audit_log(request: TeamRequest, team_slug: str) -> HttpResponse:
    chosen = AuditFilter(request.GET).chosen()
    page = Paginator(find_entries(**chosen), ENTRIES_A_PAGE).get_page(request.GET.get("page"))
    context = {
        "page": page,
        "lines": [line(entry) for entry in page],
        "chosen": chosen,
        "any_chosen": any(chosen.values()),
        "people": people(),
        "kinds": kinds(),
    }
    return render(request, "teams/audit.html", context)


@require_safe
@needs_owner
def audit_csv(request: TeamRequest, team_slug: str) -> Any:
    """With the filters of the page. What is written meanwhile is not in it."""
    chosen, team, now = AuditFilter(request.GET).chosen(), request.team, timezone.now()
    audit.record("exported", team=team, after={"audit log": "CSV"})
    last: list[AuditEntry] = []

    def chunk() -> list[Row]:
        rows = _next(team, chosen, now, last[-1] if last else None)
        last[:] = rows[-1:]
        return [cells(row) for row in rows]

    return csv_answer(request, f"audit-{team.slug}", HEAD, chunk)


def _next(team: Team, chosen: Any, now: Any, last: AuditEntry | None) -> list[AuditEntry]:
    """By key, not by number: rows that come meanwhile move every number."""
    with scope(team), timezone.override(team.clock):
        found = find_entries(**chosen).filter(at__lte=now).order_by("-pk")
        if last is not None:
            found = found.filter(pk__lt=last.pk)
        return list(found[:ENTRIES_A_CHUNK])

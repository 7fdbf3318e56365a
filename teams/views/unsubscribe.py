from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from teams.delivery.unsubscribing import membership_of_link, stop_mails


@csrf_exempt  # mail programs post here by themselves (RFC 8058), and the link is the right to
@require_http_methods(["GET", "HEAD", "POST"])
def stop_alert_mails(request: HttpRequest, token: str) -> HttpResponse:
    """Asks first: link checkers of mail servers open every link."""
    found = membership_of_link(token)
    if found is None:
        raise Http404
    if request.method == "POST":
        stop_mails(found)
    context = {"team": found.team, "stopped": request.method == "POST"}
    return render(request, "teams/alerts_stop.html", context)

"""How alerts reach a person who does not look at the screen, and a team's webhooks."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from teams.delivery import services
from teams.delivery.forms import WebhookForm
from teams.delivery.push import public_key
from teams.delivery.queries import devices_of, webhooks_of
from teams.doors import TeamRequest
from teams.permissions import ALERTS_READ, may_write, needs

EXAMPLE = "teams/channels/verify.py.txt"


@require_safe
@needs(ALERTS_READ)
def channels(request: TeamRequest, team_slug: str) -> HttpResponse:
    return page(request, WebhookForm())


def page(request: TeamRequest, form: WebhookForm, status: int = 200) -> HttpResponse:
    writes = may_write(request)
    context = {
        "devices": devices_of(team=request.team, user=request.user),
        "push_key": public_key(),
        "webhooks": webhooks_of(request.team) if writes else [],
        "may_write": writes,
        "form": form,
        "example": render_to_string(EXAMPLE) if writes else "",
    }
    return render(request, "teams/channels.html", context, status=status)


@require_POST
@needs(ALERTS_READ)
def switch_mails(request: TeamRequest, team_slug: str) -> HttpResponse:
    enabled = request.POST.get("enabled") == "1"
    if enabled and request.user.email_verified_at is None:
        messages.error(request, _("Verify your e-mail address first."))
        return redirect("team-channels", team_slug=team_slug)
    services.switch_mails(membership=request.membership, enabled=enabled)
    text = _("Alerts come by e-mail.") if enabled else _("No more alerts by e-mail.")
    messages.success(request, text)
    return redirect("team-channels", team_slug=team_slug)


@require_POST
@needs(ALERTS_READ)
def test_mail(request: TeamRequest, team_slug: str) -> HttpResponse:
    if request.user.email_verified_at is None:  # it may be somebody else's mailbox
        messages.error(request, _("Verify your e-mail address first."))
        return redirect("team-channels", team_slug=team_slug)
    services.send_test_mail(membership=request.membership, now=timezone.now())
    messages.success(request, _("A test is on its way to %(to)s.") % {"to": request.user.email})
    return redirect("team-channels", team_slug=team_slug)

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from teams.delivery import services
from teams.delivery.forms import WebhookForm
from teams.doors import TeamRequest
from teams.models import Webhook
from teams.permissions import needs_write
from teams.posting import posted_from
from teams.views.channels import page


@posted_from("team-channels")
@needs_write
@never_cache
def new_webhook(request: TeamRequest, team_slug: str) -> HttpResponse:
    form = WebhookForm(request.POST)
    if form.is_valid():
        try:
            made = services.create_webhook(team=request.team, **form.cleaned_data)
        except services.WebhookRefused as refused:
            form.add_error(None, str(refused))
        else:
            return _show_secret(request, made, made.secret)
    return page(request, form, status=422)


@require_http_methods(["GET", "HEAD", "POST"])
@needs_write
@never_cache
def rotate(request: TeamRequest, team_slug: str, pk: int) -> HttpResponse:
    """Asks first: the receiver's program does not know the new one yet."""
    webhook = get_object_or_404(Webhook, pk=pk)
    if request.method == "POST":
        return _show_secret(request, webhook, services.rotate_secret(webhook=webhook))
    return render(request, "teams/webhook_rotate.html", {"webhook": webhook})


def _show_secret(request: TeamRequest, webhook: Webhook, secret: str) -> HttpResponse:
    """In the answer itself: a redirect would have to keep it somewhere."""
    return render(request, "teams/webhook_secret.html", {"webhook": webhook, "secret": secret})


@require_POST
@needs_write
def switch(request: TeamRequest, team_slug: str, pk: int) -> HttpResponse:
    webhook = get_object_or_404(Webhook, pk=pk)
    services.switch_webhook(webhook=webhook, enabled=request.POST.get("enabled") == "1")
    text = _("%(name)s is on.") if webhook.is_enabled else _("%(name)s is off.")
    messages.success(request, text % {"name": webhook.name})
    return redirect("team-channels", team_slug=team_slug)


@require_POST
@needs_write
def test(request: TeamRequest, team_slug: str, pk: int) -> HttpResponse:
    webhook = get_object_or_404(Webhook, pk=pk, is_enabled=True)
    services.send_test_to_webhook(webhook=webhook, now=timezone.now())
    messages.success(
        request, _("A test is on its way to %(to)s: see the deliveries.") % {"to": webhook.name}
    )
    return redirect("team-deliveries", team_slug=team_slug)


@require_http_methods(["GET", "HEAD", "POST"])
@needs_write
def delete(request: TeamRequest, team_slug: str, pk: int) -> HttpResponse:
    """Asks first: its secret and address cannot be had back."""
    webhook = get_object_or_404(Webhook, pk=pk)
    if request.method == "POST":
        services.delete_webhook(webhook=webhook)
        messages.success(request, _("%(name)s is deleted.") % {"name": webhook.name})
        return redirect("team-channels", team_slug=team_slug)
    return render(request, "teams/webhook_delete.html", {"webhook": webhook})

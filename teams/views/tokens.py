"""The keys by which programs open a team: for its owners."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from teams.doors import TeamRequest
from teams.models import ApiToken
from teams.permissions import needs_owner
from teams.posting import posted_from
from teams.services import TeamError
from teams.token_forms import TokenForm
from teams.tokens import create_token, ended_tokens, open_tokens, revoke_token


@require_safe
@needs_owner
def api_tokens(request: TeamRequest, team_slug: str) -> HttpResponse:
    return _page(request, TokenForm())


def _page(request: TeamRequest, form: TokenForm, status: int = 200) -> HttpResponse:
    context = {
        "form": form,
        "tokens": open_tokens(request.team),
        "ended": ended_tokens(request.team),
        "api": request.build_absolute_uri(reverse("api-me")),
    }
    return render(request, "teams/tokens.html", context, status=status)


@posted_from("team-tokens")
@needs_owner
@never_cache
def new_token(request: TeamRequest, team_slug: str) -> HttpResponse:
    """The key is in the answer itself: a redirect would have to keep it somewhere."""
    form = TokenForm(request.POST)
    if form.is_valid():
        try:
            token, key = create_token(
                team=request.team,
                name=form.cleaned_data["name"],
                access=form.cleaned_data["access"],
                created_by=request.user,
                expires_at=form.expires_at(),
            )
        except TeamError as error:
            form.add_error(None, str(error))
        else:
            context = {"token": token, "key": key, "api": request.build_absolute_uri("/api/me/")}
            return render(request, "teams/token_made.html", context)
    return _page(request, form, status=422)


@require_http_methods(["GET", "HEAD", "POST"])
@needs_owner
def end_token(request: TeamRequest, team_slug: str, pk: int) -> HttpResponse:
    """Asks first: a program somewhere lives by it."""
    token = get_object_or_404(ApiToken, pk=pk)
    if request.method == "POST":
        revoke_token(token=token)
        messages.success(request, _("%(name)s opens nothing any more.") % {"name": token.name})
        return redirect("team-tokens", team_slug=team_slug)
    return render(request, "teams/token_revoke.html", {"token": token})

"""A person's own page: name, address, browsers, programs, teams, data."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth import logout
from django.http import Http404, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from teams import audit
from teams.accounts import end_sessions
from teams.doors import TeamRequest
from teams.forms import ConfirmedForm, NameForm
from teams.jwt import end_families, families_of
from teams.personal import delete_account, personal_data, teams_only_owned_by
from teams.queries import browsers_of
from teams.services import TeamError
from teams.views.own import own_page


@own_page
@require_http_methods(["GET", "HEAD", "POST"])
def account(request: TeamRequest) -> HttpResponse:
    form = NameForm(request.POST or None, instance=request.user)
    if request.method == "POST" and form.is_valid():
        form.save()
        messages.success(request, _("Saved."))
        return redirect("account")
    request.user.refresh_from_db(fields=["username"])  # a form that failed has written into it
    browsers = browsers_of(request.user, request.session.session_key)
    context = {"form": form, "browsers": browsers, "programs": families_of(request.user)}
    return render(request, "teams/account.html", context, status=422 if form.errors else 200)


@own_page
@require_POST
def end_session(request: TeamRequest) -> HttpResponse:
    """One other browser by its handle, or with "others" all but this one, and all programs."""
    asked = request.POST.get("handle", "")
    others = [b for b in browsers_of(request.user, request.session.session_key) if not b.is_this]
    keys = [b.session.session_key for b in others if asked in (b.handle, "others")]
    if asked != "others" and not keys:
        raise Http404
    ended = end_sessions(user=request.user, keys=keys)
    programs = end_families(user=request.user) if asked == "others" else 0
    if programs and not ended:
        audit.record("ended sessions", subject=request.user, after={"programs": programs})
    messages.success(request, _("Signed out there."))
    return redirect("account")


@own_page
@require_POST
def end_program(request: TeamRequest) -> HttpResponse:
    """One that signed in for a token."""
    name = request.POST.get("family", "")
    if not name or not end_families(user=request.user, name=name):
        raise Http404
    audit.record("ended sessions", subject=request.user, after={"programs": 1})
    messages.success(request, _("Signed out there."))
    return redirect("account")


@own_page
@require_POST
@never_cache
def export(request: TeamRequest) -> HttpResponse:
    """A POST, so that no foreign page can make a browser fetch it."""
    audit.record("exported personal data", subject=request.user)
    answer = JsonResponse(personal_data(request.user), json_dumps_params={"indent": 2})
    answer["Content-Disposition"] = 'attachment; filename="lt-analyzer-account.json"'
    return answer


@own_page
@sensitive_post_parameters()
@require_http_methods(["GET", "HEAD", "POST"])
def delete_own(request: TeamRequest) -> HttpResponse:
    stuck = teams_only_owned_by(request.user)
    form = ConfirmedForm(request.POST or None, request=request)
    if request.method == "POST" and not stuck and form.is_valid():
        try:
            delete_account(user=request.user)
            logout(request)
            messages.success(request, _("Your account is deleted."))
            return redirect("login")
        except TeamError as error:
            form.add_error(None, str(error))
    context = {"form": form, "stuck": stuck}
    return render(request, "teams/delete_account.html", context, status=422 if form.errors else 200)

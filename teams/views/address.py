"""The e-mail address: changing it, and the links that prove it."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from teams import mail
from teams.accounts import AccountError, ask_new_address, ask_to_verify, read_link, verify_address
from teams.doors import TeamRequest
from teams.forms import AddressForm
from teams.views.own import own_page

MOST_LINKS_A_DAY = 20  # of a person, who could name anybody's address
ENOUGH = gettext_lazy("That is enough links for today. Try again tomorrow.")


@own_page
@sensitive_post_parameters()
@require_http_methods(["GET", "HEAD", "POST"])
def change_address(request: TeamRequest) -> HttpResponse:
    form = AddressForm(request.POST or None, request=request)
    if request.method == "POST" and form.is_valid():
        email = form.cleaned_data["email"]
        if _may_send(request):
            if mail.may_send("verify", email):
                ask_new_address(user=request.user, email=email)
            said = _(
                "Open the link that we have sent to %(email)s, unless another account uses that "
                "address. Until then nothing changes."
            )
            messages.success(request, said % {"email": email})
            return redirect("account")
        form.add_error("email", ENOUGH)
    return render(
        request, "teams/change_address.html", {"form": form}, status=422 if form.errors else 200
    )


def _may_send(request: TeamRequest) -> bool:
    return mail.may_send_more("verify", request.user, most_a_day=MOST_LINKS_A_DAY)


@own_page
@require_POST
def send_again(request: TeamRequest) -> HttpResponse:
    user = request.user
    if not user.email_verified_at and mail.may_send("verify", user.email):
        if not _may_send(request):
            messages.error(request, ENOUGH)
            return redirect("account")
        ask_to_verify(user=user)
    said = _("A link is on its way to %(email)s. One is sent a minute at most.")
    messages.success(request, said % {"email": user.email})
    return redirect("account")


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def verify(request: HttpRequest, token: str) -> HttpResponse:
    """Needs no sign-in: the mail may be read on another device. A click is asked for, because
    mail programs open links by themselves."""
    link = read_link(token)
    if link is None:
        return render(request, "teams/no_link.html", status=404)
    error = ""
    if request.method == "POST":
        try:
            verify_address(link=link)
            return redirect(request.path)
        except AccountError as refused:
            error = str(refused)
    return render(request, "teams/verify.html", {"link": link, "error": error})

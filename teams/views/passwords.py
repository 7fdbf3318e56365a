"""Django's views of passwords, with our pages, mails and consequences."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.contrib.auth import views
from django.contrib.auth.tokens import default_token_generator
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse_lazy
from django.utils.encoding import force_bytes
from django.utils.http import urlsafe_base64_encode
from django.utils.translation import gettext as _

from teams import audit, mail
from teams.accounts import password_was_changed, password_was_reset
from teams.forms import AskResetForm, ChangePasswordForm, NewPasswordForm
from teams.models import User


class ChangePassword(views.PasswordChangeView):
    template_name = "teams/change_password.html"
    form_class = ChangePasswordForm
    success_url = reverse_lazy("account")

    def get_form_kwargs(self) -> dict[str, Any]:
        return super().get_form_kwargs() | {"request": self.request}

    def form_valid(self, form: ChangePasswordForm) -> HttpResponse:  # type: ignore[override]
        super().form_valid(form)  # gives this session a new key
        password_was_changed(user=form.user, keep=self.request.session.session_key)
        audit.record("changed the password", subject=form.user)
        messages.success(
            self.request, _("Your password is changed, and you are signed out everywhere else.")
        )
        return redirect(self.success_url)


class AskReset(views.PasswordResetView):
    """Answers the same whether there is such an account or not, and as fast: mails are sent
    behind the page."""

    template_name = "teams/ask_reset.html"
    form_class = AskResetForm
    success_url = reverse_lazy("password_reset_done")

    def form_valid(self, form: AskResetForm) -> HttpResponse:  # type: ignore[override]
        email = form.cleaned_data["email"]
        if mail.may_send("reset", email):
            for user in list(form.get_users(email)) or [User(username="nobody")]:
                _send_reset(user)
        return redirect(self.success_url)


def _send_reset(user: User) -> None:
    uid = urlsafe_base64_encode(force_bytes(user.pk))
    link = mail.address_of("password_reset_confirm", uid, default_token_generator.make_token(user))
    mail.send("reset", to=user.email, user=user, link=link)


class ResetSent(views.PasswordResetDoneView):
    template_name = "teams/reset_sent.html"


class Reset(views.PasswordResetConfirmView):
    template_name = "teams/reset.html"
    form_class = NewPasswordForm
    success_url = reverse_lazy("password_reset_complete")

    def form_valid(self, form: NewPasswordForm) -> HttpResponse:  # type: ignore[override]
        with audit.acting_as(form.user):
            answer = super().form_valid(form)
            password_was_reset(user=form.user)
            audit.record("reset the password", subject=form.user)
        return answer


class ResetDone(views.PasswordResetCompleteView):
    template_name = "teams/reset_done.html"

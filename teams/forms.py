from __future__ import annotations

from functools import cache
from typing import Any
from zoneinfo import available_timezones

from django import forms
from django.contrib.auth import authenticate, password_validation
from django.contrib.auth.forms import (
    AuthenticationForm,
    PasswordChangeForm,
    PasswordResetForm,
    SetPasswordForm,
    UserCreationForm,
    UsernameField,
)
from django.http import HttpRequest
from django.utils.functional import lazy
from django.utils.translation import gettext_lazy as _

from teams.enums import Role
from teams.models import User
from teams.sign_in import MOST_CHARS, username_of


def _rules() -> str:
    return " ".join(password_validation.password_validators_help_texts())


PASSWORD_RULES = lazy(_rules, str)


@cache
def zones() -> list[tuple[str, str]]:
    """The places of the tz database, without its technical names."""
    places = sorted(name for name in available_timezones() if _is_place(name))
    return [(name, name.replace("_", " ")) for name in ["UTC", *places]]


def _is_place(name: str) -> bool:
    area, _slash, place = name.partition("/")
    return bool(place) and area not in {"Etc", "SystemV", "US", "posix", "right"}


class SignInForm(AuthenticationForm):
    """By user name or e-mail address."""

    error_messages = AuthenticationForm.error_messages | {
        "invalid_login": _("This name and password do not belong together. Mind capital letters.")
    }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        name = self.fields["username"] = UsernameField(max_length=MOST_CHARS)
        name.label = _("User name or e-mail address")

    def clean_username(self) -> str:
        return username_of(self.cleaned_data["username"])


class ConfirmedForm(forms.Form):
    """Asks for the password again. Wrong ones count towards the lockout like those at sign-in."""

    password = forms.CharField(
        label=_("Your password"),
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )

    def __init__(self, *args: Any, request: HttpRequest, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.request = request

    def clean_password(self) -> str:
        password: str = self.cleaned_data["password"]
        check_password(self.request, password)
        return password


def check_password(request: HttpRequest, password: str) -> None:
    """Raises ValidationError unless it is that of who is signed in."""
    name = request.user.get_username()
    if authenticate(request, username=name, password=password) != request.user:
        raise forms.ValidationError(_("This is not your password."), code="wrong")


class TeamForm(forms.Form):
    name = forms.CharField(label=_("Name"), max_length=100)
    time_zone = forms.ChoiceField(
        label=_("Time zone"),
        required=False,
        choices=lambda: [("", _("That of the installation")), *zones()],
        help_text=_("Of the times on the team's pages, and of quiet hours."),
    )


class NewTeamForm(forms.Form):
    name = forms.CharField(label=_("Name of the team"), max_length=100)


class DeleteTeamForm(forms.Form):
    typed = forms.CharField(
        label=_("The name of the team, to be sure"),
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "none"}),
    )


class InviteForm(forms.Form):
    email = forms.EmailField(
        label=_("E-mail address"), widget=forms.EmailInput(attrs={"autocomplete": "off"})
    )
    role = forms.ChoiceField(label=_("Role"), choices=Role.choices, initial=Role.MEMBER)


class RoleForm(forms.Form):
    role = forms.ChoiceField(choices=Role.choices)


def check_username(name: str) -> None:
    """Who was called by another's address could keep that one from signing in by it."""
    if "@" in name:
        raise forms.ValidationError(
            _("A user name has no @ in it. Your e-mail address signs you in all the same.")
        )


class SignUpForm(UserCreationForm):
    """Says what is wrong; the account is made by `invitations.sign_up`."""

    class Meta(UserCreationForm.Meta):
        model = User
        fields = ("username", "email")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["username"].label = _("User name")
        self.fields["username"].help_text = _("What your team sees, and what you sign in with.")
        self.fields["email"].widget.attrs["autocomplete"] = "email"
        self.fields["password1"].help_text = PASSWORD_RULES()
        self.fields["password2"].label = _("The same password again")
        self.fields["password2"].help_text = ""

    def clean_username(self) -> str:
        name = super().clean_username()
        check_username(name or "")  # none where the name is taken, which is said then
        return name


class NameForm(forms.ModelForm):
    class Meta:
        model = User
        fields = ("username",)
        labels = {"username": _("User name")}
        help_texts = {"username": _("What your team sees, and what you sign in with.")}
        field_classes = {"username": UsernameField}

    def clean_username(self) -> str:
        name: str = self.cleaned_data["username"]
        if "username" in self.changed_data:
            check_username(name)
        if User.objects.exclude(pk=self.instance.pk).filter(username__iexact=name).exists():
            raise forms.ValidationError(_("A user with that username already exists."))
        return name


class AddressForm(ConfirmedForm):
    email = forms.EmailField(
        label=_("New e-mail address"), widget=forms.EmailInput(attrs={"autocomplete": "email"})
    )
    field_order = ["email", "password"]


class AskResetForm(PasswordResetForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["email"].label = _("E-mail address")


class NewPasswordForm(SetPasswordForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _explain(self.fields)


class ChangePasswordForm(PasswordChangeForm):
    """Wrong old passwords count towards the lockout: who found an open laptop cannot try them."""

    def __init__(self, *args: Any, request: HttpRequest, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.request = request
        self.fields["old_password"].label = _("Your password now")
        _explain(self.fields)

    def clean_old_password(self) -> str:
        password: str = self.cleaned_data["old_password"]
        check_password(self.request, password)
        return password


def _explain(fields: dict[str, forms.Field]) -> None:
    fields["new_password1"].help_text = PASSWORD_RULES()
    fields["new_password2"].label = _("The new password again")
    fields["new_password2"].help_text = ""

"""A name and a password become a person: for the API's Basic authentication and its tokens."""

from __future__ import annotations

from django.contrib.auth import authenticate
from django.http import HttpRequest

from teams.models import User


def person_with(request: HttpRequest, *, name: str, password: str) -> User | None:
    """By user name or e-mail address. Failures count towards the lockout, which answers itself."""
    found = authenticate(request, username=_username(name.strip()), password=password)
    return found if isinstance(found, User) else None


def _username(name: str) -> str:
    """Under one name for the lockout, whichever was typed. Who is called by the address of another
    keeps that name: an address signs in whoever owns it, if nobody is called so."""
    if "@" not in name or User.objects.filter(username=name).exists():
        return name
    found = User.objects.filter(email__iexact=name).values_list("username", flat=True).first()
    return found or name

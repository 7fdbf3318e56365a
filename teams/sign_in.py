"""A name and a password become a person: on the page, and for the API's Basic authentication and
its tokens."""

from __future__ import annotations

from django.contrib.auth import authenticate
from django.http import HttpRequest

from teams.models import User

MOST_CHARS = 254  # of an address, the longer of the two


def person_with(request: HttpRequest, *, name: str, password: str) -> User | None:
    """By user name or e-mail address. Failures count towards the lockout, which answers itself."""
    name = name.strip()
    if len(name) > MOST_CHARS or "\x00" in name:
        return None  # nobody's, and nothing that a database would look for or count
    found = authenticate(request, username=username_of(name), password=password)
    return found if isinstance(found, User) else None


def username_of(name: str) -> str:
    """Under one name for the lockout, whichever was typed. Who is called by the address of another
    keeps that name: an address signs in whoever owns it, if nobody is called so."""
    if "@" not in name or User.objects.filter(username=name).exists():
        return name
    found = User.objects.filter(email__iexact=name).values_list("username", flat=True).first()
    # Folded: each spelling of an address that nobody has would have a count of its own, and tell.
    return found or name.upper().lower()

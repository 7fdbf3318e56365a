"""Who asks the API: a bearer token, a name and password, or the browser's session."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.models import AnonymousUser
from django.utils.translation import gettext as _
from rest_framework.authentication import (
    BaseAuthentication,
    BasicAuthentication,
    SessionAuthentication,
    get_authorization_header,
)
from rest_framework.exceptions import AuthenticationFailed, Throttled
from rest_framework.request import Request

from teams import audit, jwt, tokens
from teams.doors import client_address
from teams.models import ApiToken, User
from teams.sign_in import person_with
from teams.throttles import SIGN_IN, neighbourhood


class Program(AnonymousUser):
    """Who acts by an API token: nobody in particular, but known."""

    is_authenticated = True  # type: ignore[assignment]
    is_anonymous = False  # type: ignore[assignment]

    def __init__(self, token: ApiToken) -> None:
        self.token = token

    def get_username(self) -> str:
        return self.token.name


class Bearer(BaseAuthentication):
    """`Authorization: Bearer …`: an API token of a team, or a person's access token."""

    def authenticate(self, request: Request) -> tuple[Any, Any] | None:
        text = bearer_of(request)
        if text is None:
            return None
        return _by_key(request, text) if tokens.is_key(text) else _by_jwt(text)

    def authenticate_header(self, request: Request) -> str:
        return "Bearer"


def bearer_of(request: Request) -> str | None:
    kind, _space, text = get_authorization_header(request).decode("latin-1").partition(" ")
    return text.strip() if kind.lower() == "bearer" else None


def _by_key(request: Request, key: str) -> tuple[Program, ApiToken]:
    token = tokens.token_of(key)
    if token is None:
        raise AuthenticationFailed(
            _("This API token is unknown, expired or revoked.")
            + " "
            + _("Ask an owner of the team for another.")
        )
    tokens.note_use(token)
    actor = audit.Actor(None, "", token_name=token.name, address=client_address(request))
    audit.become(actor)
    return Program(token), token


def _by_jwt(text: str) -> tuple[User, jwt.Claims]:
    try:
        claims = jwt.read(jwt.Access, text)
    except jwt.Refused:
        claims = None
    user = jwt.user_of(claims) if claims else None
    if claims is None or user is None:
        raise AuthenticationFailed(
            _("This access token is no longer good. Renew it at /auth/token/refresh, or sign in.")
        )
    return user, claims


class Basic(BasicAuthentication):
    """Name or e-mail address, and password. Who fails too often waits, as on the sign-in page."""

    www_authenticate_realm = "LT-Analyzer"

    def authenticate_credentials(
        self, userid: str, password: str, request: Any = None
    ) -> tuple[User, None]:
        asked = request._request  # noqa: SLF001 - the lockout marks Django's own request
        who = neighbourhood(client_address(asked))
        if who and (wait_s := SIGN_IN.look(who).wait_s):
            raise Throttled(wait_s)
        user = person_with(asked, name=userid, password=password)
        if user is None:
            if who:
                SIGN_IN.count(who)
            raise AuthenticationFailed(_("Wrong name or password."))
        return user, None


class BrowserSession(SessionAuthentication):
    """The signed-in browser; what it changes needs the CSRF token."""

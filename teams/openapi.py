"""How the API's description names the ways to authenticate."""

from __future__ import annotations

from typing import Any

from drf_spectacular.authentication import BasicScheme, SessionScheme
from drf_spectacular.extensions import OpenApiAuthenticationExtension


class BearerScheme(OpenApiAuthenticationExtension):
    target_class = "teams.authentication.Bearer"
    name = "bearer"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        about = "An API token of a team (lt_…), or the access token from /auth/token."
        return {"type": "http", "scheme": "bearer", "description": about}


class NameAndPasswordScheme(BasicScheme):
    target_class = "teams.authentication.Basic"
    priority = 1


class BrowserSessionScheme(SessionScheme):
    target_class = "teams.authentication.BrowserSession"
    priority = 1

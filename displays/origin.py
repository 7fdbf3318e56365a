"""A browser sends its cookies to our socket from any page it shows; only our own may use them.

Same origin by host and port (behind a proxy the scheme is not ours to see), or an origin that the
operator names in ALLOWED_ORIGINS. No Origin header at all means no browser, thus no borrowed
cookies. ALLOWED_HOSTS=* does not open this door, as it would with Channels' own validator.
"""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from channels.security.websocket import WebsocketDenier
from django.conf import settings
from django.http.request import split_domain_port, validate_host

from teams.outbound import PORT_OF_SCHEME


class OriginGuard:
    def __init__(self, app: Any) -> None:
        self.app = app

    async def __call__(self, scope: dict[str, Any], receive: Any, send: Any) -> None:
        app = self.app if is_own(dict(scope.get("headers", ()))) else WebsocketDenier()
        await app(scope, receive, send)


def is_own(headers: dict[bytes, bytes]) -> bool:
    host = headers.get(b"host", b"").decode("latin-1").lower()
    if not validate_host(split_domain_port(host)[0], settings.ALLOWED_HOSTS):
        return False
    origin = headers.get(b"origin", b"").decode("latin-1").lower()
    return not origin or origin in _named_origins() or _host_of(origin) == _bare(host)


def _named_origins() -> set[str]:
    return {origin.lower().rstrip("/") for origin in settings.CSRF_TRUSTED_ORIGINS}


def _host_of(origin: str) -> str | None:
    """Host and port, the port left out where it is the scheme's own; None for "null"."""
    try:
        parts = urlsplit(origin)
        port = parts.port
    except ValueError:
        return None
    if parts.scheme not in PORT_OF_SCHEME or not parts.netloc:
        return None
    return (
        _bare(parts.netloc)
        if port != PORT_OF_SCHEME[parts.scheme]
        else parts.netloc.rpartition(":")[0]
    )


def _bare(host: str) -> str:
    return host.removesuffix(":80").removesuffix(":443")

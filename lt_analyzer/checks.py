"""System checks: a mixture of settings that would lose frames or secrets is said before it runs."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, Warning, register  # noqa: A004
from django.db import DatabaseError

from teams.rotation import unreadable

# Feeds boards from a process of its own; `live` has both sides in one.
_SEPARATE_INGESTER = "ingest"
LEAST_KEY_BYTES = 32  # of a key for HMAC-SHA256 (RFC 7518 §3.2)
HERE = {"localhost", "127.0.0.1", "::1", "[::1]", "testserver"}  # the last is Django's, in tests


@register()
def separate_ingester_needs_redis(**_: Any) -> list[CheckMessage]:
    command = sys.argv[1] if len(sys.argv) > 1 else ""
    if settings.REDIS_URL or command != _SEPARATE_INGESTER:
        return []
    return [
        Error(
            f"`{command}` runs beside the web processes, but REDIS_URL is empty: "
            "its frames would reach nobody.",
            hint="Set REDIS_URL for all processes, or run `manage.py live`, which needs none.",
            id="lt.E001",
        )
    ]


@register()
def shared_database_needs_redis(**_: Any) -> list[CheckMessage]:
    if settings.REDIS_URL or not settings.DATABASE_URL:
        return []
    return [
        Warning(
            "DATABASE_URL is set but REDIS_URL is not: more than one process would lose frames.",
            hint="Set REDIS_URL too, unless exactly one `manage.py live` uses this database.",
            id="lt.W001",
        )
    ]


@register()
def many_processes_need_postgresql(**_: Any) -> list[CheckMessage]:
    if settings.DATABASE_URL or not settings.REDIS_URL:
        return []
    return [
        Warning(
            "REDIS_URL is set but DATABASE_URL is not: processes would share one SQLite file.",
            hint="Set DATABASE_URL=postgres://user:password@host:5432/name.",
            id="lt.W002",
        )
    ]


@register()
def hashed_static_files_are_collected(**_: Any) -> list[CheckMessage]:
    manifest = Path(settings.STATIC_ROOT) / "staticfiles.json"
    if not settings.STATIC_HASHED or manifest.exists():
        return []
    return [
        Warning(
            f"STATIC_HASHED is on, but {manifest} does not exist: pages would fail.",
            hint="Run `manage.py collectstatic --noinput`, or set STATIC_HASHED=false.",
            id="lt.W003",
        )
    ]


@register()
def pings_outlast_their_interval(**_: Any) -> list[CheckMessage]:
    if settings.WEBSOCKET_PING_TIMEOUT >= settings.WEBSOCKET_PING_INTERVAL:
        return []
    return [
        Warning(
            "WEBSOCKET_PING_TIMEOUT is shorter than WEBSOCKET_PING_INTERVAL.",
            hint="A slow phone is then cut off between two pings; 25 and 60 are good values.",
            id="lt.W004",
        )
    ]


@register(Tags.database)
def keys_open_what_is_stored(
    databases: Sequence[str] | None = None, **_: Any
) -> list[CheckMessage]:
    """With `check --database default`, and before each `migrate`."""
    if not databases:
        return []
    try:
        lost = unreadable()
    except DatabaseError:  # no tables yet
        return []
    return [
        Warning(
            f"No key in SECRETS_KEYS opens secrets of {len(pks)} {label}: {_some(pks)}.",
            hint="Add the key that wrote them behind the others, then run `manage.py "
            "rotate_secrets`; or have their teams enter them anew.",
            id="lt.W006",
        )
        for label, pks in lost.items()
    ]


def _some(pks: Sequence[Any]) -> str:
    return ", ".join(map(str, pks[:10])) + (" …" if len(pks) > 10 else "")


@register(Tags.security)
def tokens_are_signed_with_enough(**_: Any) -> list[CheckMessage]:
    if len(settings.JWT_SECRET_KEY.encode()) >= LEAST_KEY_BYTES:
        return []
    return [
        Warning(
            "JWT_SECRET_KEY is shorter than 32 bytes: who tries keys could forge tokens.",
            hint="Leave it empty, and it is derived from SECRET_KEY, or make one: "
            'python3 -c "import secrets; print(secrets.token_urlsafe(50))".',
            id="lt.W007",
        )
    ]


@register(Tags.security)
def everything_is_signed_with_enough(**_: Any) -> list[CheckMessage]:
    if len(settings.SECRET_KEY.encode()) >= LEAST_KEY_BYTES:
        return []
    return [
        Warning(
            "SECRET_KEY is shorter than 32 bytes: who tries keys could forge links that reset "
            "passwords.",
            hint='python3 -c "import secrets; print(secrets.token_urlsafe(50))" makes one.',
            id="lt.W008",
        )
    ]


@register()
def links_lead_to_where_people_reach_us(**_: Any) -> list[CheckMessage]:
    """Mails are written where there is no request to tell the address."""
    names = [name for name in settings.ALLOWED_HOSTS if name not in HERE]
    if not names or urlsplit(settings.PUBLIC_URL).hostname not in HERE:
        return []
    return [
        Warning(
            f"People reach us as {', '.join(names)}, but links in mails and pushes lead to "
            f"{settings.PUBLIC_URL}.",
            hint="Set PUBLIC_URL=https://timing.example, or whatever the address is.",
            id="lt.W009",
        )
    ]


@register(Tags.security)
def cookies_are_secure_behind_tls(**_: Any) -> list[CheckMessage]:
    if settings.BEHIND_TLS or not settings.PUBLIC_URL.startswith("https://"):
        return []
    return [
        Warning(
            "PUBLIC_URL is https://, but BEHIND_TLS is not set: browsers would send our cookies in "
            "clear, too.",
            hint="Set BEHIND_TLS=true, and have the proxy set X-Forwarded-Proto.",
            id="lt.W010",
        )
    ]


@register(Tags.security)
def metrics_are_not_for_everybody(**_: Any) -> list[CheckMessage]:
    if settings.METRICS_PORT is None or settings.METRICS_TOKEN or settings.METRICS_HOST in HERE:
        return []
    where = f"{settings.METRICS_HOST}:{settings.METRICS_PORT}"
    return [
        Warning(
            f"Whoever reaches {where} may read the metrics.",
            hint="Set METRICS_TOKEN, and give it to Prometheus as bearer_token; or leave "
            "METRICS_HOST at 127.0.0.1.",
            id="lt.W011",
        )
    ]


@register(Tags.security, deploy=True)
def deployment_has_its_own_key(**_: Any) -> list[CheckMessage]:
    if not settings.SECRET_KEY_GENERATED:
        return []
    return [
        Warning(
            f"SECRET_KEY was generated into {settings.LT_DATA_DIR}.",
            hint="Set SECRET_KEY in the environment, where backups of data do not carry it.",
            id="lt.W005",
        )
    ]

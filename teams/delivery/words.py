from __future__ import annotations

from typing import Any

from django.conf import settings


def link_of(body: dict[str, Any]) -> str:
    """Where a message leads, as somebody outside needs it."""
    url = str(body.get("url") or "/")
    return f"{settings.PUBLIC_URL}{url}" if url.startswith("/") else url

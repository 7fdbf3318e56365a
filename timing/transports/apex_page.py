"""Where the socket of an Apex track page is.

The page's `javascript/config.js` names a base port and sometimes a host. It can lag behind or be
missing, so its answer is the first guess and not the only one.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from urllib.parse import urljoin, urlsplit

from teams import outbound

CONFIG_PATH = "javascript/config.js"
CONFIG_LIMIT = 64 * 1024
PLAIN_OFFSET, SECURE_OFFSET = 2, 3  # added to the base port: ws:// and wss://

# All feeds moved to live-data in June 2026; older pages still name the others.
FALLBACK_HOSTS = (
    "live-data.apex-timing.com",
    "www.apex-timing.com",
    "live.apex-timing.com",
)

_COMMENT = re.compile(r"/\*.*?\*/|(?:^|(?<=[\s;]))//[^\n]*", re.DOTALL | re.MULTILINE)
_PORT = re.compile(r"""\bconfigPort\s*=\s*["']?(\d{1,5})\b""")
_HOST = re.compile(r"""\bconfigHost\s*=\s*["']([^"'\n]*)["']""")
_REQUEST = re.compile(r"""\bconfigRequestUrl\s*=\s*["']([^"'\n]*)["']""")
_HOST_NAME = re.compile(r"[A-Za-z0-9.-]{1,253}")


@dataclass(frozen=True, slots=True)
class PageConfig:
    """What a config.js says; None where it says nothing usable."""

    port: int | None = None
    host: str | None = None
    request_url: str | None = None


def parse_config(text: str) -> PageConfig:
    """Reads the assignments, the last of each winning as in the browser. Never raises."""
    code = _COMMENT.sub("", text.removeprefix("\ufeff").replace("\r\n", "\n"))
    port, host = _last(_PORT, code), _last(_HOST, code)
    return PageConfig(
        port=int(port) if port and 0 < int(port) <= 65535 - SECURE_OFFSET else None,
        host=host.lower() if host and _HOST_NAME.fullmatch(host) else None,
        request_url=_last(_REQUEST, code) or None,
    )


def _last(pattern: re.Pattern[str], code: str) -> str | None:
    found = pattern.findall(code)
    return found[-1].strip() if found else None


def config_url(page_url: str) -> str:
    parts = urlsplit(page_url)
    folder, _, last = parts.path.rpartition("/")
    path = f"{folder}/" if not last or "." in last else f"{parts.path}/"
    return urljoin(parts._replace(path=path, query="", fragment="").geturl(), CONFIG_PATH)


def endpoints(page_url: str, config: PageConfig, *, default_port: int | None = None) -> list[str]:
    """Socket addresses to try, best guess first; empty when no port is known at all.

    As the official page does: an https page uses wss, an http page ws.
    """
    port = config.port or default_port
    if port is None:
        return []
    secure = urlsplit(page_url).scheme == "https"
    scheme, offset = ("wss", SECURE_OFFSET) if secure else ("ws", PLAIN_OFFSET)
    hosts = [config.host, *FALLBACK_HOSTS] if config.host else FALLBACK_HOSTS
    return [f"{scheme}://{host}:{port + offset}/" for host in dict.fromkeys(hosts)]


Fetch = Callable[[str], Awaitable[str]]


async def find_endpoints(page_url: str, *, default_port: int | None, fetch: Fetch) -> list[str]:
    """The endpoints of a page. Without its config, those of the default port; without that either,
    what went wrong: OutboundRefused or OutboundFailed."""
    try:
        config = parse_config(await fetch(config_url(page_url)))
    except outbound.OutboundFailed:
        if default_port is None:
            raise
        config = PageConfig()
    return endpoints(page_url, config, default_port=default_port)

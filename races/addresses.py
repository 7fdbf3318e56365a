"""From what a person pastes to the one address by which a feed is shared.

Two teams that paste the page, its index.html or its socket must meet at the same feed, or the
installation connects twice.
"""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass
from urllib.parse import SplitResult, unquote

from django.conf import settings
from django.utils.translation import gettext as _

from races.enums import Protocol
from races.models import Track
from teams.outbound import PORT_OF_SCHEME, OutboundRefused, check_url, port_of

APEX_DOMAIN = "apex-timing.com"
LIVE_HOST = f"live.{APEX_DOMAIN}"
WWW_HOST = f"www.{APEX_DOMAIN}"
SLUG = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,79}")
LOCAL_NAMES = (".local", ".lan", ".home", ".home.arpa", ".internal", ".localhost", ".test")
MAX_ADDRESS = 300


@dataclass(frozen=True, slots=True)
class FeedAddress:
    """`private`: reachable from where we stand only, so it belongs to the team that adds it."""

    protocol: Protocol
    address: str
    name: str
    track: Track | None = None
    private: bool = False


def of_track(track: Track) -> FeedAddress:
    if not track.address:
        raise OutboundRefused(_("No address is known for this track."))
    return FeedAddress(Protocol(track.protocol), track.address, track.name, track)


def understand(text: str) -> FeedAddress:
    """Raises OutboundRefused, with a text for the user, where there is no feed to be had."""
    text = text.strip()
    if "://" not in text and "." in text.partition("/")[0]:
        text = f"https://{text}"
    parts = check_url(text)
    host = (parts.hostname or "").rstrip(".")
    if len(text) > MAX_ADDRESS:
        raise OutboundRefused(_("This address is too long."))
    if host == APEX_DOMAIN or host.endswith(f".{APEX_DOMAIN}"):
        return _apex(parts, host)
    address = _canonical(parts, host)
    return FeedAddress(Protocol.APEX, address, name=host, private=is_private(host))


def is_private(host: str) -> bool:
    """By the text alone: an operator who allows a name by hand says that it is a local one."""
    if host.lower() in {item.lower() for item in getattr(settings, "ALLOW_PRIVATE_FEEDS", ())}:
        return True
    try:
        return not ipaddress.ip_address(host).is_global
    except ValueError:
        return "." not in host or host.endswith(LOCAL_NAMES) or host.replace(".", "").isdigit()


def _apex(parts: SplitResult, host: str) -> FeedAddress:
    if parts.scheme in ("ws", "wss"):
        return _apex_socket(parts, host)
    steps = [unquote(step) for step in parts.path.split("/") if step]
    if steps[:1] == ["live-timing"]:
        steps, host = steps[1:], WWW_HOST
    elif host != LIVE_HOST:
        steps = []
    if not steps or not SLUG.fullmatch(steps[0]) or steps[0] == "commonv2":
        raise OutboundRefused(
            _("This is not the page of a track. It looks like %(example)s.")
            % {"example": f"https://{WWW_HOST}/live-timing/<name>/"}
        )
    slug = steps[0]
    page = f"https://{host}/{slug}/" if host == LIVE_HOST else f"https://{host}/live-timing/{slug}/"
    track = Track.objects.filter(protocol=Protocol.APEX, slug=slug.lower()).first()
    return of_track(track) if track else FeedAddress(Protocol.APEX, page, name=slug)


def _apex_socket(parts: SplitResult, host: str) -> FeedAddress:
    """A track's data port + 2 (ws) or + 3 (wss) is that track, whichever Apex host it was."""
    base = port_of(parts) - (3 if parts.scheme == "wss" else 2)
    tracks = list(Track.objects.filter(protocol=Protocol.APEX, config_port=base)[:2])
    if len(tracks) == 1:
        return of_track(tracks[0])
    return FeedAddress(Protocol.APEX, _canonical(parts, host), name=f"{host}:{port_of(parts)}")


def _canonical(parts: SplitResult, host: str) -> str:
    port = port_of(parts)
    shown = f"[{host}]" if ":" in host else host
    where = shown if port == PORT_OF_SCHEME[parts.scheme] else f"{shown}:{port}"
    path = parts.path.removesuffix("index.html") or "/"
    query = f"?{parts.query}" if parts.query else ""
    return f"{parts.scheme}://{where}{path}{query}"

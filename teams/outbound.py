"""The one guard for connections whose address a user or a feed can influence.

Two checks, because a name proves nothing: `check_url` reads the text (for forms and redirects),
and `connect` judges every address the name resolves to and then dials exactly those addresses,
so that a name which changes its answer between the two (DNS rebinding) gains nothing.
"""

from __future__ import annotations

import asyncio
import ipaddress
import re
import socket
import ssl
from collections.abc import AsyncIterator, Collection, Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any
from urllib.parse import SplitResult, urljoin, urlsplit

import httpcore
import httpx
from django.conf import settings
from django.utils.translation import gettext as _

from teams.names import TooManyQuestions, addresses_of

Address = ipaddress.IPv4Address | ipaddress.IPv6Address

PORT_OF_SCHEME = {"http": 80, "https": 443, "ws": 80, "wss": 443}
MAX_URL = 2000
MAX_REDIRECTS = 5

# Below 1024 only the web's own; above it, what speaks a text protocol that an HTTP request could
# be mistaken for (databases, caches, printers, proxies with an interface of their own).
_REFUSED_PORTS = frozenset(
    {1433, 1521, 2049, 2375, 2376, 3306, 3389, 4190, 5432, 5672, 5984, 5985, 6000, 6379, 6566}
    | {6665, 6666, 6667, 6668, 6669, 6697, 9100, 9200, 10080, 10250, 11211, 27017}
)
_NUMERIC = re.compile(r"[0-9a-fx.]+", re.IGNORECASE)
_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")
_WORLD = ipaddress.IPv6Network("2000::/3")


class OutboundRefused(Exception):  # noqa: N818
    """The address must not be connected to; the text is for the user."""


class OutboundFailed(Exception):  # noqa: N818
    """The address is allowed, but no usable answer came; the text is for the user."""


def check_url(
    url: str,
    *,
    schemes: Collection[str] = tuple(PORT_OF_SCHEME),
    allow_private: bool = False,
) -> SplitResult:
    """The parsed URL, if its text is acceptable. Resolves nothing; raises OutboundRefused."""
    if len(url) > MAX_URL or any(ord(c) <= 32 or ord(c) == 127 for c in url):
        raise OutboundRefused(_("This is not an address."))
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", port_of(parts)
    except ValueError:
        raise OutboundRefused(_("This is not an address.")) from None
    if parts.scheme not in schemes:
        raise OutboundRefused(
            _("The address must begin with %(schemes)s.")
            % {"schemes": ", ".join(f"{scheme}://" for scheme in schemes)}
        )
    if parts.username is not None or parts.password is not None:
        raise OutboundRefused(_("The address must not hold a user name or password."))
    check_target(host, port, allow_private=allow_private)
    return parts


def port_of(parts: SplitResult) -> int:
    """The port of a URL, given or its scheme's. Raises ValueError on a port that is no number."""
    return PORT_OF_SCHEME.get(parts.scheme, 0) if parts.port is None else parts.port


def check_target(host: str, port: int, *, allow_private: bool = False) -> None:
    """Refuses by the text of a host and a port what needs no resolver to be refused."""
    if not host:
        raise OutboundRefused(_("The address has no host."))
    trusted = allow_private or _host_is_allowed(host)
    if not trusted and _is_bad_port(port):
        raise OutboundRefused(_("Port %(port)s is not used by timing feeds.") % {"port": port})
    literal = _literal(host)
    if literal is not None:
        _check_address(literal, trusted=trusted)
    elif not trusted and (host == "localhost" or host.endswith((".localhost", ".internal"))):
        raise _private()


def _is_bad_port(port: int) -> bool:
    return port in _REFUSED_PORTS or not (port in (80, 443) or 1024 <= port <= 65535)


def _literal(host: str) -> Address | None:
    """The address a host spells, in the old spellings too (127.1, 0x7f000001, 2130706433)."""
    try:
        return ipaddress.ip_address(host.strip("[]"))
    except ValueError:
        pass
    if not _NUMERIC.fullmatch(host) or not host[0].isdigit():
        return None
    try:
        return ipaddress.IPv4Address(socket.inet_aton(host))
    except OSError:
        return None


def _private() -> OutboundRefused:
    return OutboundRefused(
        _(
            "This address leads into a private network. "
            "An operator can allow it in ALLOW_PRIVATE_FEEDS."
        )
    )


def _check_address(address: Address, *, trusted: bool = False) -> None:
    for each in _meanings(address):
        if each.is_multicast or each.is_unspecified:
            raise OutboundRefused(_("This address is not that of one host."))
        if not (trusted or _is_public(each) or _network_allows(each)):
            raise _private()


def _is_public(address: Address) -> bool:
    """Of IPv6 only what is given out for the world: beside it lie site-local addresses, and old
    ways to write an IPv4 address that `is_global` takes for something else."""
    if isinstance(address, ipaddress.IPv6Address) and address not in _NAT64:
        return address in _WORLD and address.is_global
    return address.is_global


def _meanings(address: Address) -> list[Address]:
    """An address and every IPv4 address that it carries inside (mapped, 6to4, Teredo, NAT64)."""
    if isinstance(address, ipaddress.IPv4Address):
        return [address]
    if address.ipv4_mapped is not None:
        return [address.ipv4_mapped]  # the same host, written twice
    carried: list[Address] = [address]
    if address.sixtofour is not None:
        carried.append(address.sixtofour)
    if address.teredo is not None:
        carried.extend(address.teredo)
    if address in _NAT64:
        carried.append(ipaddress.IPv4Address(int(address) & 0xFFFFFFFF))
    return carried


def _allow_list() -> Iterable[str]:
    return getattr(settings, "ALLOW_PRIVATE_FEEDS", ())


def _host_is_allowed(host: str) -> bool:
    return host.lower() in {item.lower().strip("[]") for item in _allow_list()}


def _network_allows(address: Address) -> bool:
    for item in _allow_list():
        try:
            network = ipaddress.ip_network(item, strict=False)
        except ValueError:
            continue  # a host name
        if address in network:
            return True
    return False


async def resolve(host: str, port: int, *, allow_private: bool = False) -> list[str]:
    """The addresses of a host, every one of them allowed; one bad address refuses them all."""
    check_target(host, port, allow_private=allow_private)
    literal = _literal(host)
    addresses = [str(literal)] if literal is not None else await _look_up(host)
    trusted = allow_private or _host_is_allowed(host)
    for text in addresses:
        _check_address(ipaddress.ip_address(text), trusted=trusted)
    return addresses


async def _look_up(host: str) -> list[str]:
    try:
        return await addresses_of(host)
    except (socket.gaierror, UnicodeError):
        raise OutboundFailed(_("The host %(host)s is not known.") % {"host": host}) from None
    except (TimeoutError, TooManyQuestions):
        said = _("No name server says in time where %(host)s is.") % {"host": host}
        raise OutboundFailed(said) from None


async def connect(
    host: str,
    port: int,
    *,
    timeout_s: float = 10.0,
    allow_private: bool = False,
) -> socket.socket:
    """A connected, non-blocking socket to an allowed address of `host`.

    `timeout_s` covers resolving and all attempts. Raises OutboundRefused, OutboundFailed
    (unknown host), OSError (the last attempt's), TimeoutError.
    """
    async with asyncio.timeout(timeout_s):
        addresses = await resolve(host, port, allow_private=allow_private)
        last: OSError = OSError("no address")
        for address in addresses:
            try:
                return await _dial(address, port, limit=timeout_s / len(addresses))
            except OSError as error:  # TimeoutError is one
                last = error
        raise last


async def _dial(address: str, port: int, *, limit: float) -> socket.socket:
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    sock = socket.socket(family, socket.SOCK_STREAM)
    try:
        sock.setblocking(False)
        async with asyncio.timeout(limit):
            await asyncio.get_running_loop().sock_connect(sock, (address, port))
    except BaseException:
        sock.close()
        raise
    return sock


class GuardedBackend(httpcore.AnyIOBackend):
    """Network of an httpcore pool that dials allowed addresses only; TLS still checks the name."""

    def __init__(self, *, allow_private: bool = False) -> None:
        self._allow_private = allow_private

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109 - httpcore's signature
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        last: Exception = httpcore.ConnectError("no address")
        for address in await resolve(host, port, allow_private=self._allow_private):
            try:
                return await super().connect_tcp(
                    address, port, timeout, local_address, socket_options
                )
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                last = error
        raise last

    async def connect_unix_socket(  # a URL must never reach a local socket
        self, path: str, *args: Any, **kwargs: Any
    ) -> httpcore.AsyncNetworkStream:
        raise OutboundRefused(_("This is not an address."))


@dataclass(frozen=True, slots=True)
class Fetched:
    """`url` is where the answer came from, after redirects."""

    url: str
    text: str


async def fetch_text(
    url: str,
    *,
    limit_bytes: int,
    timeout_s: float,
    allow_private: bool = False,
) -> Fetched:
    """GET a small text: status 200, at most `limit_bytes`, within `timeout_s` in all.

    Follows at most MAX_REDIRECTS redirects, each through the guard. Raises OutboundRefused or
    OutboundFailed. Uses no proxy of the environment: a proxy would resolve names unchecked.
    """
    pool = _pool(allow_private=allow_private)
    try:
        async with asyncio.timeout(timeout_s), pool:
            for _hop in range(MAX_REDIRECTS + 1):
                url = _ascii(url)
                check_url(url, schemes=("http", "https"), allow_private=allow_private)
                found = await _get(pool, url, limit_bytes)
                if isinstance(found, str):
                    return Fetched(url, found)
                url = _next_hop(url, found)
    except _UNANSWERED:
        raise _no_answer(url) from None
    raise OutboundFailed(_("The address redirects too often."))


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    retry_after: str


def check_receiver(url: str) -> None:
    """May messages of ours be posted there? Encrypted, but for what the operator has next door."""
    try:
        check_url(url, schemes=("https",))
    except OutboundRefused:
        if not _is_next_door(url):
            raise
        check_url(url, schemes=("http", "https"))


def _is_next_door(url: str) -> bool:
    try:
        host = urlsplit(url).hostname or ""
    except ValueError:
        return False
    address = _literal(host) if host else None
    return _host_is_allowed(host) or (address is not None and _network_allows(address))


async def post(url: str, *, content: bytes, headers: Mapping[str, str], timeout_s: float) -> Answer:
    """POST `content` within `timeout_s` in all. Follows no redirect and reads no body.

    Raises OutboundRefused or OutboundFailed.
    """
    url = _ascii(url)
    check_receiver(url)
    said = [("User-Agent", "LT-Analyzer"), *headers.items()]
    pool = _pool()
    try:
        async with (
            asyncio.timeout(timeout_s),
            pool,
            pool.stream("POST", url, headers=said, content=content) as response,
        ):
            return Answer(response.status, _header(response, b"retry-after"))
    except _UNANSWERED:
        raise _no_answer(url) from None


_UNANSWERED = (httpcore.NetworkError, httpcore.ProtocolError, httpcore.TimeoutException, OSError)


def _no_answer(url: str) -> OutboundFailed:
    return OutboundFailed(_("%(host)s does not answer.") % {"host": urlsplit(url).hostname})


def _pool(*, allow_private: bool = False) -> httpcore.AsyncConnectionPool:
    return httpcore.AsyncConnectionPool(
        ssl_context=_trusted(), network_backend=GuardedBackend(allow_private=allow_private)
    )


@lru_cache(maxsize=1)
def _trusted() -> ssl.SSLContext:
    """Made once: reading the authorities takes 20 ms."""
    return ssl.create_default_context()


@dataclass(frozen=True, slots=True)
class _Redirect:
    target: str


def _ascii(url: str) -> str:
    """As it goes over the wire: the host in IDNA, the path percent-encoded."""
    try:
        return str(httpx.URL(url))
    except (httpx.InvalidURL, ValueError):
        raise OutboundRefused(_("This is not an address.")) from None


def _next_hop(url: str, redirect: _Redirect) -> str:
    try:
        target = urljoin(url, redirect.target)
    except ValueError:
        raise OutboundRefused(_("This is not an address.")) from None
    if url.startswith("https:") and not target.startswith("https:"):
        raise OutboundRefused(_("The address leads to one that is not encrypted."))
    return target


async def _get(pool: httpcore.AsyncConnectionPool, url: str, limit_bytes: int) -> str | _Redirect:
    # Identity, so that `limit_bytes` is what arrives and not what it unpacks to.
    headers = [("User-Agent", "LT-Analyzer"), ("Accept-Encoding", "identity")]
    async with pool.stream("GET", url, headers=headers) as response:
        if response.status in (301, 302, 303, 307, 308):
            return _Redirect(_header(response, b"location"))
        if response.status != 200 or _header(response, b"content-encoding") not in ("", "identity"):
            raise OutboundFailed(
                _("The page answers with an error (%(s)s).") % {"s": response.status}
            )
        return (await _read(response.aiter_stream(), limit_bytes)).decode("utf-8", "replace")


def _header(response: httpcore.Response, name: bytes) -> str:
    for key, value in response.headers:
        if key.lower() == name:
            return value.decode("latin-1").strip()
    return ""


async def _read(chunks: AsyncIterator[bytes], limit_bytes: int) -> bytes:
    body = bytearray()
    async for chunk in chunks:
        body += chunk
        if len(body) > limit_bytes:
            raise OutboundFailed(_("The answer is too long."))
    return bytes(body)

"""The ways frames reach us, and how the address of a feed chooses one."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path

from teams import outbound
from timing.enums import LinkState
from timing.transports.apex_page import CONFIG_LIMIT, find_endpoints
from timing.transports.base import (
    FeedLost,
    LinkReport,
    OnReport,
    RawFrame,
    Transport,
    World,
    ignore_report,
)
from timing.transports.tape import TapeTransport
from timing.transports.websocket import Patience, WebSocketTransport

__all__ = [
    "FeedLost",
    "LinkReport",
    "LinkState",
    "Patience",
    "RawFrame",
    "TapeTransport",
    "Transport",
    "WebSocketTransport",
    "World",
    "apex_transport",
    "tape_path",
]

APEX_ORIGIN = "https://www.apex-timing.com"


def apex_transport(
    address: str,
    *,
    default_port: int | None = None,
    on_report: OnReport = ignore_report,
    patience: Patience = Patience(),  # noqa: B008 - frozen
    world: World = World(),  # noqa: B008
    allow_private: bool = False,
    first_connection: int = 0,
) -> WebSocketTransport:
    """The transport of an Apex feed: `address` is its track page or, directly, its socket.

    `default_port` is the base port known from the catalogue, for when the page does not answer.
    """
    return WebSocketTransport(
        _endpoint_finder(address, default_port, allow_private),
        on_report=on_report,
        origin=APEX_ORIGIN,
        patience=patience,
        world=world,
        allow_private=allow_private,
        first_connection=first_connection,
    )


def _endpoint_finder(
    address: str, default_port: int | None, allow_private: bool
) -> Callable[[], Awaitable[Sequence[str]]]:
    async def direct() -> list[str]:
        outbound.check_url(address, schemes=("ws", "wss"), allow_private=allow_private)
        return [address]

    async def by_page() -> list[str]:
        outbound.check_url(address, schemes=("http", "https"), allow_private=allow_private)
        return await find_endpoints(address, default_port=default_port, fetch=fetch)

    async def fetch(url: str) -> str:
        found = await outbound.fetch_text(
            url, limit_bytes=CONFIG_LIMIT, timeout_s=10, allow_private=allow_private
        )
        return found.text

    return direct if address.startswith(("ws://", "wss://")) else by_page


def tape_path(address: str, *, directory: Path) -> Path:
    """The file behind `tape:<name>`, which lies in `directory`. Raises FeedLost otherwise."""
    name = address.removeprefix("tape:")
    path = (directory / name).resolve()
    if not path.is_relative_to(directory.resolve()) or not path.is_file():
        raise FeedLost(f"there is no tape {name}")
    return path

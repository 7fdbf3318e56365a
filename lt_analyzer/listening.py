"""Where a command listens: its options, and the socket or a word on why there is none."""

from __future__ import annotations

import socket
from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import CommandError

from lt_analyzer.server import listen


def add_address(parser: ArgumentParser) -> None:
    parser.add_argument("--host", default=settings.HOST)
    parser.add_argument("--port", type=int, default=settings.PORT)


def listen_or_say(options: dict[str, Any]) -> socket.socket:
    """Raises CommandError where the address is taken."""
    host, port = options["host"], options["port"]
    try:
        return listen(host=host, port=port)
    except OSError as error:
        raise CommandError(
            f"cannot listen on {host}:{port}: {error.strerror}. PORT=… chooses another port."
        ) from error

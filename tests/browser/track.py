"""A track of two karts whose timing computer says what a test wants it to say."""

from __future__ import annotations

import threading
from types import TracebackType
from typing import Any

from websockets.datastructures import Headers
from websockets.exceptions import ConnectionClosed
from websockets.http11 import Request, Response
from websockets.sync.server import ServerConnection, serve

from tests.timing.apex_feed import RACE, Table, block

TABLE = Table(*RACE)
ROWS = {
    "r1": {"sta": ("sr", ""), "no": "7", "dr": "Otters", "llp": ("ti", "1:00.000"), "gap": "Lap 9"},
    "r2": {"sta": ("sr", ""), "no": "19", "dr": "Voles", "llp": ("ti", "1:00.500"), "gap": "4.500"},
}
SLUG = "hand-made"


class Track:
    """A page that names its socket, and the socket. `with Track() as track: …`"""

    def __init__(self) -> None:
        self._clients: set[ServerConnection] = set()
        self._server = serve(self._client, "127.0.0.1", 0, process_request=self._request)
        self._port = self._server.socket.getsockname()[1]
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)

    def __enter__(self) -> Track:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._server.shutdown()

    @property
    def page(self) -> str:
        return f"http://127.0.0.1:{self._port}/{SLUG}/"

    def goes_in(self, row: str) -> None:
        self._say(f"{row}|*in|0", TABLE.cell(row, "sta", "si"))

    def comes_out(self, row: str) -> None:
        self._say(f"{row}|*out|0", TABLE.cell(row, "sta", "so"))

    def _say(self, *lines: str) -> None:
        for client in list(self._clients):
            client.send("\n".join(lines))

    def _client(self, client: ServerConnection) -> None:
        client.send(block(TABLE, ROWS, event="Pond Cup", light="lg"))
        self._clients.add(client)
        try:
            for _each in client:
                pass
        except ConnectionClosed:
            pass
        finally:
            self._clients.discard(client)

    def _request(self, client: ServerConnection, request: Request) -> Response | None:
        if request.headers.get("Upgrade", "").lower() == "websocket":
            return None
        if request.path != f"/{SLUG}/javascript/config.js":
            return _answer("<!doctype html><title>Hand-made</title>", "text/html")
        return _answer(
            f'var configPort = {self._port - 2};\nvar configHost = "127.0.0.1";\n',
            "application/javascript",
        )


def _answer(text: str, kind: str) -> Response:
    body = text.encode()
    headers: Any = {"Content-Type": kind, "Content-Length": str(len(body)), "Connection": "close"}
    return Response(200, "OK", Headers(headers), body)

"""An HTTP server on loopback that keeps what it is posted and answers as it is told."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self


@dataclass(frozen=True, slots=True)
class Posted:
    path: str
    headers: dict[str, str]  # names in lower case
    body: bytes


@dataclass(slots=True)
class Receiver:
    """`answers` are given in turn, then `usual`: each a status, or a status and headers."""

    usual: int = 201
    answers: list[Any] = field(default_factory=list)
    got: list[Posted] = field(default_factory=list)
    arrived: threading.Semaphore = field(default_factory=lambda: threading.Semaphore(0))
    may_answer: threading.Event = field(default_factory=threading.Event)
    server: Any = None

    def __enter__(self) -> Self:
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                size = int(self.headers.get("Content-Length", 0))
                headers = {name.lower(): value for name, value in self.headers.items()}
                receiver.take(self, Posted(self.path, headers, self.rfile.read(size)))

            def log_message(self, *_: object) -> None:
                pass

        self.may_answer.set()
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, args=(0.01,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self.may_answer.set()
        self.server.shutdown()
        self.server.server_close()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server.server_address[1]}"

    def take(self, handler: BaseHTTPRequestHandler, posted: Posted) -> None:
        self.check(posted)
        self.got.append(posted)
        self.arrived.release()
        self.may_answer.wait(600)
        status, headers = self._answer()
        handler.send_response(status)
        for name, value in headers.items():
            handler.send_header(name, value)
        handler.end_headers()

    def check(self, posted: Posted) -> None:
        """For those that judge what they get."""

    def _answer(self) -> tuple[int, dict[str, str]]:
        said = self.answers.pop(0) if self.answers else self.usual
        return said if isinstance(said, tuple) else (said, {})

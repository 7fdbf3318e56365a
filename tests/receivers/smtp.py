"""A mail server on loopback that keeps what it is given."""

from __future__ import annotations

import socketserver
import threading
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any, Self


@dataclass(slots=True)
class MailServer:
    """`refuse` maps a receiver to the reply it gets instead of 250."""

    refuse: dict[str, bytes] = field(default_factory=dict)
    got: list[EmailMessage] = field(default_factory=list)
    server: Any = None

    def __enter__(self) -> Self:
        mails = self

        class Handler(socketserver.StreamRequestHandler):
            def handle(self) -> None:
                mails.talk(self)

        self.server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        threading.Thread(target=self.server.serve_forever, args=(0.01,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self.server.shutdown()
        self.server.server_close()

    @property
    def port(self) -> int:
        return int(self.server.server_address[1])

    def talk(self, client: Any) -> None:
        client.wfile.write(b"220 here\r\n")
        for line in client.rfile:
            verb = line[:4].upper()
            if verb == b"RCPT":
                to = line.decode().split("<")[1].split(">")[0]
                client.wfile.write(self.refuse.get(to, b"250 ok") + b"\r\n")
            elif verb == b"DATA":
                client.wfile.write(b"354 go on\r\n")
                self._take(client)
                client.wfile.write(b"250 taken\r\n")
            elif verb == b"QUIT":
                client.wfile.write(b"221 bye\r\n")
                return
            else:
                client.wfile.write(b"250 ok\r\n")

    def _take(self, client: Any) -> None:
        lines = []
        while (line := client.rfile.readline()) not in (b".\r\n", b""):
            lines.append(line)
        mail = message_from_bytes(b"".join(lines), policy=policy.default)
        self.got.append(mail)

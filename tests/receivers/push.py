"""A push service and the browser behind it: verifies who sends, opens what only it can open."""

from __future__ import annotations

import json
import os
import time
from dataclasses import dataclass, field
from typing import Any

import http_ece
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from py_vapid import jwt
from py_vapid.utils import b64urlencode

from tests.receivers.http import Posted, Receiver

REQUIRED = {"content-encoding", "ttl", "urgency", "topic", "authorization"}


@dataclass(slots=True)
class PushService(Receiver):
    """`shown` is what the browser's service worker is given."""

    key: ec.EllipticCurvePrivateKey = field(
        default_factory=lambda: ec.generate_private_key(ec.SECP256R1())
    )
    auth: bytes = field(default_factory=lambda: os.urandom(16))
    shown: list[dict[str, Any]] = field(default_factory=list)
    senders: list[dict[str, Any]] = field(default_factory=list)

    def subscription(self, path: str = "/send/1") -> dict[str, str]:
        point = self.key.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
        return {
            "endpoint": self.url + path,
            "p256dh": b64urlencode(point),
            "auth": b64urlencode(self.auth),
        }

    def check(self, posted: Posted) -> None:
        assert posted.headers.keys() >= REQUIRED
        assert posted.headers["content-encoding"] == "aes128gcm"
        assert len(posted.headers["topic"]) <= 32
        assert len(posted.body) <= 4096
        self.senders.append(self._sender(posted.headers["authorization"]))
        opened = http_ece.decrypt(
            posted.body, private_key=self.key, auth_secret=self.auth, version="aes128gcm"
        )
        self.shown.append(json.loads(opened))

    def _sender(self, authorization: str) -> dict[str, Any]:
        scheme, _, rest = authorization.partition(" ")
        parts = dict(part.split("=", 1) for part in rest.split(","))
        claims: dict[str, Any] = jwt.decode(parts["t"], parts["k"])  # raises on a false signature
        assert scheme == "vapid"
        assert claims["aud"] == self.url
        assert claims["exp"] - time.time() < 24 * 3_600
        return claims | {"key": parts["k"]}

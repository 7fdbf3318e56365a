"""A webhook's receiver, as the page tells people to write theirs."""

from __future__ import annotations

import hashlib
import hmac
import json
from dataclasses import dataclass, field
from typing import Any

from tests.receivers.http import Posted, Receiver


@dataclass(slots=True)
class HookReceiver(Receiver):
    """`once` is what it would act upon: by key, each message one time."""

    secret: str = "whsec_tests"
    once: dict[str, dict[str, Any]] = field(default_factory=dict)

    def check(self, posted: Posted) -> None:
        assert is_from_us(posted, self.secret)
        assert posted.headers["content-type"] == "application/json"
        self.once[posted.headers["idempotency-key"]] = json.loads(posted.body)


def is_from_us(posted: Posted, secret: str) -> bool:
    parts = dict(part.split("=", 1) for part in posted.headers["lt-signature"].split(","))
    signed = f"{parts['t']}.".encode() + posted.body
    wanted = hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest()
    return hmac.compare_digest(wanted, parts["v1"])

"""How a line of the log looks, and what it must not hold.

Every line says which feed, race and socket it is about, where that is known (`teams.log_context`).
Whatever lets one in is taken out of the finished text, tracebacks included: addresses that are
keys, tokens, passwords, cookies, codes of displays.
"""

from __future__ import annotations

import logging
import re
from datetime import UTC, datetime

import orjson

from teams import log_context

# Invitations, links that were mailed, links that end mails. Django logs the address of a request
# that it refuses, and such a link may be good all the same.
_SECRETS = [
    (re.compile(r"(/(?:join|account/verify|account/reset|alerts/stop)/)[^\s'\"]+"), r"\1…"),
    (re.compile(r"(/d/|[?&]display=|\bdisplay\.)[A-Za-z0-9]{8}\b"), r"\1…"),
    (re.compile(r"\blt_[A-Za-z0-9_-]{20,}"), "lt_…"),
    (re.compile(r"\beyJ[\w-]{8,}(?:\.[\w-]*)*"), "eyJ…"),
    (re.compile(r"\b(Bearer|Basic)\s+[^\s'\",]+", re.IGNORECASE), r"\1 …"),
    (re.compile(r"(://)[^/\s@'\"]*@"), r"\1…@"),
    (
        re.compile(
            r"((?:password|passwd|secret|token|sessionid|csrftoken|cookie|authorization)\w*"
            r"['\"]?\s?[=:]\s?b?['\"]?)[^\s'\"&;,)}\]]+",
            re.IGNORECASE,
        ),
        r"\1…",
    ),
]


def without_secrets(text: str) -> str:
    for pattern, shown in _SECRETS:
        text = pattern.sub(shown, text)
    return text


class NoKeys(logging.Filter):
    """For handlers that are not ours, such as the mail to admins."""

    def filter(self, record: logging.LogRecord) -> bool:
        said = record.getMessage()
        told = without_secrets(said)
        if told != said:
            record.msg, record.args = told, ()
        return True


class About(logging.Filter):
    """Puts the ids on the record, in the thread and task that logged it."""

    def filter(self, record: logging.LogRecord) -> bool:
        found = log_context.current()
        record.about = {
            name: value
            for name in ("feed", "race", "connection")
            if (value := getattr(record, name, "") or getattr(found, name))
        }
        return True


class Line(logging.Formatter):
    """Plain text, the ids short, where they are not in the message already."""

    def format(self, record: logging.LogRecord) -> str:
        ids = getattr(record, "about", {})
        said = record.getMessage()
        shown = " ".join(f"{name}={ids[name][:8]}" for name in ids if ids[name] not in said)
        record.ids = f" [{shown}]" if shown else ""
        return without_secrets(super().format(record))


class Json(logging.Formatter):
    """One JSON object a line."""

    def format(self, record: logging.LogRecord) -> str:
        at = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")
        told = {
            "time": at.replace("+00:00", "Z"),
            "level": record.levelname,
            "logger": record.name,
            "message": without_secrets(record.getMessage()),
            **getattr(record, "about", {}),
        }
        if record.exc_info:
            told["exception"] = without_secrets(self.formatException(record.exc_info))
        if record.stack_info:
            told["stack"] = without_secrets(self.formatStack(record.stack_info))
        return orjson.dumps(told).decode()

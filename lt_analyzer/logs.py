"""What a log line must not hold: the addresses of some pages are keys."""

from __future__ import annotations

import logging
import re

# Invitations, links that were mailed, links that end mails. Django logs the address of a request
# that it refuses, and such a link may be good all the same.
_KEYS = re.compile(r"(/(?:join|account/verify|account/reset|alerts/stop)/)[^\s'\"]+")


class NoKeys(logging.Filter):
    def filter(self, record: logging.LogRecord) -> bool:
        said = record.getMessage()
        told = _KEYS.sub(r"\1…", said)
        if told != said:
            record.msg, record.args = told, ()
        return True

"""Text that people gave: names and notes, which stand beside the words of others on pages, in mails
and on an operator's terminal."""

from __future__ import annotations

import re

# Of no meaning, or a command to a terminal; and what turns the direction of all that follows, or
# stands there unseen.
_CONTROL = r"\x00-\x08\x0b-\x1f\x7f-\x9f"
_UNSEEN = "\u061c\u200b\u200e\u200f\u202a-\u202e\u2028\u2029\u2060-\u2069\ufeff"
_NOT_SHOWN = re.compile(f"[{_CONTROL}{_UNSEEN}]")


def lines(text: str) -> str:
    """As it was given, without what is not shown."""
    return _NOT_SHOWN.sub("", text.replace("\r\n", "\n").replace("\r", "\n")).strip()


def one_line(text: str) -> str:
    return " ".join(lines(text).split())

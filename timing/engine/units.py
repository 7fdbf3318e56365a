"""Times as the feeds print them, read into integer milliseconds.

Nothing here raises on bad text: a value that is not what it claims to be is ``None``, and the
caller counts it.
"""

from __future__ import annotations

import re

Ms = int

DAY_MS: Ms = 24 * 3_600_000
MAX_LAP_MS: Ms = DAY_MS  # a kart that stands in the pit all night still ends its lap

_TIME = re.compile(r"(?:(?:(\d{1,3}):)?(\d{1,3}):)?(\d{1,6})(?:\.(\d{1,6}))?", re.ASCII)


def parse_time(text: str) -> Ms | None:
    """``59.123``, ``1:02.008``, ``1:00:02.5`` -> ms; one to six decimals; anything else -> None."""
    match = _TIME.fullmatch(text)
    if match is None:
        return None
    hours, minutes, seconds, decimals = match.groups()
    whole = int(seconds) + 60 * int(minutes or 0) + 3600 * int(hours or 0)
    if decimals is None:
        return whole * 1000
    return whole * 1000 + int(decimals.ljust(3, "0")[:3])


def parse_lap(text: str) -> Ms | None:
    """A lap or sector time: as `parse_time`, but with decimals and within (0, 24 h)."""
    if "." not in text:
        return None
    ms = parse_time(text)
    return ms if ms is not None and 0 < ms < MAX_LAP_MS else None


def parse_clock_hm(text: str) -> Ms | None:
    """``H:MM`` (stint clocks, driving totals) -> ms."""
    hours, colon, minutes = text.partition(":")
    if not colon or not (hours.isascii() and minutes.isascii()):
        return None
    if not (hours.isdigit() and minutes.isdigit()) or len(hours) > 3 or len(minutes) > 2:
        return None
    return (int(hours) * 60 + int(minutes)) * 60_000


def format_ms(ms: Ms) -> str:
    """``62008`` -> ``1:02.008``; hours appear from an hour on."""
    seconds, millis = divmod(ms, 1000)
    minutes, seconds = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    if hours:
        return f"{hours}:{minutes:02d}:{seconds:02d}.{millis:03d}"
    return f"{minutes}:{seconds:02d}.{millis:03d}" if minutes else f"{seconds}.{millis:03d}"

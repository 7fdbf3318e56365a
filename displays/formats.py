"""How times look, everywhere. `static/js/live/format.js` says the same; both run the cases of
`tests/vectors/format.json`.
"""

from __future__ import annotations

import re

from races.colours import is_light
from timing.engine.units import format_ms

Ms = int
COLOUR = re.compile(r"#[0-9a-fA-F]{6}")
DARK, LIGHT = "#0c0e12", "#ffffff"


def lap(ms: Ms | None) -> str:
    """1:03.250, or 48.907 below a minute; an hour and more keeps its hours."""
    return "" if ms is None or ms < 0 else format_ms(ms)


def clock(ms: Ms | None) -> str:
    """2:07:45, or 7:45 below an hour; whole seconds, never negative."""
    if ms is None:
        return ""
    minutes, seconds = divmod(max(ms, 0) // 1000, 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{seconds:02}" if hours else f"{minutes}:{seconds:02}"


def stint(ms: Ms | None) -> str:
    """28:40 and 71:05: people count a stint in minutes up to 99:59."""
    if ms is None:
        return ""
    minutes, seconds = divmod(max(ms, 0) // 1000, 60)
    return clock(ms) if minutes > 99 else f"{minutes:02}:{seconds:02}"


def age(ms: Ms | None) -> str:
    """0.4 s · 48 s · 6 min · 3 h 20 · 2 d 4 h"""
    if ms is None:
        return ""
    seconds = max(ms, 0) / 1000
    if seconds < 9.95:
        return f"{max(ms, 0) // 100 / 10:.1f} s"
    if seconds < 100:
        return f"{int(seconds)} s"
    minutes = int(seconds) // 60
    if minutes < 100:
        return f"{minutes} min"
    hours, minutes = divmod(minutes, 60)
    if hours < 48:
        return f"{hours} h {minutes:02}"
    days, hours = divmod(hours, 24)
    return f"{days} d {hours} h"


def delta(ms: Ms | None, reference: Ms | None) -> str:
    """+0.412: by how much a time is slower than the entry's own best. Empty on the best itself."""
    if ms is None or reference is None or ms <= reference:
        return ""
    return "+" + lap(ms - reference)


def signed(ms: Ms | None) -> str:
    """−0.160, +0.018: a difference that may go either way, with a true minus sign."""
    if ms is None:
        return ""
    return ("−" if ms < 0 else "+" if ms > 0 else "") + lap(abs(ms))


def tenths(ms: Ms | None) -> str:
    """8.4: what can be read from three metres. Cut, not rounded: a gap is never shown as larger."""
    return lap(ms)[:-2]


def hundredths(ms: Ms | None) -> str:
    """0.31: a rate; its third decimal is noise."""
    return lap(ms)[:-1]


def gap(value: list[int | None] | None, *, laps_letter: str = "L") -> tuple[str, str]:
    """[2, 41250] -> ("2 L", "41.250"): laps left, seconds right. Laps alone stand right."""
    if not value:
        return "", ""
    laps, ms = value
    shown = f"{laps} {laps_letter}" if laps else ""
    return ("", shown) if ms is None else (shown, lap(ms))


def colour(text: str | None) -> str:
    """A feed's colour if it is one, else nothing: it ends in a style rule."""
    return text.lower() if text and COLOUR.fullmatch(text) else ""


def ink_on(text: str) -> str:
    """Black or white, whichever reads better on a colour."""
    if not colour(text):
        return ""
    return DARK if is_light(text) else LIGHT

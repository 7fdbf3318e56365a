"""Times in templates. The rules are in `displays/formats.py`."""

from __future__ import annotations

from datetime import datetime

from django import template
from django.utils import timezone

from displays import formats

register = template.Library()


@register.filter
def lap_time(ms: int | None) -> str:
    return formats.lap(ms)


@register.filter
def clock_time(ms: int | None) -> str:
    return formats.clock(ms)


@register.filter
def stint_time(ms: int | None) -> str:
    return formats.stint(ms)


@register.filter
def age_since(at: datetime | None) -> str:
    if at is None:
        return ""
    return formats.age(int((timezone.now() - at).total_seconds() * 1000))


@register.filter
def epoch_ms(at: datetime | None) -> int | str:
    return "" if at is None else int(at.timestamp() * 1000)


@register.filter
def ms_between(start: datetime | None, end: datetime | None) -> int | None:
    if start is None or end is None:
        return None
    return int((end - start).total_seconds() * 1000)


@register.filter
def ink_on(colour: str) -> str:
    return formats.ink_on(formats.colour(colour))


@register.filter
def safe_colour(colour: str) -> str:
    return formats.colour(colour)

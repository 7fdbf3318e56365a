"""Times in templates. The rules are in `displays/formats.py`.

A template writes the empty string where a step on the way is None, hence `Value`.
"""

from __future__ import annotations

from datetime import datetime

from django import template

from displays import formats

register = template.Library()

Value = int | str | None


def _ms(value: Value) -> int | None:
    return value if isinstance(value, int) else None


@register.filter
def lap_time(ms: Value) -> str:
    return formats.lap(_ms(ms))


@register.filter
def clock_time(ms: Value) -> str:
    return formats.clock(_ms(ms))


@register.filter
def stint_time(ms: Value) -> str:
    return formats.stint(_ms(ms))


@register.filter
def age(ms: Value) -> str:
    return formats.age(_ms(ms))


@register.filter
def ms_between(start: datetime | str | None, end: datetime | str | None) -> int | None:
    if not isinstance(start, datetime) or not isinstance(end, datetime):
        return None
    return int((end - start).total_seconds() * 1000)

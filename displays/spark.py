"""A line of the last laps, small enough for a card. `static/js/live/spark.js` draws the same."""

from __future__ import annotations

import math
from collections.abc import Sequence

WIDTH, HEIGHT, EDGE = 104, 34, 4
LEAST_RANGE_MS = 400  # else the noise of an even race would look like a drama


def spark(values: Sequence[int | None]) -> dict[str, str]:
    """Paths: the line, a dot at its end, and zero where the line crosses it.

    A lap that nobody knows leaves a gap in the line.
    """
    known = [each for each in values if each is not None]
    if len(known) < 2:
        return {"spark": "", "spark_dot": "", "spark_zero": ""}
    low, high = _range(known)
    points = [
        None if each is None else f"{_x(at, len(values))} {_y(each, low, high)}"
        for at, each in enumerate(values)
    ]
    last = [point for point in points if point is not None][-1]
    crosses = min(known) < 0 < max(known)
    zero = f"M{EDGE} {_y(0, low, high)}H{WIDTH - EDGE}" if crosses else ""
    return {"spark": _path(points), "spark_dot": f"M{last}h0", "spark_zero": zero}


def _range(known: Sequence[int]) -> tuple[float, float]:
    low, high = min(known), max(known)
    missing = max(0, LEAST_RANGE_MS - (high - low))
    return low - missing / 2, high + missing / 2


def _path(points: Sequence[str | None]) -> str:
    path, pen = "", "M"
    for point in points:
        path += "" if point is None else pen + point
        pen = "M" if point is None else "L"
    return path


def _x(at: int, count: int) -> str:
    return _tenth(EDGE + at * (WIDTH - 2 * EDGE) / (count - 1))


def _y(value: float, low: float, high: float) -> str:
    return _tenth(HEIGHT - EDGE - (value - low) * (HEIGHT - 2 * EDGE) / (high - low))


def _tenth(value: float) -> str:
    return f"{math.floor(value * 10 + 0.5) / 10:.1f}"

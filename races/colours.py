from __future__ import annotations


def is_light(colour: str) -> bool:
    """Is black read more easily on "#rrggbb" than white (relative luminance, WCAG)? Raises
    ValueError for what is no colour."""
    red, green, blue = (_linear(int(colour[at : at + 2], 16) / 255) for at in (1, 3, 5))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue > 0.179


def _linear(part: float) -> float:
    return part / 12.92 if part <= 0.04045 else float(((part + 0.055) / 1.055) ** 2.4)

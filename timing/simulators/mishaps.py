"""What goes wrong on the way from the timing computer to us, by name."""

from __future__ import annotations

MISHAPS = (
    "reinit",
    "blip",
    "title_flicker",
    "junk",
    "drop",
    "missing_columns",
    "repeats",
    "rename",
    "republish",
)


def chosen(text: str) -> tuple[str, ...]:
    """``all``, or names separated by commas; raises ValueError on an unknown one."""
    if text == "all":
        return MISHAPS
    names = tuple(name.strip() for name in text.split(",") if name.strip())
    unknown = [name for name in names if name not in MISHAPS]
    if unknown:
        raise ValueError(f"No such mishap: {', '.join(unknown)} (there are {', '.join(MISHAPS)})")
    return names

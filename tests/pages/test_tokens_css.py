"""The colours of every theme, against what they stand on: WCAG AA, and 7:1 in the sun."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

CSS = (Path(__file__).parents[2] / "static" / "css" / "tokens.css").read_text(encoding="utf-8")
RULE = re.compile(r"(:root[^{,]*)\{([^}]*)\}")
TOKEN = re.compile(r"--([\w-]+):\s*(#[0-9a-f]{3,6})\b")
DARK, LIGHT = "", '[data-theme="light"]'
SUN, SUN_LIGHT = '[data-contrast="sun"]', '[data-contrast="sun"][data-theme="light"]'
THEMES = {
    "dark": (DARK,),
    "light": (DARK, LIGHT),
    "sun": (DARK, SUN),
    "sun-light": (DARK, LIGHT, SUN, SUN_LIGHT),
    "paper": (DARK, ":root:root:root"),
}
TEXTS = "ink ink-2 ink-3 ours best pb slow danger pit".split()
GROUNDS = "bg surface zebra raised".split()


def colours(theme: str) -> dict[str, str]:
    found: dict[str, str] = {}
    for wanted in THEMES[theme]:
        for selector, body in RULE.findall(CSS):
            if selector.strip() == f":root{wanted}":
                found |= dict(TOKEN.findall(body))
    return found


def light(colour: str) -> float:
    digits = colour[1:] if len(colour) == 7 else "".join(each * 2 for each in colour[1:])
    parts = [int(digits[at : at + 2], 16) / 255 for at in (0, 2, 4)]
    red, green, blue = (p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    low, high = sorted((light(one), light(other)))
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("theme", THEMES)
def test_text_is_read_on_every_ground(theme: str) -> None:
    found = colours(theme)
    least = 7 if theme.startswith("sun") else 4.5

    weak = {
        (text, ground): round(contrast(found[text], found[ground]), 2)
        for text in TEXTS
        for ground in GROUNDS
        if contrast(found[text], found[ground]) < least
    }
    assert weak == {}


@pytest.mark.parametrize("theme", [name for name in THEMES if name != "paper"])
def test_a_cell_that_glows_is_still_read(theme: str) -> None:
    found = colours(theme)

    assert contrast(found["ink"], found["glow"]) >= 4.5
    assert contrast(found["ink-3"], found["glow"]) >= 4.5


FLAGS = {
    "green": "flag-ink",
    "yellow": "flag-ink",
    "c60": "flag-ink",
    "red": "flag-red-ink",
    "none": "flag-none-ink",
}


@pytest.mark.parametrize("theme", THEMES)
def test_the_word_on_a_flag_is_read(theme: str) -> None:
    found = colours(theme)

    for flag, ink in FLAGS.items():
        assert contrast(found[f"flag-{flag}"], found[ink]) >= 4.5, flag


@pytest.mark.parametrize("theme", THEMES)
def test_the_main_action_and_our_plate_are_read(theme: str) -> None:
    found = colours(theme)

    assert contrast(found["on-ours"], found["ours-fill"]) >= 7

from __future__ import annotations

from collections.abc import Mapping

from django import template

from displays.present import sign_of
from displays.words import live_words

register = template.Library()


@register.filter
def sign(kind: str) -> str:
    """The icon of a message's kind, as on the live board."""
    return sign_of(kind)


@register.filter
def feed_word(state: str) -> str:
    """The state of a feed's link, in the word that the page's script uses too."""
    return live_words()["feed_states"].get(state, state)


@register.filter
def at(mapping: Mapping[str, str], key: str) -> str:
    return mapping.get(key, "")

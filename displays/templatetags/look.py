from __future__ import annotations

from django import template
from django.http import HttpRequest
from django.utils.html import format_html_join
from django.utils.safestring import SafeString

register = template.Library()

# What a cookie may say; anything else is not shown. The first is the default.
LOOKS = {"theme": ("dark", "light"), "contrast": ("normal", "sun"), "density": ("m", "s", "l")}


@register.simple_tag
def look(request: HttpRequest | None) -> SafeString:
    """The reader's theme, contrast and row size, on <html>, so that nothing flashes."""
    cookies = request.COOKIES if request else {}
    chosen = {name: cookies.get(f"lt_{name}", "") for name in LOOKS}
    return format_html_join(
        "",
        ' data-{}="{}"',
        (
            (name, chosen[name] if chosen[name] in values else values[0])
            for name, values in LOOKS.items()
        ),
    )


# The background of each theme (static/css/tokens.css), for the bars of a phone around the page.
COLOURS = {"dark": "#0a0c0f", "light": "#e9ecf0"}


@register.simple_tag
def theme_colour(request: HttpRequest | None) -> str:
    return COLOURS.get(request.COOKIES.get("lt_theme", "") if request else "", COLOURS["dark"])

"""The colours of karts on pages without a live board, where no script paints them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django import template
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from displays import formats

register = template.Library()


@register.simple_tag(takes_context=True)
def plate_colours(context: dict[str, Any], colours: Iterable[str]) -> SafeString:
    """A style with the page's nonce, of colours that are nothing but #rrggbb."""
    known = sorted({formats.colour(each) for each in colours} - {""})
    if not known:
        return SafeString("")
    rules = format_html_join(
        "",
        '[data-fill="{}"]{{--cls:{};--cls-ink:{}}}',
        ((each, each, formats.ink_on(each)) for each in known),
    )
    # The quotes are those of the rule, not of an attribute; what stands between them is checked.
    css = SafeString(str(rules).replace("&quot;", '"'))
    return format_html('<style nonce="{}">{}</style>', context.get("CSP_NONCE", ""), css)


@register.inclusion_tag("plate.html")
def plate(number: str, colour: str = "", class_name: str = "") -> dict[str, str]:
    return {
        "number": number,
        "colour": formats.colour(colour),
        "letter": class_name.strip()[:1].upper(),
        "class_name": class_name,
    }

from __future__ import annotations

from django import template
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.safestring import SafeString

register = template.Library()


@register.simple_tag
def viewer(request: HttpRequest | None) -> SafeString | str:
    """Who is signed in and, on pages of a team, in which teams, on <html>: what a browser keeps of
    anybody else goes (static/js/kept/page.js). Nothing on an error page that knows nobody."""
    user = getattr(request, "user", None)
    if user is None:
        return ""
    found = format_html(' data-viewer="{}"', user.pk if user.is_authenticated else "")
    memberships = getattr(request, "memberships", None)
    if memberships is None:
        return found
    return format_html('{} data-teams="{}"', found, " ".join(m.team.slug for m in memberships))

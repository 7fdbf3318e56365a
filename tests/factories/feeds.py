from __future__ import annotations

from itertools import count
from typing import Any

from races.models import Feed, Follow, Track
from teams.models import Team
from tests.factories.system import system

_number = count(1)


def track(slug: str = "", **fields: Any) -> Track:
    slug = slug or f"track{next(_number)}"
    page = f"https://www.apex-timing.com/live-timing/{slug}/"
    fields = {"name": slug.title(), "page_url": page, "host": "live-data.apex-timing.com"} | fields
    with system():
        return Track.objects.create(slug=slug, **fields)


def feed(**fields: Any) -> Feed:
    """Shared unless an `owner` is given; nobody follows it yet."""
    number = next(_number)
    address = f"https://www.apex-timing.com/live-timing/feed{number}/"
    fields = {"name": f"Feed {number}", "protocol": "apex", "address": address} | fields
    with system():
        return Feed.objects.create(**fields)


def followed_feed(*teams: Team, **fields: Any) -> Feed:
    made = feed(**fields)
    with system():
        for each in teams:
            Follow.objects.create(team=each, feed=made)
    return made

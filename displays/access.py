"""Who may subscribe to what: asked at each subscription and again while it lasts.

A refusal is None whether the thing does not exist or is not theirs: the answer must not tell.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from importlib import import_module

from django.conf import settings
from django.contrib.auth import get_user
from django.http import Http404, HttpRequest

from displays.models import Display
from races.models import Feed, Race
from teams.doors import open_display, socket_door
from teams.models import User
from timing.topics import feed_topic, race_topic


@dataclass(frozen=True, slots=True)
class Grant:
    """The topics behind a channel. With `follow_feed`, the current race of that feed as well."""

    topics: tuple[str, ...]
    follow_feed: str | None = None


@dataclass(frozen=True, slots=True)
class PersonViewer:
    """A signed-in person: what any of their teams may see. `session` is empty for a token."""

    user_id: int
    session: str = ""

    def is_signed_in(self) -> bool:
        """A session can end while its socket is open: signed out, expired, another password."""
        if not self.session:
            return True
        request = HttpRequest()
        request.session = import_module(settings.SESSION_ENGINE).SessionStore(self.session)
        return bool(get_user(request).pk == self.user_id)

    def grant(self, channel: str) -> Grant | None:
        user = User.objects.filter(pk=self.user_id, is_active=True).first()
        if user is None:
            return None
        if channel == "dashboard":
            return Grant((channel,))
        with socket_door(user):
            return _grant_row(channel)


@dataclass(frozen=True, slots=True)
class DisplayViewer:
    """Whoever holds the code of a display: what it is bound to, as its team may see it."""

    code: str

    def is_valid(self) -> bool:
        return self.grant(f"display.{self.code}") is not None

    def grant(self, channel: str) -> Grant | None:
        if channel != f"display.{self.code}":
            return None
        try:
            with open_display(self.code) as display:
                assert isinstance(display, Display)
                return _grant_display(display)
        except Http404:
            return None


Viewer = PersonViewer | DisplayViewer


def _grant_display(display: Display) -> Grant | None:
    if display.race_id is not None:
        return _grant_row(race_topic(display.race_id))
    found = _grant_row(feed_topic(display.feed_id))
    return Grant(found.topics, follow_feed=found.topics[0]) if found else None


def _grant_row(channel: str) -> Grant | None:
    """In an open scope: a race or feed that its teams see."""
    kind, _, text = channel.partition(".")
    pk = _uuid(text)
    if pk is None or kind not in ("race", "feed"):
        return None
    rows = Race.objects if kind == "race" else Feed.objects
    return Grant((channel,)) if rows.filter(pk=pk).exists() else None


def _uuid(text: str) -> uuid.UUID | None:
    """Only the spelling that topics are named by; another one would be another topic."""
    try:
        found = uuid.UUID(text)
    except ValueError:
        return None
    return found if str(found) == text else None

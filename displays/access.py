"""Who may subscribe to what: asked at each subscription and again while it lasts.

A refusal is None whether the thing does not exist or is not theirs: the answer must not tell.
"""

from __future__ import annotations

import uuid
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field, replace
from importlib import import_module
from typing import Protocol

from django.conf import settings
from django.contrib.auth import get_user
from django.http import Http404, HttpRequest

from displays.models import Display
from races.models import Feed, Race
from teams import jwt, standing, tokens
from teams.doors import open_display
from teams.models import User
from teams.permissions import ALERTS_READ, DASHBOARD_READ
from teams.scoping import scope, scope_of
from teams.standing import Standing
from timing.topics import alerts_of, alerts_topic, feed_topic, overlay_of, race_topic

Key = tuple[str, int | str]


@dataclass(frozen=True, slots=True)
class Grant:
    """The topics behind a channel. With `follow_feed`, the current race of that feed as well;
    `news`: topics without numbers beside them."""

    topics: tuple[str, ...]
    follow_feed: str | None = None
    news: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Look:
    """What a viewer may see at this moment: the teams they act in, and of each channel the grant,
    None where there is none."""

    teams: frozenset[uuid.UUID] = frozenset()
    grants: dict[str, Grant | None] = field(default_factory=dict)


class Viewer(Protocol):
    """Somebody at a socket. `keys`: whose news of access concern them; `place`: for whom the socket
    counts, if not for its address; `until`: when their right to be here ends by itself (seconds
    since the epoch)."""

    @property
    def user_id(self) -> int | None: ...
    @property
    def keys(self) -> tuple[Key, ...]: ...
    @property
    def place(self) -> Key | None: ...
    @property
    def until(self) -> float | None: ...

    def look(self, channels: Collection[str]) -> Look | None:
        """None: they may not be here any more. Asks the database."""

    def may_become(self, other: Viewer) -> bool:
        """Whether a token of `other` may renew what a socket of this one lives by."""


@dataclass(frozen=True, slots=True)
class PersonViewer:
    """A browser that is signed in: what any of the person's teams may see."""

    user_id: int
    session: str
    until: None = None

    @property
    def place(self) -> Key:
        return ("user", self.user_id)

    @property
    def keys(self) -> tuple[Key, ...]:
        return (self.place,)

    def look(self, channels: Collection[str]) -> Look | None:
        user = self._user()
        return None if user is None else _look(standing.of_person(user), channels)

    def may_become(self, other: Viewer) -> bool:
        return other.user_id == self.user_id

    def _user(self) -> User | None:
        """A session can end while its socket is open: signed out, expired, another password."""
        user = _user_of_session(self.session)
        return user if user is not None and user.pk == self.user_id else None


@dataclass(frozen=True, slots=True)
class JwtViewer:
    """A person by an access token: what the token's team may see."""

    claims: jwt.Claims

    @property
    def user_id(self) -> int:
        return self.claims.user_id

    @property
    def place(self) -> Key:
        return ("user", self.claims.user_id)

    @property
    def keys(self) -> tuple[Key, ...]:
        return (self.place,)

    @property
    def until(self) -> float:
        return self.claims.expires_at

    def look(self, channels: Collection[str]) -> Look | None:
        user = jwt.user_of(self.claims)
        if user is None:
            return None
        mine = [s for s in standing.of_person(user) if s.team.pk == self.claims.team_id]
        return _look(mine, channels)

    def may_become(self, other: Viewer) -> bool:
        return other.user_id == self.user_id


@dataclass(frozen=True, slots=True)
class TokenViewer:
    """A program by an API token of a team."""

    token_id: int
    until: float | None
    team_id: uuid.UUID
    user_id: None = None

    @property
    def place(self) -> Key:
        return ("token", self.token_id)

    @property
    def keys(self) -> tuple[Key, ...]:
        return (self.place,)

    def look(self, channels: Collection[str]) -> Look | None:
        token = tokens.still_good(self.token_id)
        return None if token is None else _look([standing.of_token(token)], channels)

    def may_become(self, other: Viewer) -> bool:
        return isinstance(other, TokenViewer) and other.team_id == self.team_id


@dataclass(frozen=True, slots=True)
class DisplayViewer:
    """Whoever holds the code of a display: what it is bound to, as its team may see it."""

    code: str
    user_id: None = None
    place: None = None
    until: None = None

    @property
    def keys(self) -> tuple[Key, ...]:
        return (("display", self.code),)

    def look(self, channels: Collection[str]) -> Look:
        return Look(grants={channel: self._grant(channel) for channel in channels})

    def may_become(self, other: Viewer) -> bool:
        return False  # its code is all it is by

    def _grant(self, channel: str) -> Grant | None:
        if channel != f"display.{self.code}":
            return None
        try:
            with open_display(self.code) as display:
                assert isinstance(display, Display)
                found = _grant_display(display)
                return replace(found, news=(channel,)) if found else None
        except Http404:
            return None


def viewer_of_session(key: str) -> Viewer | None:
    user = _user_of_session(key)
    return None if user is None else PersonViewer(user.pk, key)


def _user_of_session(key: str) -> User | None:
    request = HttpRequest()
    request.session = import_module(settings.SESSION_ENGINE).SessionStore(key)
    user = get_user(request)
    return user if isinstance(user, User) else None


def viewer_of_code(code: str) -> Viewer | None:
    viewer, channel = DisplayViewer(code), f"display.{code}"
    return viewer if viewer.look([channel]).grants[channel] else None


def viewer_of_token(text: str) -> Viewer | None:
    """Who a bearer token speaks for: an API token of a team, or a person's access token."""
    if tokens.is_key(text):
        token = tokens.token_of(text)
        if token is None:
            return None
        tokens.note_use(token)
        until = token.expires_at.timestamp() if token.expires_at else None
        return TokenViewer(token.pk, until, token.team_id)
    try:
        viewer = JwtViewer(jwt.read(jwt.Access, text))
    except jwt.Refused:
        return None
    return viewer if viewer.look(()) else None


# -- grants


def _look(mine: Sequence[Standing], channels: Collection[str]) -> Look:
    teams = frozenset(each.team.pk for each in mine)
    return Look(teams, {channel: _grant(mine, channel) for channel in channels})


def _grant(mine: Sequence[Standing], channel: str) -> Grant | None:
    if channel == "dashboard":
        return Grant((channel,)) if any(each.allows(DASHBOARD_READ) for each in mine) else None
    if channel == "alerts":
        topics = sorted(alerts_topic(each.team.pk) for each in mine if each.allows(ALERTS_READ))
        return Grant(tuple(topics)) if topics else None
    if team := alerts_of(channel):
        return Grant((channel,)) if _in(mine, team, ALERTS_READ) else None
    if overlay := overlay_of(channel):
        return _grant_overlay(_in(mine, overlay[0], DASHBOARD_READ), channel, race=overlay[1])
    with scope_of([each.team for each in mine if each.allows(DASHBOARD_READ)]):
        return _grant_row(channel)


def _grant_overlay(in_team: Standing | None, channel: str, *, race: str) -> Grant | None:
    """Of a race that the team sees itself: another team of the same person is not enough."""
    if in_team is None:
        return None
    with scope(in_team.team):
        return Grant((channel,)) if _grant_row(race_topic(race)) else None


def _in(mine: Sequence[Standing], team: str, permission: str) -> Standing | None:
    return next((s for s in mine if str(s.team.pk) == team and s.allows(permission)), None)


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

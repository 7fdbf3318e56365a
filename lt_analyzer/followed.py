"""``live --feed``: a first team, a first user and a feed to follow, made where they are missing."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlsplit

from django.conf import settings
from django.db.models import Q
from django.urls import reverse

from lt_analyzer import demo
from lt_analyzer.first_password import first_password, still_has_it
from races.models import Feed, Track
from races.services import add_feed, add_track_feed
from teams.models import Team, User
from teams.outbound import OutboundRefused
from teams.scoping import every_team, scope
from teams.services import create_team

USERNAME = "admin"


@dataclass(frozen=True, slots=True)
class Followed:
    """`board` is its path. `username` and `password` of a user whom a first start made, or empty:
    nobody's password is changed, and on a server it is said once, since a log is no place for it.
    """

    name: str
    board: str
    username: str = ""
    password: str = ""


def allow_host_of(address: str) -> None:
    """Whoever starts the program is its operator: the host they name is allowed for this run,
    be it a timing computer next door or a simulator on this machine."""
    host = urlsplit(address).hostname
    if host and host not in settings.ALLOW_PRIVATE_FEEDS:
        settings.ALLOW_PRIVATE_FEEDS = [*settings.ALLOW_PRIVATE_FEEDS, host]


def prepare_feed(wanted: str) -> Followed:
    """Follow a page, a socket or a track of the catalogue. Raises ValueError with the reason."""
    if "://" in wanted:
        allow_host_of(wanted)
    with every_team("follow a feed from the command line"):
        team = Team.objects.order_by("created_at").first()
        username = _found(team)
        if team is None:
            username = USERNAME
            user = User.objects.create_superuser(
                USERNAME, "admin@localhost", first_password(USERNAME)
            )
            team = create_team(name="My team", owner=user)
    with scope(team):
        try:
            feed = _add(team, wanted)
        except OutboundRefused as error:
            raise ValueError(str(error)) from error
    board = reverse("feed-board", args=[team.slug, feed.pk])
    password = first_password(username) if username else ""
    return Followed(feed.name, board, username, password)


def _found(team: Team | None) -> str:
    if team is None or settings.DATABASE_URL:
        return ""
    known = (USERNAME, demo.USERNAME)
    return next((name for name in known if still_has_it(username=name, team=team)), "")


def _add(team: Team, wanted: str) -> Feed:
    if "://" in wanted:
        return add_feed(team=team, address=wanted)
    tracks = list(Track.objects.filter(Q(slug=wanted) | Q(name__iexact=wanted))[:2])
    if not tracks:
        tracks = list(Track.objects.filter(name__icontains=wanted)[:2])
    if len(tracks) != 1:
        found = "no track" if not tracks else "several tracks"
        raise ValueError(f"{found} of the catalogue: {wanted!r}. Give its slug or its address.")
    return add_track_feed(team=team, track=tracks[0])

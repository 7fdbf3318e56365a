"""Channels of the socket: what a person, a token and a display may subscribe to."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from displays.access import DisplayViewer, Grant, JwtViewer, PersonViewer, TokenViewer, Viewer
from displays.models import Display
from lt_analyzer.isolation.asking import Asker
from lt_analyzer.isolation.findings import Probe, first_problem
from lt_analyzer.isolation.world import World
from races.models import Race
from teams import jwt
from teams.models import ApiToken
from timing.topics import alerts_topic, feed_topic, overlay_topic, race_topic

# Every kind of channel, and its name in a world.
CHANNELS: dict[str, Callable[[World], str]] = {
    "race": lambda world: race_topic(world.private_race.pk),
    "feed": lambda world: feed_topic(world.private.pk),
    "overlay": lambda world: overlay_topic(world.team.pk, world.private_race.pk),
    "overlay in common": lambda world: overlay_topic(world.team.pk, world.places[1][Race].pk),
    "alerts of a team": lambda world: alerts_topic(world.team.pk),
    "display": lambda world: f"display.{world.of(Display).code}",
}
# Channels without a name of their own: what they stand for depends on who asks.
OWN = {
    "alerts": "the alerts of the teams of who asks",
    "dashboard": "announcements for everybody",
}


def viewers(world: World) -> dict[str, Viewer]:
    pair = jwt.issue(user=world.user, team=world.team)
    return {
        "a person": PersonViewer(world.user.pk, Asker(world.user).session),
        "an access token": JwtViewer(jwt.read(jwt.Access, pair.access)),
        "an API token": TokenViewer(world.of(ApiToken).pk, None, world.team.pk),
        "a display": DisplayViewer(world.of(Display).code),
    }


def probe_sockets(ours: World, theirs: World) -> Iterator[Probe]:
    for who, viewer in viewers(ours).items():
        for kind, name in CHANNELS.items():
            found = channel_problems(viewer, name(ours), name(theirs), ours, theirs)
            yield first_problem("channel", f"{kind} by {who}", found)
        for channel in OWN:
            problem = _names(viewer, channel, theirs)
            yield Probe("channel", f"{channel} by {who}", problem)
    powerless = [kind for kind, name in CHANNELS.items() if not _anybody(name(ours), ours)]
    yield first_problem("channel", "own channels", (f"{kind} is for nobody" for kind in powerless))


def channel_problems(
    viewer: Viewer, own: str, foreign: str, ours: World, theirs: World
) -> Iterator[str]:
    if own == foreign:
        yield "has one name for both teams"
    if _grant(viewer, foreign) is not None:
        yield "opens for another team"
    mixed = own.replace(str(ours.private_race.pk), str(theirs.private_race.pk))
    if mixed not in (own, foreign) and _grant(viewer, mixed) is not None:
        yield "opens for the race of another team"
    if problem := _names(viewer, own, theirs):
        yield problem


def _grant(viewer: Viewer, channel: str) -> Grant | None:
    look = viewer.look([channel])
    return look.grants[channel] if look else None


def _names(viewer: Viewer, channel: str, theirs: World) -> str:
    grant = _grant(viewer, channel)
    ids = (str(theirs.team.pk), str(theirs.private_race.pk), str(theirs.private.pk))
    leaking = [t for t in (grant.topics if grant else ()) if any(pk in t for pk in ids)]
    return f"leads to {leaking[0]}" if leaking else ""


def _anybody(channel: str, world: World) -> bool:
    return any(_grant(viewer, channel) for viewer in viewers(world).values())

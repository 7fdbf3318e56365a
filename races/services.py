"""What can be done to feeds and races.

Runs inside a team's scope, which refuses changes to shared feeds, or inside `every_team` (staff,
system). What the running pipeline must learn of is also left for it as a FeedRequest.
"""

from __future__ import annotations

from functools import partial

from django.db import transaction
from django.utils.translation import gettext as _

from races.addresses import FeedAddress, of_track, understand
from races.enums import RequestKind
from races.models import Entry, Feed, FeedRequest, FlagPeriod, Follow, Race, RaceMessage, Track
from teams import audit, news
from teams.models import Team
from teams.scoping import every_team, require
from teams.services import sight_changed
from teams.text import one_line

MAX_SPEED = 10_000
MAX_FOLLOWS = 100  # of a team: all share the connections of the installation


class RaceError(Exception):
    """What was asked cannot be done; the text is for the user."""


# -- feeds


def add_track_feed(*, team: Team, track: Track) -> Feed:
    """Follow a track of the catalogue. Raises OutboundRefused if none of its addresses is known."""
    return _add(team, of_track(track))


def add_feed(*, team: Team, address: str, name: str = "") -> Feed:
    """Follow what stands at an address; see `races.addresses`. Raises OutboundRefused.

    The name is the adding team's to give only where the feed is its own.
    """
    return _add(team, understand(address), name=one_line(name)[:120])


@transaction.atomic
def _add(team: Team, found: FeedAddress, name: str = "") -> Feed:
    require(team)
    with every_team("find or add a feed", actor=f"team {team.slug}"):
        feed, _created = Feed.objects.get_or_create(
            protocol=found.protocol,
            address=found.address,
            owner=team if found.private else None,
            defaults={"name": (found.private and name) or found.name, "track": found.track},
        )
    follow_feed(team=team, feed=feed)
    return feed


@transaction.atomic
def follow_feed(*, team: Team, feed: Feed) -> Follow:
    """Following twice changes nothing. Another team's private feed is not there: RaceError."""
    require(team)
    if feed.owner_id not in (None, team.pk):
        raise RaceError(_("There is no such feed."))
    others = Follow.objects.filter(team=team).exclude(feed=feed)
    if others.count() >= MAX_FOLLOWS:
        raise RaceError(
            _("A team follows at most %(most)d feeds: leave one first.") % {"most": MAX_FOLLOWS}
        )
    # Not in the team's scope: a feed becomes visible by the very row that is written here.
    with every_team("follow a feed", actor=f"team {team.slug}"):
        follow, created = Follow.objects.get_or_create(team=team, feed=feed)
        if created:
            FeedRequest.objects.create(feed=feed, kind=RequestKind.FOLLOW)
            transaction.on_commit(partial(news.watch_changed, team=team.pk))
    return follow


def unfollow_feed(*, team: Team, feed: Feed) -> None:
    """Hides the feed's races from the team, at once where they are open, and deletes none."""
    Follow.objects.filter(team=team, feed=feed).delete()
    sight_changed(team=team)


def delete_feed(*, feed: Feed) -> None:
    """With all its races. Refused while one is live: the pipeline would write it again."""
    if feed.races.filter(is_live=True).exists():
        raise RaceError(_("A race of this feed is live."))
    feed.delete()


# -- requests to the pipeline


def restart_feed(*, feed: Feed) -> FeedRequest:
    """Asks the pipeline to drop the connection and make it anew."""
    return FeedRequest.objects.create(feed=feed, kind=RequestKind.RESTART)


def replay_tape(*, team: Team, tape: str, speed: float = 1.0) -> FeedRequest:
    """Asks the pipeline to play a recording, a file under the tapes folder, as a feed of the team.

    For operators, inside `every_team`: the recording may be of anybody's feed.
    """
    if not 0 < speed <= MAX_SPEED:
        raise RaceError(_("The speed must be above 0 and at most %(most)s.") % {"most": MAX_SPEED})
    return FeedRequest.objects.create(
        kind=RequestKind.REPLAY, arguments={"tape": tape, "speed": speed, "team": team.slug}
    )


# -- races


@transaction.atomic
def reset_race(*, race: Race) -> FeedRequest:
    """Forget the facts of a race, keep the race.

    The pipeline may hold the race in memory and write it once more before it reads the request:
    it calls `delete_facts` again as it forgets.
    """
    audit.record("reset", team=race.feed.owner, subject=race)
    with audit.silent():
        delete_facts(race=race)
        return FeedRequest.objects.create(
            feed=race.feed, kind=RequestKind.RESET, arguments={"race": str(race.pk)}
        )


@transaction.atomic
def delete_facts(*, race: Race) -> None:
    for model in (Entry, FlagPeriod, RaceMessage):
        model.objects.filter(race=race).delete()
    race.leader_laps, race.best_ms = 0, None
    race.save(update_fields=["leader_laps", "best_ms"])


def delete_race(*, race: Race) -> None:
    if race.is_live:
        raise RaceError(_("This race is live."))
    race.delete()

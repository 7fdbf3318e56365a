"""The demonstration: a team, a user, a public display, and a race that is already under way."""

from __future__ import annotations

import secrets
import time
import uuid
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from datetime import UTC, datetime

from django.utils.translation import gettext as _

from displays.models import Display
from displays.usual_rules import USUAL, take_usual
from lt_analyzer.first_password import first_password
from races.models import Feed, Follow
from teams.enums import Role
from teams.models import Membership, Team, User
from teams.scoping import every_team
from timing.enums import AlertKind, LinkState, MonitorBy, MonitorKind
from timing.models import AlertRule, Monitor
from timing.services import mark, set_plan, update_rule
from timing.simulators.apex import ApexFeed
from timing.simulators.demo import LEAD_IN_MS, MAX_STINT_MS, demo_feed, lead_in
from timing.simulators.plan import MINUTE
from timing.simulators.server import FeedServer
from timing.transports import LinkReport, RawFrame, apex_transport

USERNAME = "demo"
TEAM = "demo-team"
BUILTIN = "simulated"  # no address: `live` has the track in itself


@dataclass(frozen=True, slots=True)
class Demo:
    """What a newcomer needs to look around. The password is this data directory's own."""

    feed: uuid.UUID
    password: str
    display: str


def prepare_demo(names: Sequence[str] = (), *, address: str = BUILTIN) -> Demo:
    """Idempotent: the data of earlier runs stays, and who is signed in stays signed in.

    `names` are the competitors of the simulated race: some of them are watched, with the usual
    rules. (Their numbers change: a team takes another kart at each stop.)
    """
    with every_team("demonstration"):
        team, _ = Team.objects.get_or_create(slug=TEAM, defaults={"name": "Demo Team"})
        user, _ = User.objects.get_or_create(
            username=USERNAME, defaults={"email": "demo@localhost", "is_staff": True}
        )
        password = first_password(USERNAME)
        if not user.check_password(password):  # a new hash would end the sessions of open boards
            user.set_password(password)
        user.is_staff = user.is_superuser = True
        user.save()
        Membership.objects.get_or_create(team=team, user=user, defaults={"role": Role.OWNER})
        feed, _ = Feed.objects.get_or_create(
            owner=team,
            protocol="apex",
            name="Demonstration track",
            defaults={"address": address, "pinned": True},
        )
        Feed.objects.filter(pk=feed.pk).update(enabled=True, address=address)
        Follow.objects.get_or_create(team=team, feed=feed)
        display = Display.objects.filter(team=team, feed=feed).first()
        if display is None:
            display = Display.objects.create(team=team, feed=feed, name="Public board")
        _watch(team, feed, names)
        return Demo(feed.pk, password, display.code)


def _watch(team: Team, feed: Feed, names: Sequence[str]) -> None:
    """One of ours and three rivals, unless the race has some that are watched already."""
    watched = Monitor.objects.filter(team=team, feed=feed, by=MonitorBy.NAME)
    if not names or watched.filter(value__in=names).exists():
        return
    watched.delete()
    for name, kind in zip(names, [MonitorKind.OURS, *[MonitorKind.RIVAL] * 3], strict=False):
        mark(team=team, feed=feed, kind=kind, by=MonitorBy.NAME, value=name)
    if not AlertRule.objects.filter(team=team).exists():
        set_plan(team=team, feed=feed, name=_("Two stops, then wait"))
        for rule in take_usual(team=team, keys=list(USUAL)):
            if rule.kind == AlertKind.STINT:
                update_rule(rule=rule, threshold=MAX_STINT_MS - 4 * MINUTE)


class Demonstration:
    """A simulated track on loopback whose first half hour is told at once."""

    def __init__(self) -> None:
        self._began_ms = time.time_ns() // 1_000_000 - LEAD_IN_MS
        started_at = datetime.fromtimestamp(self._began_ms / 1000, UTC)
        seed = 3 * secrets.randbelow(10_000) + 1  # 1 mod 3: the usual columns
        self._feed: ApexFeed = demo_feed(started_at=started_at, seed=seed)
        self._server: FeedServer | None = None

    @property
    def names(self) -> list[str]:
        return [entry.competitor for entry in self._feed.plans[-1].entries]

    async def frames(
        self, report: Callable[[LinkReport], None], connection: int
    ) -> AsyncIterator[RawFrame]:
        if self._server is None:
            report(LinkReport(LinkState.LIVE, self._began_ms))
            for t_ms, text in lead_in(self._feed):
                yield RawFrame(self._began_ms + t_ms, text, connection)
            self._server = FeedServer(self._feed)
            await self._server.start()
        transport = apex_transport(
            self._server.page_url,
            on_report=report,
            allow_private=True,
            first_connection=connection + 1,
        )
        async with aclosing(transport.frames()) as frames:  # type: ignore[type-var]
            async for frame in frames:
                yield frame

    async def stop(self) -> None:
        if self._server is not None:
            await self._server.stop()

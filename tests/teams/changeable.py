"""A team with a row of each kind that somebody can change, and what a change of one is."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

from django.utils import timezone

from displays.models import Display
from teams import accounts, invitations, jwt
from teams.delivery.unsubscribing import unsubscribe_link
from teams.enums import Access, Channel, DeliveryState, Role
from teams.models import Delivery, Membership
from teams.scoping import scope
from teams.tokens import create_token
from tests import factories as make
from tests.factories import alerts
from tests.factories.system import system
from tests.teams.delivery import build
from timing.models import Plan

ADDRESS = "192.0.2.7"
PASSWORD, NEW_PASSWORD = "a long one of hers", "quite another one"
OLD_ENDPOINT = "https://push.example.net/old-endpoint"


def build_place() -> SimpleNamespace:
    """A team with a row of each kind that somebody can change."""
    team = make.team("Ours")
    olga = make.member(team, "olga", Role.OWNER, password=PASSWORD, **build.VERIFIED)
    oscar = make.member(team, "oscar", Role.OWNER, password=PASSWORD)
    feed, track = make.followed_feed(team, name="Ring"), make.track("rkc")
    rows = SimpleNamespace(team=team, olga=olga, oscar=oscar, feed=feed, track=track)
    rows.guest = make.user("guest")
    rows.monitor, rows.second = (alerts.monitor(team, feed, place=n) for n in (0, 1))
    rows.rule, rows.alert = alerts.rule(team), alerts.alert(team, feed)
    rows.hook = build.webhook(team)
    rows.device = build.device(team, olga, endpoint=OLD_ENDPOINT)
    with system():
        rows.membership = Membership.objects.get(user=oscar)
        rows.plan = Plan.objects.create(team=team, feed=feed, name="A")
        rows.display = Display.objects.create(team=team, name="Hall", feed=feed)
        dead = {"state": DeliveryState.DEAD, "next_at": build.NOW, "channel": Channel.EMAIL}
        rows.delivery = Delivery.objects.create(team=team, key="x", subject="x", **dead)
    with scope(team):
        asked = {"team": team, "email": "new@example.com", "role": Role.MEMBER, "by": olga}
        rows.invited = invitations.invite(**asked)
        own = {"team": team, "name": "Wall", "access": Access.WRITE, "created_by": olga}
        rows.token, rows.key = create_token(**own, expires_at=timezone.now() + timedelta(days=1))
    rows.pair = jwt.issue(user=olga, team=team)
    return rows


Told = list[tuple[str, str]]  # (action, kind), as often as it is told


@dataclass(frozen=True)
class Case:
    """`path` and `data` are made of the rows that there are. `who` is told of: a name, or "" for
    the token. `signed_in`: whose session asks."""

    route: str
    told: Told
    data: Callable[[Any], Any] = lambda rows: {}
    path: dict[str, Callable[[Any], Any]] = field(default_factory=dict)
    method: str = "post"
    who: str = "olga"
    signed_in: str = "olga"
    address: str | None = ADDRESS


T = "t/<slug:team_slug>/"
PK = "(?P<pk>[^/.]+)/$"


def of(name: str) -> dict[str, Callable[[Any], Any]]:
    return {"pk": lambda rows: getattr(rows, name).pk}


def at(name: str) -> dict[str, Callable[[Any], Any]]:
    return {"token": lambda rows: getattr(Links(rows), name)}


@dataclass(frozen=True)
class Links:
    rows: Any

    @property
    def verify(self) -> str:
        link = accounts._link(self.rows.oscar, self.rows.oscar.email)
        return link.rstrip("/").rpartition("/")[2]

    @property
    def stop(self) -> str:
        with system():
            link = unsubscribe_link(self.rows.membership)
        return link.rstrip("/").rpartition("/")[2]

    @property
    def join(self) -> str:
        return str(self.rows.invited.token)


@dataclass(frozen=True)
class Program(Case):
    """The same with the key of the team."""

    who: str = ""
    signed_in: str = ""

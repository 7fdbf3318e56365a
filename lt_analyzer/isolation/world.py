"""Two invented teams, with a row of every kind that could leak from one to the other.

Every text of a team's own rows carries its name, so that an answer can be searched for it. Rows
are made by looking at the models: what is added to the product later is tried without anyone
having to think of it. Each team has a private feed and follows one in common with the other, on
which each has marks, plans, rules and alerts of its own; the facts of that feed are for both.
"""

# ruff: noqa: SLF001
from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.apps import apps
from django.db import models
from django.utils import timezone

from races.models import Feed, FeedRequest, Follow, Race, Track
from teams.enums import Role
from teams.models import Membership, Team, User
from teams.scoping import TeamModel, every_team, scope

OURS, THEIRS = "Ours", "Okapi"  # neither is in a template, a name or a translation
APPS = ("teams", "races", "timing", "displays")

Rows = dict[type[models.Model], Any]


@dataclass(slots=True)
class World:
    """A team, its owner, and the keys of all its own rows.

    `places` are its private feed and the one in common: of each model the row that belongs there.
    """

    team: Team
    user: User
    places: tuple[Rows, Rows]
    rows: dict[type[models.Model], set[Any]]
    seen: Any = None  # at the beginning, by its team

    def sight(self) -> Any:
        """Everything that its team sees."""
        with scope(self.team):
            found = [m.objects.order_by("pk").values_list() for m in team_models()]
            rows: list[Any] = [row for each in found for row in each]
        owner = "username", "email", "password", "is_active"
        rows += User.objects.filter(pk=self.user.pk).values_list(*owner)
        return [[getattr(value, "stored", value) for value in row] for row in rows]

    def of(self, model: type[models.Model]) -> Any:
        """One of its own rows, the first by key."""
        with every_team("isolation check"):
            return model._base_manager.filter(pk__in=self.rows[model]).order_by("pk").first()

    @property
    def private(self) -> Feed:
        found: Feed = self.places[0][Feed]
        return found

    @property
    def private_race(self) -> Race:
        found: Race = self.places[0][Race]
        return found


def our_models() -> list[type[models.Model]]:
    return [model for name in APPS for model in apps.get_app_config(name).get_models()]


def team_models() -> list[type[TeamModel]]:
    return [model for model in our_models() if issubclass(model, TeamModel)]


def two_worlds() -> tuple[World, World]:
    with every_team("isolation check"):
        common: Rows = {Feed: _feed("In common")}
        _facts("In common", common)
        worlds = _build(OURS, common), _build(THEIRS, common)
    for world in worlds:
        world.seen = world.sight()
    return worlds


def _build(name: str, common: Rows) -> World:
    before = _pks()
    token = uuid.uuid4().hex[:8]  # beside what an installation holds already
    team = Team.objects.create(name=f"{name} team", slug=f"{name.lower()}-{token}")
    user = User.objects.create_user(
        f"{name.lower()}-{token}",
        f"{name.lower()}-{token}@isolation.invalid",
        uuid.uuid4().hex,
        email_verified_at=timezone.now(),
    )
    member = Membership.objects.create(team=team, user=user, role=Role.OWNER)
    private, followed = _feed(f"{name} private", team), _feed(f"{name} followed")
    follows = [
        Follow.objects.create(team=team, feed=feed) for feed in (private, common[Feed], followed)
    ]
    known: Rows = {Team: team, User: user, Membership: member, Follow: follows[0], Feed: followed}
    _facts(name, dict(known))
    known[Feed] = private
    _facts(name, known)
    places = known, known | common | {Follow: follows[1]}
    for model in team_models():
        if set(model._base_manager.values_list("pk", flat=True)) <= before[model]:
            for place in places if _is_of(model, Team, Feed) else places[:1]:
                place[model] = make_row(model, name, place)
            if _is_of(model, Team) and _can_be_over(model):
                make_row(model, name, known, over=True)
    rows = {model: pks - before[model] for model, pks in _pks().items()}
    return World(team, user, (known, known | places[1]), rows)


def _feed(name: str, owner: Team | None = None) -> Feed:
    token = uuid.uuid4().hex
    track = Track.objects.create(slug=token, name=f"0 {token}", is_active=owner is not None)
    return Feed.objects.create(
        name=name,
        protocol="apex",
        address=f"https://isolation.invalid/{token}",
        owner=owner,
        track=track,
        enabled=False,
    )


def _facts(name: str, known: Rows) -> None:
    """A race of a feed with one row of everything that can happen in it."""
    for model in apps.get_app_config("races").get_models():
        if issubclass(model, TeamModel) and model not in (Feed, Follow, FeedRequest):
            known[model] = make_row(model, name, known)


def _is_of(model: type[models.Model], *wanted: type[models.Model]) -> bool:
    return set(wanted) <= {each.related_model for each in model._meta.concrete_fields}


def _can_be_over(model: type[models.Model]) -> bool:
    """Lists of what is open leave out what is over, and the other way round."""
    return any(_is_instant(each) and each.null for each in model._meta.concrete_fields)


def make_row(
    model: type[models.Model], name: str, known: Rows, *, over: bool = False
) -> models.Model:
    """A row whose foreign keys are the known rows, and whose texts carry the name. `over`: what
    may end has ended."""
    values: dict[str, Any] = {}
    for each in model._meta.concrete_fields:
        if isinstance(each, models.ForeignKey):
            values[each.name] = _target(each, name, known)
        elif each.primary_key:
            if isinstance(each, models.UUIDField) and not each.has_default():
                values[each.name] = uuid.uuid4()
        elif over and each.choices and each.has_default():
            values[each.name] = each.flatchoices[-1][0]
        elif over and _is_instant(each) and each.null:
            values[each.name] = _instant(each, over=over)
        elif not (each.has_default() or each.null) or _is_free_text(each):
            values[each.name] = _value(each, name, over=over)
    row = model(**{**values, **EXCEPTIONS.get(model._meta.label, {})})
    row.save()
    return row


# What the models allow but a constraint does not, or what is so in life.
EXCEPTIONS: dict[str, dict[str, Any]] = {
    "displays.Display": {"race": None},  # a feed or a race, not both
    "races.Entry": {"key": "r1"},  # feeds name their rows alike
    "timing.Monitor": {"by": "entry"},  # so that boards show whom it marks
}


def _target(each: models.ForeignKey[Any, Any], name: str, known: Rows) -> models.Model | None:
    wanted = each.related_model
    assert isinstance(wanted, type)
    if wanted not in known and not each.null:
        known[wanted] = make_row(wanted, name, known)
    return known.get(wanted)


def _is_instant(each: models.Field[Any, Any]) -> bool:
    return isinstance(each, models.DateTimeField)


def _is_free_text(each: models.Field[Any, Any]) -> bool:
    return (
        isinstance(each, models.CharField | models.TextField)
        and not each.choices
        and each.editable
        and (each.max_length or 100) >= 40
    )


def _instant(each: models.Field[Any, Any], *, over: bool) -> datetime:
    """An hour ago, but for an end that is to come."""
    ends = each.name == "expires_at" and not over
    return timezone.now() + timedelta(hours=1 if ends else -1)


def _value(each: models.Field[Any, Any], name: str, *, over: bool) -> Any:
    if each.choices:
        return each.flatchoices[0][0]
    if _is_instant(each):
        return _instant(each, over=over)
    for kind, value in SIMPLE:
        if isinstance(each, kind):
            return value
    if isinstance(each, models.UUIDField):
        return uuid.uuid4()
    if isinstance(each, models.BinaryField):
        return name.encode()
    if isinstance(each, models.EmailField):
        return f"{name.lower()}-{uuid.uuid4().hex}@isolation.invalid"
    return f"{name} {each.name} {uuid.uuid4().hex}"[: each.max_length or 100]


SIMPLE: list[tuple[Any, Any]] = [
    (models.BooleanField, False),
    (models.IntegerField | models.FloatField, 1),
    (models.JSONField, {}),
]


def _pks() -> dict[type[models.Model], set[Any]]:
    return {model: set(model._base_manager.values_list("pk", flat=True)) for model in our_models()}

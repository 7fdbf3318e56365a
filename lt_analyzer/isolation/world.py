"""Two invented teams, with a row of every kind that could leak from one to the other.

Every text of a team's own rows carries its name, so that an answer can be searched for it. Rows
are made by looking at the models: what is added to the product later is tried without anyone
having to think of it. Both teams also follow one feed in common, whose rows are for both.
"""

# ruff: noqa: SLF001
from __future__ import annotations

import uuid
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from django.apps import apps
from django.db import models

from races.models import Entry, Feed, FeedRequest, Follow, Race
from teams.enums import Role
from teams.models import Membership, Team, User
from teams.scoping import TeamModel, every_team

OURS, THEIRS = "Ours", "Okapi"  # neither is in a template, a name or a translation
APPS = ("teams", "races", "timing", "displays")

Rows = dict[type[models.Model], models.Model]


@dataclass(slots=True)
class World:
    """A team, its owner, its private feed with a race, and the keys of all its own rows."""

    name: str
    team: Team
    user: User
    private: Feed
    race: Race
    entry: Entry
    rows: dict[type[models.Model], set[Any]] = field(default_factory=dict)

    def of(self, model: type[models.Model]) -> Any:
        """One of its own rows, the first by key."""
        with every_team("isolation check"):
            return model._base_manager.filter(pk__in=self.rows[model]).order_by("pk").first()


def our_models() -> list[type[models.Model]]:
    return [model for name in APPS for model in apps.get_app_config(name).get_models()]


def team_models() -> list[type[TeamModel]]:
    return [model for model in our_models() if issubclass(model, TeamModel)]


def two_worlds() -> tuple[World, World]:
    with every_team("isolation check"):
        common = _feed("In common", None)
        _facts("In common", {Feed: common})
        return _build(OURS, common), _build(THEIRS, common)


def _build(name: str, common: Feed) -> World:
    before = _pks()
    token = uuid.uuid4().hex[:8]  # beside what an installation holds already
    team = Team.objects.create(name=f"{name} team", slug=f"{name.lower()}-{token}")
    user = User.objects.create_user(
        f"{name.lower()}-{token}", f"{name.lower()}-{token}@isolation.invalid", uuid.uuid4().hex
    )
    Membership.objects.create(team=team, user=user, role=Role.OWNER)
    private, followed = _feed(f"{name} private", team), _feed(f"{name} followed", None)
    for feed in (private, followed, common):
        Follow.objects.create(team=team, feed=feed)
    known: Rows = {Team: team, User: user, Feed: followed}
    _facts(name, dict(known))
    known[Feed] = private
    _facts(name, known)
    for model in team_models():
        if set(model._base_manager.values_list("pk", flat=True)) <= before[model]:
            known[model] = make_row(model, name, known)
    race, entry = known[Race], known[Entry]
    assert isinstance(race, Race)
    assert isinstance(entry, Entry)
    world = World(name, team, user, private, race, entry)
    world.rows = {model: pks - before[model] for model, pks in _pks().items()}
    return world


def _feed(name: str, owner: Team | None) -> Feed:
    address = f"https://isolation.invalid/{uuid.uuid4().hex}"
    return Feed.objects.create(
        name=name, protocol="apex", address=address, owner=owner, enabled=False
    )


def _facts(name: str, known: Rows) -> None:
    """A race of a feed with one row of everything that can happen in it."""
    for model in apps.get_app_config("races").get_models():
        if issubclass(model, TeamModel) and model not in (Feed, Follow, FeedRequest):
            known[model] = make_row(model, name, known)


def make_row(model: type[models.Model], name: str, known: Rows) -> models.Model:
    """A row whose foreign keys are the known rows, and whose texts carry the name."""
    values: dict[str, Any] = {}
    for each in model._meta.concrete_fields:
        if isinstance(each, models.ForeignKey):
            values[each.name] = _target(each, name, known)
        elif each.primary_key:
            if isinstance(each, models.UUIDField) and not each.has_default():
                values[each.name] = uuid.uuid4()
        elif not (each.has_default() or each.null) or _is_free_text(each):
            values[each.name] = _value(each, name)
    row = model(**{**values, **EXCEPTIONS.get(model._meta.label, {})})
    row.save()
    return row


# What the models allow but a constraint does not.
EXCEPTIONS: dict[str, dict[str, Any]] = {
    "displays.Display": {"race": None},  # a feed or a race, not both
    "timing.Monitor": {"entry": None},  # a rule names a value, not an entry
}


def _target(each: models.ForeignKey[Any, Any], name: str, known: Rows) -> models.Model | None:
    wanted = each.related_model
    assert isinstance(wanted, type)
    if wanted not in known and not each.null:
        known[wanted] = make_row(wanted, name, known)
    return known.get(wanted)


def _is_free_text(each: models.Field[Any, Any]) -> bool:
    return (
        isinstance(each, models.CharField | models.TextField)
        and not each.choices
        and each.editable
        and (each.max_length or 100) >= 40
    )


def _value(each: models.Field[Any, Any], name: str) -> Any:
    if each.choices:
        return each.flatchoices[0][0]
    if isinstance(each, models.DateTimeField):
        return datetime(2026, 5, 1, tzinfo=UTC)
    for kind, value in SIMPLE:
        if isinstance(each, kind):
            return value
    if isinstance(each, models.UUIDField):
        return uuid.uuid4()
    if isinstance(each, models.BinaryField):
        return name.encode()
    if isinstance(each, models.EmailField):
        return f"{name.lower()}@isolation.invalid"
    return f"{name} {each.name} {uuid.uuid4().hex}"[: each.max_length or 100]


SIMPLE: list[tuple[Any, Any]] = [
    (models.BooleanField, False),
    (models.IntegerField | models.FloatField, 1),
    (models.JSONField, {}),
]


def _pks() -> dict[type[models.Model], set[Any]]:
    return {model: set(model._base_manager.values_list("pk", flat=True)) for model in our_models()}

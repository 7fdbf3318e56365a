"""Two teams with data that could leak.

Every text of the second team's own rows carries MARK, so that a page can be searched for it. Both
teams also follow one feed in common, whose rows are for both.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from django.apps import apps
from django.db import models

from races.models import Feed, LapGap, Race
from teams.models import Team, User
from teams.scoping import TeamModel
from tests import factories as make
from tests.factories.system import system

MARK = "Okapi"  # in no template, name or translation
APPS = ("teams", "races", "timing", "displays")


@dataclass(slots=True)
class World:
    team: Team
    user: User
    private: Feed
    race: Race
    rows: dict[type[models.Model], set[Any]] = field(default_factory=dict)

    def of(self, model: type[models.Model]) -> Any:
        """One of its own rows."""
        with system():
            return model._base_manager.filter(pk__in=self.rows[model]).order_by("pk").first()


def our_models() -> list[type[models.Model]]:
    return [model for name in APPS for model in apps.get_app_config(name).get_models()]


def team_models() -> list[type[TeamModel]]:
    return [model for model in our_models() if issubclass(model, TeamModel)]


def build(name: str, common: Feed) -> World:
    """One team with at least one own row of every model that teams own rows of."""
    before = _pks()
    team = make.team(f"{name} team", slug=name.lower())
    user = make.member(team, f"{name.lower()}-user", role="owner")
    private = make.followed_feed(team, owner=team, name=f"{name} private")
    followed = make.followed_feed(team, name=f"{name} followed")
    races = [_race(feed, name) for feed in (private, followed)]
    with system():
        common.follows.create(team=team)
        _fill_in(before, name, team=team, user=user, feed=private, race=races[0])
    world = World(team, user, private, races[0])
    world.rows = {model: pks - before[model] for model, pks in _pks().items()}
    return world


def _race(feed: Feed, name: str) -> Race:
    race = make.race(feed, name=f"{name} race", event=f"{name} event", track_name=f"{name} track")
    kart = make.entry(race, competitor=f"{name} competitor", number=f"{name}-7", position=1)
    driver = make.driver(kart, f"{name} driver")
    make.laps(kart, [60_000, 61_000], driver=driver)
    make.stint(kart, driver=driver)
    make.pit_stop(kart)
    make.penalty(kart, text=f"{name} penalty")
    make.message(race, text=f"{name} message")
    make.flag_period(race)
    with system():
        LapGap.objects.create(race=race, entry=kart, after_number=2, missed=1, at=make.after(0))
    return race


def _pks() -> dict[type[models.Model], set[Any]]:
    with system():
        return {m: set(m._base_manager.values_list("pk", flat=True)) for m in our_models()}


def _fill_in(before: dict[type[models.Model], set[Any]], name: str, **known: Any) -> None:
    """A row of each model that has none of this team yet: what is added to the product later is
    tested without anyone having to think of it."""
    made = {type(row): row for row in known.values()}
    for model in team_models():
        if set(model._base_manager.values_list("pk", flat=True)) <= before[model]:
            made[model] = _row(model, name, made)


def _row(model: type[models.Model], name: str, made: dict[Any, Any]) -> models.Model:
    values = {}
    for each in model._meta.concrete_fields:
        if isinstance(each, models.ForeignKey) and not each.null and each.related_model not in made:
            made[each.related_model] = _row(each.related_model, name, made)
        if isinstance(each, models.ForeignKey) and each.related_model in made:
            values[each.name] = made[each.related_model]
        elif not (each.has_default() or each.null or each.primary_key):
            values[each.name] = _value(each, name)
    row = model(**values)
    _one_target_only(row)
    row.save()
    return row


def _one_target_only(row: models.Model) -> None:
    """A display shows a feed or a race, not both; a rule names a value, not an entry."""
    if row._meta.label == "displays.Display":
        row.race = None
    if row._meta.label == "timing.Monitor":
        row.entry = None


def _value(each: models.Field[Any, Any], name: str) -> Any:
    if each.choices:
        return each.flatchoices[0][0]
    if isinstance(each, models.DateTimeField):
        return datetime(2026, 5, 1, tzinfo=UTC)
    if isinstance(each, models.BooleanField):
        return False
    if isinstance(each, models.IntegerField | models.FloatField):
        return 1
    if isinstance(each, models.UUIDField):
        return uuid.uuid4()
    if isinstance(each, models.BinaryField):
        return name.encode()
    if isinstance(each, models.JSONField):
        return {}
    return f"{name} {each.name}"[: each.max_length or 100]

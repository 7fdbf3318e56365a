"""Every model: behind the scope, or named here with the reason why it is for all."""

from __future__ import annotations

import pytest
from django.db import models

from races.models import Track
from teams.models import Session, Team, User
from teams.scoping import ScopeError, TeamManager, TeamModel, _paths, every_team, scope
from tests.isolation.world import our_models, team_models

SHARED = {
    User: "a person is of no team by itself; memberships, which are scoped, say what it may see",
    Session: "a signed-in browser is its person's; only that person is shown it",
    Track: "one public catalogue for all, which teams only read",
}

every_model = pytest.mark.parametrize("model", our_models(), ids=lambda m: m._meta.label)
every_team_model = pytest.mark.parametrize("model", team_models(), ids=lambda m: m._meta.label)


def ends_at(model: type[models.Model], path: str) -> type[models.Model] | None:
    for step in path.split("__"):
        if step == "pk":
            return model
        model = model._meta.get_field(step).related_model
    return model


@every_model
def test_every_model_is_scoped_or_shared_for_a_reason(model):
    assert issubclass(model, TeamModel) is not (model in SHARED)


def test_nothing_is_called_shared_that_is_not_there():
    assert set(SHARED) <= set(our_models())
    assert all(SHARED.values())


@every_team_model
def test_every_path_leads_to_a_team(model):
    assert model.team_path
    for path in (*_paths(model.team_path), model.owner_path()):
        assert ends_at(model, path) is Team


@every_team_model
def test_every_manager_fails_closed(model):
    assert type(model._base_manager) is models.Manager
    for manager in model._meta.managers:
        assert isinstance(manager, TeamManager)
    with pytest.raises(ScopeError):
        model.objects.exists()


@every_team_model
def test_rows_of_another_team_are_not_there(model, ours, theirs):
    assert ours.rows[model], "there is a row that should be seen"
    assert theirs.rows[model], "there is a row that could leak"

    with scope(ours.team):
        seen = set(model.objects.values_list("pk", flat=True))
        assert not seen & theirs.rows[model]
        assert ours.rows[model] <= seen
        assert not model.objects.filter(pk__in=theirs.rows[model]).exists()
    with every_team("test"):
        assert model.objects.filter(pk__in=theirs.rows[model]).count() == len(theirs.rows[model])


@every_team_model
def test_rows_of_another_team_cannot_be_written(model, ours, theirs):
    row = theirs.of(model)
    with scope(ours.team):
        for write in (row.save, row.delete):
            with pytest.raises(ScopeError):
                write()
        with pytest.raises(ScopeError):
            model.objects.bulk_update([row], [_some_field(model)])
        assert model.objects.filter(pk=row.pk).update(**{_some_field(model): None}) == 0
        assert model.objects.filter(pk=row.pk).delete()[0] == 0
    assert theirs.of(model) == row


def _some_field(model: type[models.Model]) -> str:
    return next(
        field.name
        for field in model._meta.concrete_fields
        if not field.primary_key and not field.is_relation
    )


@every_team_model
def test_related_rows_of_another_team_are_not_there(model, ours, theirs):
    """From a foreign row in hand, its reverse relations show nothing to us."""
    row = theirs.of(model)
    with scope(ours.team):
        for relation in model._meta.related_objects:
            if relation.one_to_many and issubclass(relation.related_model, TeamModel):
                assert list(getattr(row, relation.get_accessor_name()).all()) == []

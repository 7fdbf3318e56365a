"""The admin of what teams watch: operators see all of it, staff of a team its own."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth.models import Permission
from django.test import Client
from django.urls import reverse

from races.models import Feed
from teams.models import Team
from tests import factories as make
from tests.factories import alerts as made
from tests.factories.system import system
from timing.models import Alert, AlertRule, Monitor, Plan

pytestmark = pytest.mark.django_db

MODELS = [Plan, Monitor, AlertRule, Alert]
every_model = pytest.mark.parametrize("model", MODELS, ids=lambda model: model.__name__)


@pytest.fixture
def feed() -> Feed:
    """Two teams follow it, each with a row of everything."""
    teams = make.team("Otters"), make.team("Voles")
    found = make.followed_feed(*teams)
    for team in teams:
        made.monitor(team, found, value=team.name)
        made.rule(team, name=team.name)
        made.alert(team, found, title=team.name)
        with system():
            Plan.objects.create(team=team, feed=found, name=team.name)
    return found


@pytest.fixture
def operator(feed: Feed) -> Client:
    client = Client()
    client.force_login(make.user("root", is_staff=True, is_superuser=True))
    return client


@pytest.fixture
def limited(feed: Feed) -> Client:
    """Staff of the Otters with every right that Django knows."""
    with system():
        otters = Team.objects.get(name="Otters")
    person = make.member(otters, "limited", is_staff=True)
    person.user_permissions.set(Permission.objects.all())
    client = Client()
    client.force_login(person)
    return client


def page(model: type[Any], kind: str = "changelist", *args: Any) -> str:
    return reverse(f"admin:timing_{model._meta.model_name}_{kind}", args=args)


def shown(response: Any) -> list[str]:
    return sorted(str(row) for row in response.context["cl"].result_list)


def row(model: type[Any], team: str) -> Any:
    with system():
        return model.objects.get(team__name=team)


@every_model
def test_operators_see_every_teams_rows(operator: Client, model: type[Any]) -> None:
    assert shown(operator.get(page(model))) == ["Otters", "Voles"]


@every_model
def test_staff_of_a_team_see_its_rows(limited: Client, model: type[Any]) -> None:
    response = limited.get(page(model))
    assert shown(response) == ["Otters"]
    assert "Voles" not in response.content.decode()
    assert limited.get(page(model, "change", row(model, "Voles").pk)).status_code == 302


@every_model
def test_lists_are_filtered_by_team_and_searched(operator: Client, model: type[Any]) -> None:
    voles = row(Plan, "Voles").team_id
    filtered = operator.get(page(model), {"team__id__exact": str(voles)})
    searched = operator.get(page(model), {"q": "voles"})
    assert (shown(filtered), shown(searched)) == (["Voles"], ["Voles"])


@pytest.mark.parametrize("count", [1, 3])
@every_model
def test_the_queries_of_a_list_do_not_grow(
    operator: Client, model: type[Any], count: int, feed: Feed, django_assert_max_num_queries: Any
) -> None:
    with system():
        team = Team.objects.get(name="Otters")
    for number in range(count):
        made.monitor(team, feed, value=f"n{number}")
        made.rule(team, feed=feed)
        made.alert(team, feed, seen_by=make.user(f"u{number}"))
        with system():
            Plan.objects.create(team=make.team(), feed=feed)
    with django_assert_max_num_queries(13):
        operator.get(page(model))


def test_alerts_are_read_only(operator: Client) -> None:
    alert = row(Alert, "Otters")
    assert operator.get(page(Alert, "add")).status_code == 403
    assert operator.post(page(Alert, "delete", alert.pk), {"post": "yes"}).status_code == 403
    assert "readonly" in operator.get(page(Alert, "change", alert.pk)).content.decode()


def test_a_rule_is_held_to_what_pages_hold_it_to(operator: Client) -> None:
    team = row(Plan, "Otters").team_id
    given = {
        "team": team,
        "kind": "gap",
        "subject": "rivals",
        "severity": "info",
        "cooldown_s": "30",
    }
    refused = operator.post(page(AlertRule, "add"), given)
    taken = operator.post(page(AlertRule, "add"), given | {"threshold": "5000"})

    assert refused.context["adminform"].errors == {"__all__": ["This rule needs a value."]}
    assert taken.status_code == 302
    with system():
        assert AlertRule.objects.filter(kind="gap", threshold=5_000).count() == 1


def test_staff_of_a_team_give_nothing_to_another(limited: Client) -> None:
    theirs = row(Monitor, "Voles")
    given = {"team": theirs.team_id, "feed": theirs.feed_id, "kind": "ours", "by": "number"}
    response = limited.post(page(Monitor, "add"), given | {"value": "7", "place": "0"})

    assert "team" in response.context["adminform"].errors
    with system():
        assert Monitor.objects.filter(team=theirs.team_id).count() == 1

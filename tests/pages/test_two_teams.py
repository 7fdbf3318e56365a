"""A person of two teams: what was done for one does not show for the other."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
from django.test import Client

from races.models import Feed
from teams.enums import Role
from teams.models import Membership
from teams.scoping import every_team
from tests import factories as make
from tests.factories.alerts import monitor, rule


@pytest.fixture
def second(place: SimpleNamespace) -> Feed:
    """A feed that both teams follow; the owner of one is in the other, too."""
    with every_team("test"):
        Membership.objects.create(team=place.other, user=place.owner, role=Role.OWNER)
    return make.followed_feed(place.team, place.other)


def test_a_mark_is_taken_back_where_it_was_made(
    owner: Client, place: SimpleNamespace, second: Feed
) -> None:
    watched = monitor(place.team, second, note="box next lap")
    page = f"/t/ours/feeds/{second.pk}/watch/"
    owner.post(f"{page}mark/", {"monitor": watched.pk, "kind": ""})

    for elsewhere in (
        f"/t/theirs/feeds/{second.pk}/watch/",
        f"/t/ours/feeds/{place.feed.pk}/watch/",
    ):
        answer = owner.get(elsewhere)
        assert answer.status_code == 200
        assert "box next lap" not in answer.text
        assert answer.context["undo"] is None

    assert owner.get(page).context["undo"]["note"] == "box next lap"
    assert owner.get(page).context["undo"] is None, "offered once"


def test_a_rule_is_taken_back_where_it_was(
    owner: Client, place: SimpleNamespace, second: Feed
) -> None:
    gone = rule(place.team, name="box next lap", kind="flag")
    owner.post(f"/t/ours/rules/{gone.pk}/delete/")

    assert "box next lap" not in owner.get("/t/theirs/rules/").text
    kept = owner.get("/t/ours/rules/").context["undo"]
    owner.post("/t/theirs/rules/restore/", {"rule": kept["rule"]})
    assert "box next lap" not in owner.get("/t/theirs/rules/").text

from __future__ import annotations

import pytest

from teams import services
from teams.enums import Role, at_least
from teams.models import Membership, Team
from teams.scoping import ScopeError, every_team, scope
from tests import factories as make

pytestmark = pytest.mark.django_db


def test_create_team_has_its_founder_as_owner():
    founder = make.user()
    team = services.create_team(name=" Rapid Kårt ", owner=founder)

    with scope(team):
        assert (team.name, team.slug) == ("Rapid Kårt", "rapid-kart")
        assert [(m.user, m.role) for m in Membership.objects.all()] == [(founder, Role.OWNER)]


def test_create_team_with_a_name_that_exists_gets_another_address():
    first = services.create_team(name="Same", owner=make.user())
    second = services.create_team(name="Same", owner=make.user())

    assert first.slug == "same"
    assert second.slug.startswith("same-")


def test_create_team_with_a_taken_address_or_no_name_leaves_nothing():
    make.team("Taken")
    for given in ({"name": "Other", "slug": "taken"}, {"name": "  "}):
        with pytest.raises(services.TeamError):
            services.create_team(owner=make.user(), **given)

    with every_team("test"):
        assert Team.objects.count() == 1


def test_create_team_with_a_name_that_makes_no_address():
    assert services.create_team(name="赛车", owner=make.user()).slug == "team"


def test_add_member_twice_keeps_the_role():
    team, person = make.team(), make.user()
    with scope(team):
        services.add_member(team=team, user=person, role=Role.MANAGER)
        services.add_member(team=team, user=person, role=Role.VIEWER)

        assert Membership.objects.get().role == Role.MANAGER


def test_add_member_to_another_team_is_refused():
    with scope(make.team()), pytest.raises(ScopeError):
        services.add_member(team=make.team(), user=make.user())


def test_the_last_owner_stays():
    team = services.create_team(name="T", owner=make.user())
    with scope(team):
        owner = Membership.objects.get()
        for leave in (
            lambda: services.remove_member(membership=owner),
            lambda: services.set_role(membership=owner, role=Role.MEMBER),
        ):
            with pytest.raises(services.TeamError):
                leave()
        second = services.add_member(team=team, user=make.user(), role=Role.OWNER)
        services.set_role(membership=owner, role=Role.VIEWER)

        assert [m.user for m in Membership.objects.filter(role=Role.OWNER)] == [second.user]
        services.remove_member(membership=owner)
        assert Membership.objects.count() == 1


def test_update_team_keeps_the_address():
    team = make.team("Old")
    with scope(team):
        services.update_team(team=team, name="New \n name", time_zone="Europe/Oslo")

        assert [(t.name, t.slug, t.zone) for t in Team.objects.all()] == [
            ("New name", "old", "Europe/Oslo")
        ]


def test_roles_are_ranked_and_unknown_ones_have_no_rights():
    assert at_least(Role.OWNER, Role.MANAGER)
    assert at_least(Role.MEMBER, Role.MEMBER)
    assert not at_least(Role.VIEWER, Role.MEMBER)
    assert not at_least("root", Role.VIEWER)

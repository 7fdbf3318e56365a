from __future__ import annotations

from collections.abc import Iterator
from types import SimpleNamespace

import pytest
from django.test import Client

from displays.hub import hub
from teams.enums import Role
from tests import factories as make


@pytest.fixture
def place(db: None) -> SimpleNamespace:
    """A team with an owner, a reader and a feed; a stranger with a team of their own."""
    team, other = make.team("Ours"), make.team("Theirs")
    return SimpleNamespace(
        team=team,
        other=other,
        owner=make.member(team, "owner", Role.OWNER),
        reader=make.member(team, "reader", Role.VIEWER),
        stranger=make.member(other, "stranger", Role.OWNER),
        feed=make.followed_feed(team, name="Long Straight"),
    )


@pytest.fixture
def owner(place: SimpleNamespace, client: Client) -> Client:
    client.force_login(place.owner)
    return client


@pytest.fixture(autouse=True)
def quiet_hub() -> Iterator[None]:
    """What one test told the hub is unknown to the next."""
    hub._topics.clear()
    yield
    hub._topics.clear()

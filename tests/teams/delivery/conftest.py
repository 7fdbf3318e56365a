from __future__ import annotations

from types import SimpleNamespace

import pytest

from teams.enums import Role
from tests import factories as make
from tests.teams.delivery import build


@pytest.fixture
def place(db: None) -> SimpleNamespace:
    """A team with a member of each role, and a stranger's team with the same."""
    team, other = make.team("Ours"), make.team("Theirs")
    people = {role: make.member(team, role, role, **build.VERIFIED) for role in Role}
    build.receivers(other, make.member(other, "stranger", Role.OWNER, **build.VERIFIED))
    return SimpleNamespace(team=team, other=other, **people)

from __future__ import annotations

import pytest

from tests import factories as make
from tests.isolation.world import MARK, World, build


@pytest.fixture
def worlds(db: None) -> tuple[World, World]:
    common = make.feed(name="In common")
    make.full_race(common)
    return build("Ours", common), build(MARK, common)


@pytest.fixture
def ours(worlds: tuple[World, World]) -> World:
    return worlds[0]


@pytest.fixture
def theirs(worlds: tuple[World, World]) -> World:
    return worlds[1]

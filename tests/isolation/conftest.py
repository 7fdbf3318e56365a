from __future__ import annotations

import pytest

from lt_analyzer.isolation.world import World, two_worlds


@pytest.fixture
def worlds(db: None) -> tuple[World, World]:
    return two_worlds()


@pytest.fixture
def ours(worlds: tuple[World, World]) -> World:
    return worlds[0]


@pytest.fixture
def theirs(worlds: tuple[World, World]) -> World:
    return worlds[1]

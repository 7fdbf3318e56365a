"""Simulated feeds, all mishaps in them, against the truth."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.timing.agreement import differences
from tests.timing.simulated import simulated
from timing.report import report
from timing.simulators.scenario import KINDS
from timing.simulators.words import LANGUAGES

LARGE = {"karts": 30, "minutes": 120, "seed": 7, "mishaps": "all"}


def found(folder: Path, **wish: Any) -> list[str]:
    made = simulated(**wish)
    told = report(made.tape(folder))
    assert told["errors"] < 10  # of the junk alone
    return differences(made.truth, told["races"])


def test_a_long_race_with_all_mishaps_is_the_one_that_was_run(tmp_path: Path) -> None:
    assert found(tmp_path, **LARGE) == []


@pytest.mark.parametrize("seed", [1, 2, 3])
@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_with_all_mishaps_is_the_one_that_was_run(
    tmp_path: Path, kind: str, seed: int
) -> None:
    assert found(tmp_path, kind=kind, karts=8, minutes=75, seed=seed, mishaps="all") == []


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_without_mishaps_is_the_one_that_was_run(tmp_path: Path, kind: str) -> None:
    assert found(tmp_path, kind=kind, karts=12, minutes=45, seed=5) == []


@pytest.mark.parametrize("language", sorted(LANGUAGES))
def test_every_language_is_understood(tmp_path: Path, language: str) -> None:
    assert found(tmp_path, karts=6, minutes=75, seed=11, language=language, mishaps="all") == []

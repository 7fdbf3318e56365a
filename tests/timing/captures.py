"""Recordings of real feeds. They lie beside the project and are never part of it."""

from __future__ import annotations

from pathlib import Path

import pytest

FOLDER = Path(__file__).parents[3] / "shared" / "captures" / "apex"


def capture(name: str) -> Path:
    """The file, or the test is skipped and says so."""
    found = FOLDER / name
    if not found.exists():
        pytest.skip(f"the recording {name} is not here (looked in {FOLDER})")
    return found

"""The same cases run in the browser: tests/browser/test_modules.py."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from displays import formats, present
from timing.engine.diff import diff, patch

VECTORS = Path(__file__).parent.parent / "vectors"


def vectors(name: str) -> Any:
    return json.loads((VECTORS / f"{name}.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize("case", vectors("patch"), ids=lambda case: case["name"])
def test_patch_and_diff_keep_the_law(case: dict[str, Any]) -> None:
    assert patch(case["old"], case["diff"]) == case["new"]
    assert diff(case["old"], case["new"]) == case["diff"]


@pytest.mark.parametrize("case", vectors("format"), ids=lambda case: case["function"])
def test_formats(case: dict[str, Any]) -> None:
    found = getattr(formats, case["function"])(*case["arguments"])

    assert (list(found) if isinstance(found, tuple) else found) == case["result"]


def test_rows() -> None:
    case = vectors("rows")
    rows, words, now = case["rows"], case["words"], case["now"]
    letters = present.class_letters(case["classes"], rows.values())

    assert letters == case["letters"]
    for key, row in rows.items():
        assert present.row_fields(row, letters, words) == case["fields"][key]
        assert present.running_fields(row, ended=False, now=now) == case["running"][key]
        assert present.running_fields(row, ended=True, now=now) == case["over"][key]

"""The law of the patch in Python, and in node where there is one; tests/browser/test_modules.py is
its proof in a browser."""

from __future__ import annotations

import json
import shutil
import subprocess
from typing import Any

import pytest

from tests.pages.test_vectors import VECTORS, vectors
from tests.vectors import patch as cases
from timing.engine.diff import diff, patch

MODULE = VECTORS.parent.parent / "static" / "js" / "live" / "patch.js"


def test_the_vectors_are_those_of_the_engine() -> None:
    assert cases.PATH.read_text(encoding="utf-8") == cases.text(), "run: python -m tests.vectors"


@pytest.mark.parametrize("case", vectors("patch")["cases"], ids=lambda case: case["name"])
def test_patch_and_diff_keep_the_law(case: dict[str, Any]) -> None:
    assert patch(case["old"], case["diff"]) == case["new"]
    assert diff(case["old"], case["new"]) == case["diff"]


def test_differences_lead_from_board_to_board() -> None:
    journey = vectors("patch")["journey"]
    found = [journey["first"]]
    for each in journey["diffs"]:
        found.append(patch(found[-1], each))

    assert found[1:] == journey["boards"]


def test_the_law_in_node() -> None:
    node = shutil.which("node")
    if node is None:
        pytest.skip("no node here: the browser's module is tried in the browser only")
    law = (VECTORS / "law.js").read_text(encoding="utf-8")
    module = json.dumps(MODULE.read_text(encoding="utf-8"))
    text = json.dumps(cases.PATH.read_text(encoding="utf-8"))
    script = f"""
    const {{ patch }} = await import("data:text/javascript," + encodeURIComponent({module}));
    const law = {law};
    console.log(JSON.stringify(law({text}, patch)));
    """

    said = subprocess.run(
        [node, "--input-type=module", "-"], input=script, capture_output=True, text=True, check=True
    )

    assert json.loads(said.stdout) == []

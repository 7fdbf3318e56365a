from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_env_example_names_every_setting_that_is_read() -> None:
    source = (ROOT / "lt_analyzer/settings.py").read_text()
    source += (ROOT / "lt_analyzer/environment.py").read_text()
    found = set(re.findall(r'(?:read\.\w+|env\.str|str)\(\s*"([A-Z_]{4,})"', source))
    explained = re.findall(r"^#([A-Z_]+)=", (ROOT / ".env.example").read_text(), re.MULTILINE)

    assert len(found) > 15
    assert set(explained) == found

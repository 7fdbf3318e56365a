from __future__ import annotations

from pathlib import Path

from stack.nginx import configuration


def test_every_web_process_stands_behind_the_front(tmp_path: Path) -> None:
    text = configuration(tmp_path, 8000, [8001, 8002])

    assert "listen 127.0.0.1:8000;" in text
    assert [line.split()[1] for line in text.splitlines() if "max_fails" in line] == [
        "127.0.0.1:8001",
        "127.0.0.1:8002",
    ]
    assert text.count("{") == text.count("}")

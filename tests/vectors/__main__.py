"""Writes the vectors that the engine makes: `python -m tests.vectors`."""

from __future__ import annotations

from tests.vectors import patch

if __name__ == "__main__":
    patch.PATH.write_text(patch.text())
